// Where things are: degrees to places on the circle and the sphere, and how the sphere is seen.

const DEGREE = Math.PI / 180;

/**
 * A place in degrees -> a unit vector in space; on the circle lat is 0 and z too. y is up.
 * @param {number[]} place  longitude and, on the sphere, latitude
 * @returns {[number, number, number]}
 */
export function vector([lon, lat = 0]) {
  const [a, b] = [lon * DEGREE, lat * DEGREE];
  return [Math.cos(b) * Math.cos(a), Math.cos(b) * Math.sin(a), Math.sin(b)];
}

/**
 * The other way round; lon in (-180, 180].
 * @param {number[]} v
 * @returns {[lon: number, lat: number]}
 */
export function degrees([x, y, z = 0]) {
  const length = Math.hypot(x, y, z) || 1;
  return [Math.atan2(y, x) / DEGREE, Math.asin(Math.max(-1, Math.min(1, z / length))) / DEGREE];
}

/**
 * The same direction in [-180, 180).
 * @param {number} lon
 */
export function turned(lon) {
  return ((((lon + 180) % 360) + 360) % 360) - 180;
}

// The sphere seen from far away (orthographic), turned by hand. Its z axis points up on the screen
// when tilt is 0; turn is the lon that faces the viewer.
export class Globe {
  /** @param {{ turn?: number, tilt?: number }} [from] */
  constructor({ turn = 20, tilt = 20 } = {}) {
    this.turn = turn;
    this.tilt = tilt;
  }

  /**
   * By pixels, of a sphere with a radius in pixels: the point under the hand stays under it.
   * @param {number} dx
   * @param {number} dy
   * @param {number} radius
   */
  drag(dx, dy, radius) {
    this.turn = turned(this.turn - dx / radius / DEGREE);
    this.tilt = Math.max(-90, Math.min(90, this.tilt + dy / radius / DEGREE));
  }

  /**
   * Turned so that a place is in front, a little aside: the sphere still looks round.
   * @param {number[]} place
   */
  face([lon, lat = 0]) {
    this.turn = turned(lon + 10);
    this.tilt = lat / 2 + 12;
  }

  /**
   * [x, y, z] -> [right, up, towards the viewer], all in [-1, 1].
   * @param {number[]} v
   * @returns {[right: number, up: number, near: number]}
   */
  see([x, y, z]) {
    const [a, b] = [this.turn * DEGREE, this.tilt * DEGREE];
    const right = -Math.sin(a) * x + Math.cos(a) * y;
    const ahead = Math.cos(a) * x + Math.sin(a) * y;
    return [right, Math.cos(b) * z - Math.sin(b) * ahead, Math.cos(b) * ahead + Math.sin(b) * z];
  }

  /**
   * [right, up] on the screen -> the place on the near half; beyond the rim the nearest on it.
   * @param {number[]} at
   */
  under([right, up]) {
    const size = Math.hypot(right, up);
    const [r, u] = size > 1 ? [right / size, up / size] : [right, up];
    const near = Math.sqrt(Math.max(0, 1 - r * r - u * u));
    const [a, b] = [this.turn * DEGREE, this.tilt * DEGREE];
    const ahead = Math.cos(b) * near - Math.sin(b) * u;
    return [
      Math.cos(a) * ahead - Math.sin(a) * r,
      Math.sin(a) * ahead + Math.cos(a) * r,
      Math.sin(b) * near + Math.cos(b) * u,
    ];
  }
}
