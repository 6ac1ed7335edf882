// Measured ways: points that were clicked one after the other, joined by lines.

import * as THREE from "three";

export class Measure {
  constructor(scene) {
    this.points = [];
    this.line = new THREE.Line(
      new THREE.BufferGeometry(),
      new THREE.LineBasicMaterial({ color: "#ffd400", depthTest: false }),
    );
    this.dots = new THREE.Points(
      this.line.geometry,
      new THREE.PointsMaterial({
        color: "#ffd400",
        size: 9,
        sizeAttenuation: false,
        depthTest: false,
      }),
    );
    for (const each of [this.line, this.dots]) {
      each.frustumCulled = false;
      each.renderOrder = 10;
      scene.add(each);
    }
    this.redraw();
  }

  add(position) {
    this.points.push(position.clone());
    this.redraw();
  }

  undo() {
    this.points.pop();
    this.redraw();
  }

  clear() {
    this.points = [];
    this.redraw();
  }

  redraw() {
    this.line.geometry.dispose();
    this.line.geometry = new THREE.BufferGeometry().setFromPoints(this.points);
    this.dots.geometry = this.line.geometry;
    this.line.visible = this.points.length > 1;
    this.dots.visible = this.points.length > 0;
  }

  /** { total, level, rise } in metres: along the way, on the ground, from first to last up. */
  get result() {
    let total = 0;
    let level = 0;
    for (let i = 1; i < this.points.length; i++) {
      const [a, b] = [this.points[i - 1], this.points[i]];
      total += a.distanceTo(b);
      level += Math.hypot(a.x - b.x, a.y - b.y);
    }
    const rise = this.points.length > 1 ? this.points.at(-1).z - this.points[0].z : 0;
    return { total, level, rise };
  }
}
