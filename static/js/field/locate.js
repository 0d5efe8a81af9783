/* Which cell a point belongs to, on the phone, by the server's own rule (gridmediate/geo/locate.py): among the cells that cover the point,
   their boundary included, the one with the smaller code. The outlines are the records' own numbers, not the rounded ones that maps draw, and
   the side of an edge is decided exactly, so that both give one answer on edges and corners too (tests/maps/test_phone_locate.py). */
(function (root) {
  'use strict';
  const gm = root.gridmediate = root.gridmediate || {};
  const OUTSIDE = -1, EDGE = 0, INSIDE = 1;
  /** Below this share of the two products, rounding may have turned the sign (Shewchuk 1997). */
  const UNSURE = 3.3306690738754716e-16;
  const SPLIT = 134217729;
  const AXIS_M = 6378137, ECCENTRICITY_2 = 0.0066943799901413165, RAD = Math.PI / 180;
  /** A worse accuracy tells nothing more. */
  const CIRCLE_AT_MOST_M = 100000;

  /** Add one number to a sum kept without any rounding, as parts of growing size. */
  function grow(parts, number) {
    let q = number;
    const grown = [];
    parts.forEach((part) => {
      const sum = q + part, back = sum - q;
      const rest = (q - (sum - back)) + (part - back);
      if (rest) grown.push(rest);
      q = sum;
    });
    grown.push(q);
    return grown;
  }

  /** Add a product, its rounding included. */
  function growProduct(parts, a, b) {
    const product = a * b, ca = SPLIT * a, cb = SPLIT * b;
    const ah = ca - (ca - a), al = a - ah, bh = cb - (cb - b), bl = b - bh;
    return grow(grow(parts, al * bl - (((product - ah * bh) - al * bh) - ah * bl)), product);
  }

  /** On which side of the line from a to b a point lies: above 0 left, below 0 right, 0 on it. Exact. */
  function side(ax, ay, bx, by, x, y) {
    const left = (ax - x) * (by - y), right = (ay - y) * (bx - x), det = left - right;
    if (Math.abs(det) > UNSURE * (Math.abs(left) + Math.abs(right))) return det;
    let sum = [];
    [[ax, by], [-ax, y], [-x, by], [-ay, bx], [ay, x], [y, bx]].forEach(([a, b]) => { sum = growProduct(sum, a, b); });
    return sum[sum.length - 1];
  }

  /** INSIDE, EDGE or OUTSIDE of a shape: parity over all its rings, holes and islands alike. */
  function lies(shape, x, y) {
    const [west, south, east, north] = shape.box;
    if (x < west || x > east || y < south || y > north) return OUTSIDE;
    let odd = false;
    for (const flat of shape.rings) {
      for (let i = 2; i < flat.length; i += 2) {
        const ax = flat[i - 2], ay = flat[i - 1], bx = flat[i], by = flat[i + 1];
        if (ax < x && bx < x) continue;
        if (bx === x && by === y) return EDGE;
        if (ay === y && by === y) {
          if (Math.min(ax, bx) <= x && x <= Math.max(ax, bx)) return EDGE;
        } else if ((ay > y) !== (by > y)) {
          const turn = side(ax, ay, bx, by, x, y);
          if (turn === 0) return EDGE;
          if ((turn > 0) === (by > ay)) odd = !odd;
        }
      }
    }
    return odd ? INSIDE : OUTSIDE;
  }

  /** Metres in a degree of longitude and of latitude (geo/crs.py). */
  function metresPerDegree(lat) {
    const phi = Math.min(89.99, Math.max(-89.99, lat)) * RAD;
    const bulge = 1 - ECCENTRICITY_2 * Math.sin(phi) ** 2;
    return [RAD * AXIS_M / Math.sqrt(bulge) * Math.cos(phi), RAD * AXIS_M * (1 - ECCENTRICITY_2) / bulge ** 1.5];
  }

  function toSegment(ax, ay, bx, by) {
    const dx = bx - ax, dy = by - ay, length2 = dx * dx + dy * dy;
    const along = length2 ? (-ax * dx - ay * dy) / length2 : 0;
    if (along <= 0) return Math.hypot(ax, ay);
    if (along >= 1) return Math.hypot(bx, by);
    return Math.abs(ay * dx - ax * dy) / length2 * Math.sqrt(length2);
  }

  /** Metres from a point to a shape, 0 inside; measured flat around the point, which errs by less than a metre up to 3 km. */
  function metresTo(shape, x, y) {
    if (lies(shape, x, y) !== OUTSIDE) return 0;
    const [east, north] = metresPerDegree(y);
    let least = Infinity;
    shape.rings.forEach((flat) => {
      for (let i = 2; i < flat.length; i += 2) {
        least = Math.min(least, toSegment((flat[i - 2] - x) * east, (flat[i - 1] - y) * north, (flat[i] - x) * east, (flat[i + 1] - y) * north));
      }
    });
    return least;
  }

  /** Read `{cells: [[code, [[x, y, x, y, …], …]], …]}` (web/phone_filing.py): rings are closed, codes in their order. */
  function readOutlines(body) {
    return body.cells.filter(([, rings]) => rings.length).map(([code, rings]) => {
      const box = [Infinity, Infinity, -Infinity, -Infinity];
      rings.forEach((flat) => flat.forEach((value, i) => {
        box[i % 2] = Math.min(box[i % 2], value);
        box[i % 2 + 2] = Math.max(box[i % 2 + 2], value);
      }));
      return { code, rings, box };
    }).sort((a, b) => (a.code < b.code ? -1 : 1));
  }

  /** Find the cell of one point: `{cell, how, candidates: [{code, distance_m}], nearest: {code, distance_m}}`, as the server says it. */
  function locate(outlines, lon, lat, accuracy) {
    if (!Number.isFinite(lon) || !Number.isFinite(lat)) return { cell: null, how: 'none', candidates: [], nearest: null };
    const covering = [];
    let strictly = 0;
    outlines.forEach((shape) => {
      const how = lies(shape, lon, lat);
      if (how !== OUTSIDE) covering.push(shape);
      if (how === INSIDE) strictly += 1;
    });
    const how = !covering.length ? 'outside' : strictly > 1 ? 'overlap' : strictly === covering.length ? 'inside' : 'edge';
    const candidates = covering.map((shape) => ({ code: shape.code, distance_m: 0 }));
    const others = !covering.length || accuracy != null
      ? outlines.filter((shape) => covering.indexOf(shape) < 0).map((shape) => ({ code: shape.code, distance_m: metresTo(shape, lon, lat) }))
        .sort((a, b) => a.distance_m - b.distance_m || (a.code < b.code ? -1 : 1)) : [];
    if (accuracy != null) {
      const reach = accuracy > 0 ? Math.min(accuracy, CIRCLE_AT_MOST_M) : 0;
      candidates.push(...others.filter((each) => each.distance_m <= reach));
    }
    return { cell: covering.length ? covering[0].code : null, how, candidates, nearest: covering.length ? candidates[0] : others[0] || null };
  }

  /** Metres to the nearest of some cells, null where none of them is known here. */
  function metresToCells(outlines, codes, lon, lat) {
    const far = outlines.filter((shape) => codes.indexOf(shape.code) >= 0).map((shape) => metresTo(shape, lon, lat));
    return far.length ? Math.min(...far) : null;
  }

  Object.assign(gm, { readOutlines, locate, metresToCells });
})(window);
