/* Shapes as the server packs them, the plane they are drawn on, and a canvas that moves with the map.
   The plane is Web Mercator in metres from a local origin, y downwards: Path2D keeps 32-bit numbers, and a local origin
   keeps them exact to a millimetre. */
(function (root) {
  'use strict';
  const gm = root.gridmediate = root.gridmediate || {};
  const RADIUS = 6378137;
  const ROUND = 2 * Math.PI * RADIUS;
  const rad = Math.PI / 180;

  function mercator(lon, lat) {
    return [RADIUS * lon * rad, -RADIUS * Math.log(Math.tan(Math.PI / 4 + lat * rad / 2))];
  }

  /** A local plane around one place. */
  class Plane {
    constructor(lon, lat) {
      this.lon = lon;
      this.lat = lat;
      this.zero = mercator(lon, lat);
      /** Plane units in one metre on the ground here. */
      this.metre = 1 / Math.cos(lat * rad);
    }
    point(lon, lat) {
      const p = mercator(lon, lat);
      return [p[0] - this.zero[0], p[1] - this.zero[1]];
    }
    latLng(x, y) {
      return L.latLng((2 * Math.atan(Math.exp(-(y + this.zero[1]) / RADIUS)) - Math.PI / 2) / rad, (x + this.zero[0]) / RADIUS / rad);
    }
    /** Read `[x, y, dx, dy, …]` into plane coordinates, one flat array. `from` is where the first pair counts from. */
    read(steps, origin, scale, from) {
      const flat = new Float64Array(steps.length);
      let x = from ? from[0] : 0;
      let y = from ? from[1] : 0;
      for (let i = 0; i < steps.length; i += 2) {
        x += steps[i];
        y += steps[i + 1];
        const p = this.point(origin[0] + x / scale, origin[1] + y / scale);
        flat[i] = p[0];
        flat[i + 1] = p[1];
      }
      return flat;
    }
  }

  function trace(path, flat, close) {
    path.moveTo(flat[0], flat[1]);
    for (let i = 2; i < flat.length; i += 2) path.lineTo(flat[i], flat[i + 1]);
    if (close) path.closePath();
  }

  function boxOf(rings) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    rings.forEach((flat) => {
      for (let i = 0; i < flat.length; i += 2) {
        if (flat[i] < box[0]) box[0] = flat[i];
        if (flat[i] > box[2]) box[2] = flat[i];
        if (flat[i + 1] < box[1]) box[1] = flat[i + 1];
        if (flat[i + 1] > box[3]) box[3] = flat[i + 1];
      }
    });
    return box;
  }

  const meets = (a, b) => a[0] <= b[2] && a[2] >= b[0] && a[1] <= b[3] && a[3] >= b[1];

  /** Even-odd over all rings of a shape, holes and islands alike. */
  function inside(rings, x, y) {
    let odd = false;
    for (const flat of rings) {
      for (let i = 0, j = flat.length - 2; i < flat.length; j = i, i += 2) {
        if ((flat[i + 1] > y) !== (flat[j + 1] > y) &&
            x < (flat[j] - flat[i]) * (y - flat[i + 1]) / (flat[j + 1] - flat[i + 1]) + flat[i]) odd = !odd;
      }
    }
    return odd;
  }

  /** Keep of a ring what lies in a box (Sutherland–Hodgman). */
  function clip(flat, box) {
    let ring = [];
    for (let i = 0; i < flat.length; i += 2) ring.push([flat[i], flat[i + 1]]);
    [[0, box[0], 1], [0, box[2], -1], [1, box[1], 1], [1, box[3], -1]].forEach(([axis, edge, sign]) => {
      const kept = [];
      ring.forEach((b, i) => {
        const a = ring[(i + ring.length - 1) % ring.length];
        const inA = (a[axis] - edge) * sign >= 0;
        const inB = (b[axis] - edge) * sign >= 0;
        if (inA !== inB) {
          const t = (edge - a[axis]) / (b[axis] - a[axis]);
          kept.push([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]);
        }
        if (inB) kept.push(b);
      });
      ring = kept;
    });
    return ring;
  }

  function centroid(ring) {
    let area = 0, x = 0, y = 0;
    ring.forEach((b, i) => {
      const a = ring[(i + ring.length - 1) % ring.length];
      const cross = a[0] * b[1] - b[0] * a[1];
      area += cross;
      x += (a[0] + b[0]) * cross;
      y += (a[1] + b[1]) * cross;
    });
    return Math.abs(area) < 1e-9 ? ring[0] : [x / (3 * area), y / (3 * area)];
  }

  /** Read packed geometry (maps/frame.py, pack_geometry). `tongue` 0 is Chinese, 1 English. */
  function readGrid(packed, tongue, onto) {
    const [w, s, e, n] = packed.bounds;
    const plane = onto || new Plane((w + e) / 2, (s + n) / 2);
    const rings = (polygons) => [].concat(...polygons).map((steps) => plane.read(steps, packed.origin, packed.scale));
    const anchor = (at) => {
      const p = plane.point(packed.origin[0] + at[0] / packed.scale, packed.origin[1] + at[1] / packed.scale);
      const q = plane.point(packed.origin[0] + at[0] / packed.scale, packed.origin[1] + (at[1] + at[2]) / packed.scale);
      return { x: p[0], y: p[1], reach: Math.abs(q[1] - p[1]) };
    };
    const cells = packed.cells.map((row, index) => {
      const shape = rings(row[7]);
      return { index, code: row[0], name: row[1][tongue], short: row[2][tongue], community: row[3], households: row[4],
        landmark: row[5][tongue], at: anchor(row[6]), rings: shape, box: boxOf(shape) };
    });
    const communities = packed.communities.map((row) => {
      const shape = rings(row[5]);
      return { code: row[0], name: row[1][tongue], short: row[2][tongue], buildings: !!row[3], at: anchor(row[4]), rings: shape, box: boxOf(shape) };
    });
    // Only a place of several streets has them.
    const streets = (packed.streets || []).map((row) => {
      const shape = rings(row[3]);
      return { code: row[0], name: row[1][tongue], at: anchor(row[2]), rings: shape, box: boxOf(shape) };
    });
    return { plane, cells, communities, streets, outline: rings(packed.outline), bounds: L.latLngBounds([[s, w], [n, e]]) };
  }

  /** A canvas in a pane of the map. `paint(ctx, view)` draws in plane coordinates; `view` has scale (px a unit), zoom, box and `px`
      (from plane to pixels of the canvas). */
  const PaintLayer = L.Renderer.extend({
    initialize(plane, paint, options) {
      this.plane = plane;
      this.paint = paint;
      L.Renderer.prototype.initialize.call(this, L.extend({ padding: 0.12 }, options));
    },
    _initContainer() {
      this._container = L.DomUtil.create('canvas', 'gm-canvas');
      this._container.setAttribute('aria-hidden', 'true');
      this._ctx = this._container.getContext('2d');
    },
    _destroyContainer() {
      L.Util.cancelAnimFrame(this._wanted);
      L.DomUtil.remove(this._container);
      delete this._container;
    },
    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const size = this._bounds.getSize();
      const dots = this.dots || Math.min(root.devicePixelRatio || 1, 3);
      this._dots = dots;
      L.DomUtil.setPosition(this._container, this._bounds.min);
      this._container.width = Math.round(size.x * dots);
      this._container.height = Math.round(size.y * dots);
      this._container.style.width = size.x + 'px';
      this._container.style.height = size.y + 'px';
      this._empty = true;
      this.draw();
    },
    /** Draw now. */
    draw() {
      if (!this._map || !this._ctx) return;
      const { plane, _ctx: ctx, _dots: dots } = this;
      const zoom = this._zoom;
      const scale = 256 * Math.pow(2, zoom) / ROUND;
      const zero = this._map.project([plane.lat, plane.lon], zoom).subtract(this._map._getNewPixelOrigin(this._center, zoom)).subtract(this._bounds.min);
      const size = this._bounds.getSize();
      const shown = this._map.getSize();
      const corner = this._map.containerPointToLayerPoint([0, 0]).subtract(this._bounds.min);
      const view = {
        seen: [corner.x + 2, corner.y + 2, corner.x + shown.x - 2, corner.y + shown.y - 2],
        ctx, zoom, scale, size, dots, zero, px: (x, y) => [x * scale + zero.x, y * scale + zero.y],
        box: [-zero.x / scale, -zero.y / scale, (size.x - zero.x) / scale, (size.y - zero.y) / scale],
        /** Draw in plane units; a line of w pixels has width w / scale. */
        plane: () => ctx.setTransform(dots * scale, 0, 0, dots * scale, dots * zero.x, dots * zero.y),
        /** Draw in pixels. */
        pixels: () => ctx.setTransform(dots, 0, 0, dots, 0, 0),
      };
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      // Paper takes the calls themselves, and there a cleared rectangle comes out white; a canvas just sized is clear anyhow.
      if (!this._empty) ctx.clearRect(0, 0, this._container.width, this._container.height);
      this._empty = false;
      view.plane();
      this.paint(ctx, view);
    },
    /** Draw in the next frame, once. */
    redraw() {
      if (!this._map) return this;
      this._wanted = this._wanted || L.Util.requestAnimFrame(() => { this._wanted = null; this.draw(); });
      return this;
    },
  });

  function addPane(map, name, zIndex, reacts) {
    const pane = map.getPane(name) || map.createPane(name);
    pane.style.zIndex = zIndex;
    if (!reacts) pane.style.pointerEvents = 'none';
    return name;
  }

  /** Colours from the style sheets, read again when the theme changes. */
  function palette(element) {
    const style = root.getComputedStyle(element);
    const known = {};
    return (name) => known[name] || (known[name] = style.getPropertyValue('--' + name).trim() || '#888');
  }

  /** Put values into a template of ours: `%(name)s`, `%%`. */
  function fill(template, values) {
    return String(template).replace(/%\((\w+)\)s|%%/g, (all, name) => (name ? String(values[name]) : '%'));
  }

  async function fetchJson(url, options) {
    const answer = await fetch(url, Object.assign({ credentials: 'same-origin', headers: { Accept: 'application/json' } }, options));
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  const asked = new Map();

  /** Two maps of a page that ask for the same at once ask once. */
  function fetchOnce(url) {
    if (!asked.has(url)) asked.set(url, fetchJson(url).finally(() => asked.delete(url)));
    return asked.get(url);
  }

  /** Make an element; text goes in as text, never as markup. */
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([name, value]) => {
      if (value === false || value == null) return;
      if (name === 'class') element.className = value;
      else element.setAttribute(name, value === true ? '' : value);
    });
    children.flat().forEach((child) => { if (child != null && child !== false) element.append(child); });
    return element;
  }

  function svg(tag, attributes, ...children) {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    Object.entries(attributes || {}).forEach(([name, value]) => element.setAttribute(name, value));
    element.append(...children);
    return element;
  }

  Object.assign(gm, { Plane, PaintLayer, readGrid, trace, inside, clip, centroid, boxOf, meets, addPane, palette, fill, fetchJson, fetchOnce, make, svg });
})(window);
