// Cameras in 3-D: a small pyramid for each placed photo, with the photo on it for those nearby.

import * as THREE from "three";

import { STATUS } from "./colours.js";
import { poseOf } from "./lens.js";
import * as store from "./store.js";

const LARGEST_PX = 90; // a pyramid that is near covers no more than this
const TEXTURED = 60; // so many pyramids carry their photo: the nearest

export class Frusta {
  constructor(scene, photos) {
    this.group = new THREE.Group();
    scene.add(this.group);
    this.loader = new THREE.TextureLoader();
    this.items = [];
    this.selected = null;
    this.size = typicalDepth(photos);
    for (const photo of photos) if (photo.enu_from_cam) this.items.push(this.pyramid(photo));
  }

  pyramid(photo) {
    const { camera } = photo;
    const { position, quaternion } = poseOf(photo);
    const depth = this.size;
    const corner = (u, v) =>
      new THREE.Vector3(
        ((u - camera.cx) / camera.fx) * depth,
        (-(v - camera.cy) / camera.fy) * depth,
        -depth,
      );
    const { width, height } = camera;
    const corners = [corner(0, 0), corner(width, 0), corner(width, height), corner(0, height)];
    const tip = new THREE.Vector3();
    const ends = [];
    corners.forEach((each, i) => ends.push(tip, each, each, corners[(i + 1) % 4]));
    // A little roof says which side is up.
    const middle = corners[0].clone().lerp(corners[1], 0.5);
    const roof = middle.clone().add(new THREE.Vector3(0, 0.16 * depth, 0));
    ends.push(corners[0].clone().lerp(corners[1], 0.4), roof);
    ends.push(roof, corners[0].clone().lerp(corners[1], 0.6));
    const lines = new THREE.LineSegments(
      new THREE.BufferGeometry().setFromPoints(ends),
      new THREE.LineBasicMaterial({ color: STATUS[photo.status].colour }),
    );
    const [a, b, c, d] = corners;
    const face = new THREE.BufferGeometry().setFromPoints([a, d, c, a, c, b]);
    const uv = [0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1];
    face.setAttribute("uv", new THREE.Float32BufferAttribute(uv, 2));
    const picture = new THREE.Mesh(
      face,
      new THREE.MeshBasicMaterial({
        color: STATUS[photo.status].colour,
        side: THREE.DoubleSide,
        transparent: true,
        opacity: 0.18,
      }),
    );
    const item = new THREE.Group();
    item.add(lines, picture);
    item.position.copy(position);
    item.quaternion.copy(quaternion);
    this.group.add(item);
    return { photo, item, lines, picture, texture: null, asked: false };
  }

  /** Pyramids that would cover what is behind them become smaller about where their photo was taken;
   * pixels: of one at a metre's distance that is a metre large. */
  fit(eye, pixels) {
    for (const { item } of this.items) {
      const px = (this.size * pixels) / Math.max(item.position.distanceTo(eye), 0.05);
      item.scale.setScalar(Math.min(1, LARGEST_PX / px));
    }
  }

  /** Only those of these photos (a set of ids) are shown. */
  filter(ids) {
    for (const { photo, item } of this.items) item.visible = ids.has(photo.id);
  }

  /** Load the photos of the nearest pyramids, drop those of far ones. */
  update(eye, onChange) {
    if (!this.group.visible) return;
    const byDistance = [...this.items].sort(
      (a, b) => a.item.position.distanceTo(eye) - b.item.position.distanceTo(eye),
    );
    byDistance.forEach((each, rank) => {
      if (rank < TEXTURED && !each.asked) this.dress(each, onChange);
      else if (rank >= 2 * TEXTURED && each.texture) this.undress(each);
    });
  }

  dress(each, onChange) {
    each.asked = true;
    this.loader.load(
      store.imageUrl(`photos/${each.photo.id}/thumb.jpg`),
      (texture) => {
        each.texture = texture;
        each.picture.material.map = texture;
        each.picture.material.color.set("#ffffff");
        each.picture.material.opacity = 0.92;
        each.picture.material.needsUpdate = true;
        onChange();
      },
      undefined,
      () => {}, // the pyramid stays plain
    );
  }

  undress(each) {
    each.texture.dispose();
    each.texture = null;
    each.asked = false;
    each.picture.material.map = null;
    each.picture.material.opacity = 0.18;
    each.picture.material.needsUpdate = true;
  }

  /** Take them all away. */
  leave() {
    this.items.forEach((each) => each.texture?.dispose());
    this.group.removeFromParent();
  }

  select(photo) {
    for (const each of this.items) {
      const is = each.photo === photo;
      each.lines.material.color.set(is ? "#ffd400" : STATUS[each.photo.status].colour);
    }
  }

  /** The photo whose pyramid a ray meets first, and how far away; null where none. */
  pick(raycaster) {
    if (!this.group.visible) return null;
    const hits = raycaster.intersectObjects(this.items.filter((each) => each.item.visible).map((each) => each.picture), false);
    if (!hits.length) return null;
    const { photo } = this.items.find((each) => each.picture === hits[0].object);
    return { photo, distance: hits[0].distance };
  }
}

/** A size of pyramids that suits the photos' distances from each other. */
function typicalDepth(photos) {
  const far = photos.map((photo) => photo.far_m).filter((metres) => metres > 0);
  far.sort((a, b) => a - b);
  return far.length ? Math.min(Math.max(far[far.length >> 1] * 0.05, 0.25), 2.5) : 1;
}
