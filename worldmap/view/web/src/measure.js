// Measured ways and areas: points that were clicked one after the other, joined by lines.

import * as THREE from "three";

export class Measure {
  constructor(scene) {
    this.points = [];
    this.errors = []; // of each point: { sigma, scale }, null where it is not known
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

  /** A place; sigma: within the area, metres; scale: of the area's size, a share. */
  add(position, sigma, scale) {
    this.points.push(position.clone());
    this.errors.push(sigma === undefined ? null : { sigma, scale: scale ?? 0 });
    this.redraw();
  }

  undo() {
    this.points.pop();
    this.errors.pop();
    this.redraw();
  }

  clear() {
    this.points = [];
    this.errors = [];
    this.redraw();
  }

  redraw() {
    this.line.geometry.dispose();
    this.line.geometry = new THREE.BufferGeometry().setFromPoints(this.points);
    this.dots.geometry = this.line.geometry;
    this.line.visible = this.points.length > 1;
    this.dots.visible = this.points.length > 0;
  }

  /**
   * { total, level, rise, area } in metres and square metres: along the way, on the ground, from
   * first to last up, and within the way closed (half the length of its vector area: of a plane
   * polygon, its area). sigma has the same of each, null where a point's error is not known: each
   * point's error in all directions, and that of the area's size, to first order.
   */
  get result() {
    const { points } = this;
    const way = { total: 0, level: 0 };
    const pulls = { total: points.map(zero), level: points.map(zero), rise: points.map(zero), area: points.map(zero) };
    for (let i = 1; i < points.length; i++) {
      const step = points[i].clone().sub(points[i - 1]);
      const level = step.clone().setZ(0);
      for (const [name, leg] of [["total", step], ["level", level]]) {
        way[name] += leg.length();
        leg.normalize();
        pulls[name][i].add(leg);
        pulls[name][i - 1].sub(leg);
      }
    }
    const rise = points.length > 1 ? points.at(-1).z - points[0].z : 0;
    if (points.length > 1) {
      pulls.rise[0].z -= 1;
      pulls.rise.at(-1).z += 1;
    }
    const sum = new THREE.Vector3();
    const next = (i) => points[(i + 1) % points.length];
    points.forEach((point, i) => sum.add(point.clone().sub(points[0]).cross(next(i).clone().sub(points[0]))));
    const area = sum.length() / 2;
    const normal = sum.normalize();
    points.forEach((_, i) => {
      const before = points[(i - 1 + points.length) % points.length];
      pulls.area[i].copy(next(i)).sub(before).cross(normal).multiplyScalar(0.5);
    });
    return { ...way, rise, area, sigma: this.sigma({ ...way, rise, area }, pulls) };
  }

  sigma(values, pulls) {
    if (!this.points.length || this.errors.includes(null)) return null;
    const scale = Math.max(...this.errors.map((each) => each.scale));
    const of = (name, power) => {
      const apart = pulls[name].map((pull, i) => pull.length() * this.errors[i].sigma);
      return Math.hypot(...apart, power * scale * values[name]);
    };
    return { total: of("total", 1), level: of("level", 1), rise: of("rise", 1), area: of("area", 2) };
  }
}

const zero = () => new THREE.Vector3();
