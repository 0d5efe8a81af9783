/* The drawn base map: land, green, water, roads, and from close by buildings with their numbers.
   What lies under the cells and what lies over them are painted apart, so that a filled cell still shows its river and streets. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;

  /* ground width in metres, least pixels, from which zoom */
  const ROADS = {
    path: [2.6, 0.6, 16], track: [3, 0.6, 15.5], lane: [5.5, 0.8, 14.8], street: [11, 1.2, 13.6], secondary: [17, 1.8, 12], arterial: [26, 2.6, 10],
  };
  const ORDER = ['path', 'track', 'lane', 'street', 'secondary', 'arterial'];
  const BLOCKS = new Set(['slab', 'tower', 'villa']);
  const CLOSE = 15.4;

  class BaseMap {
    constructor(plane) {
      this.plane = plane;
      this.areas = [];
      this.waters = [];
      this.roads = {};
      this.names = [];
      this.places = [];
      this.waterNames = [];
      this.sheets = new Map();
      this.listed = [];
      this.onchange = () => {};
    }

    /** Read basemap.json. */
    read(packed, tongue) {
      const { origin, scale } = packed;
      const line = (steps) => this.plane.read(steps, origin, scale);
      const area = (polygons) => {
        const path = new Path2D();
        polygons.forEach((rings) => rings.forEach((steps) => gm.trace(path, line(steps), true)));
        return path;
      };
      const colour = { school: 'map-school', court: 'map-court', track: 'map-track', hospital: 'map-hospital', market: 'map-market', plaza: 'map-market',
        parking: 'map-court', farma: 'map-field-a', farmb: 'map-field-b', farmc: 'map-field-c', wood: 'map-wood', garden: 'map-garden', park: 'map-park',
        riverside: 'map-garden', pitch: 'map-wood' };
      ['farm', ...Object.keys(packed.green)].forEach((kind) => {
        if (packed.green[kind] && kind.startsWith('farm')) this.areas.push([colour[kind] || 'map-field-a', area(packed.green[kind])]);
      });
      Object.entries(packed.land).forEach(([kind, polygons]) => this.areas.push([colour[kind] || 'map-court', area(polygons)]));
      Object.entries(packed.green).forEach(([kind, polygons]) => {
        if (!kind.startsWith('farm')) this.areas.push([colour[kind] || 'map-garden', area(polygons)]);
      });
      this.riverside = packed.green.riverside ? area(packed.green.riverside) : null;
      this.waters = Object.entries(packed.water).map(([kind, polygons]) => [kind, area(polygons)]);
      packed.roads.forEach(([kind, name, english, lines]) => {
        const road = this.roads[kind] || (this.roads[kind] = new Path2D());
        const read = lines.map(line);
        read.forEach((flat) => gm.trace(road, flat, false));
        if (name) this.names.push({ kind, name: tongue ? english : name, lines: read });
      });
      this.extent = gm.boxOf([].concat(...this.names.map((road) => road.lines)));
      this.places = packed.places.map(([kind, name, english, x, y]) => {
        const p = this.plane.point(origin[0] + x / scale, origin[1] + y / scale);
        return { kind, name: tongue ? english : name, x: p[0], y: p[1] };
      });
      this.waterNames = packed.waters.map(([name, english, steps]) => ({ kind: 'water', name: tongue ? english : name, lines: [line(steps)] }));
      return this;
    }

    /** Say which sheets of buildings there are: `[{code, box}]`, and their address with `{community}`. */
    list(sheets, template) {
      this.listed = template ? sheets : [];
      this.template = template;
    }

    /** Fetch the sheets in view, once each; the map is redrawn when they have come. */
    want(view) {
      if (view.zoom < CLOSE) return;
      this.listed.forEach(({ code, box }) => {
        if (this.sheets.has(code) || !gm.meets(box, view.box)) return;
        this.sheets.set(code, null);
        gm.fetchJson(this.template.replace(/\{community\}|%7Bcommunity%7D/i, encodeURIComponent(code)))
          .then((packed) => { this.sheets.set(code, this.readSheet(packed)); this.onchange(); })
          .catch(() => { root.setTimeout(() => this.sheets.delete(code), 15000); });
      });
    }

    readSheet(packed) {
      const sheet = { plain: new Path2D(), special: new Path2D(), numbers: [] };
      packed.cells.forEach(([, rows]) => {
        let at = [0, 0];
        rows.forEach(([kind, , number, steps, ...courts]) => {
          const flat = this.plane.read(steps, packed.origin, packed.scale, at);
          at = [at[0] + steps[0], at[1] + steps[1]];
          const name = packed.kinds[kind];
          const path = name === 'shop' || name === 'market' || name === 'mall' ? sheet.special : sheet.plain;
          const whole = flat.length === 6 ? Float64Array.of(...flat, flat[0] + flat[4] - flat[2], flat[1] + flat[5] - flat[3]) : flat;
          gm.trace(path, whole, true);
          courts.forEach((court) => gm.trace(path, this.plane.read(court, packed.origin, packed.scale, at), true));
          if (number) {
            const box = gm.boxOf([whole]);
            const ring = [];
            for (let i = 0; i < whole.length; i += 2) ring.push([whole[i], whole[i + 1]]);
            const [x, y] = gm.centroid(ring);
            sheet.numbers.push({ number, block: BLOCKS.has(name), x, y, wide: box[2] - box[0] });
          }
        });
      });
      return sheet;
    }

    ground(ctx, view, colour) {
      ctx.save();
      view.pixels();
      ctx.fillStyle = colour('map-land');
      ctx.fillRect(0, 0, view.size.x, view.size.y);
      view.plane();
      this.areas.forEach(([name, path]) => { ctx.fillStyle = colour(name); ctx.fill(path, 'evenodd'); });
      this.water(ctx, colour);
      this.streets(ctx, view, colour);
      this.buildings(ctx, view, colour);
      ctx.restore();
    }

    water(ctx, colour) {
      ctx.fillStyle = colour('map-water');
      this.waters.forEach(([, path]) => ctx.fill(path, 'evenodd'));
    }

    streets(ctx, view, colour) {
      const wide = (kind) => Math.max(ROADS[kind][0] * this.plane.metre, ROADS[kind][1] / view.scale);
      const shown = ORDER.filter((kind) => this.roads[kind] && view.zoom >= ROADS[kind][2]);
      ctx.lineJoin = ctx.lineCap = 'round';
      shown.forEach((kind) => {
        if (kind === 'path' || kind === 'track') return;
        ctx.lineWidth = wide(kind) + 2 / view.scale;
        ctx.strokeStyle = colour(kind === 'arterial' ? 'map-arterial-edge' : 'map-road-edge');
        ctx.stroke(this.roads[kind]);
      });
      shown.forEach((kind) => {
        ctx.lineWidth = wide(kind);
        ctx.strokeStyle = colour(kind === 'arterial' ? 'map-arterial' : 'map-road');
        ctx.stroke(this.roads[kind]);
      });
    }

    buildings(ctx, view, colour) {
      if (view.zoom < CLOSE) return;
      ctx.lineWidth = 0.8 / view.scale;
      this.sheets.forEach((sheet) => {
        if (!sheet) return;
        ctx.strokeStyle = colour('map-building-edge');
        [['map-building', sheet.plain], ['map-shop', sheet.special]].forEach(([name, path]) => {
          ctx.fillStyle = colour(name);
          ctx.fill(path, 'evenodd');
          ctx.stroke(path);
        });
      });
    }

    /** The drawn ground ends somewhere: let it fade into the colour of land instead of breaking off. */
    fade(ctx, view, colour) {
      if (!this.extent) return;
      const [l, t] = view.px(this.extent[0], this.extent[1]);
      const [r, b] = view.px(this.extent[2], this.extent[3]);
      const soft = 260 * view.scale;
      const { x: wide, y: high } = view.size;
      ctx.save();
      view.pixels();
      [[l, 0, l + soft, 0, l, 0, l + soft, high], [r, 0, r - soft, 0, r - soft, 0, r, high], [0, t, 0, t + soft, 0, t, wide, t + soft], [0, b, 0, b - soft, 0, b - soft, wide, b]]
        .forEach(([x0, y0, x1, y1, left, top, right, bottom]) => {
          const tint = ctx.createLinearGradient(x0, y0, x1, y1);
          tint.addColorStop(0, colour('map-land'));
          tint.addColorStop(1, colour('map-land-clear'));
          ctx.fillStyle = tint;
          ctx.fillRect(left, top, right - left, bottom - top);
        });
      ctx.fillStyle = colour('map-land');
      [[0, 0, l, high], [r, 0, wide - r, high], [0, 0, wide, t], [0, b, wide, high - b]].forEach(([x, y, w, h]) => { if (w > 0 && h > 0) ctx.fillRect(x, y, w, h); });
      ctx.restore();
    }

    /** What stays readable over filled cells: the river whole, the streets as a breath of white. */
    over(ctx, view, colour) {
      ctx.save();
      view.plane();
      ctx.globalAlpha = 0.9;
      ctx.fillStyle = colour('map-water-over');
      this.waters.forEach(([kind, path]) => { if (kind !== 'pond') ctx.fill(path, 'evenodd'); });
      ctx.globalAlpha = 1;
      ctx.lineJoin = ctx.lineCap = 'round';
      ctx.strokeStyle = colour('map-street-over');
      ['street', 'secondary', 'arterial'].forEach((kind) => {
        if (!this.roads[kind] || view.zoom < ROADS[kind][2]) return;
        ctx.lineWidth = Math.max(ROADS[kind][0] * this.plane.metre * 0.55, 1 / view.scale);
        ctx.stroke(this.roads[kind]);
      });
      ctx.restore();
    }
  }

  /** Lay a veil over everything outside the rings. */
  function veil(ctx, view, rings, colour) {
    if (!rings.length) return;
    const path = new Path2D();
    const [l, t, r, b] = view.box;
    path.rect(l - 10, t - 10, r - l + 20, b - t + 20);
    rings.forEach((flat) => gm.trace(path, flat, true));
    ctx.fillStyle = colour('map-veil');
    ctx.fill(path, 'evenodd');
  }

  async function loadBase(url, plane, tongue) {
    const base = new BaseMap(plane);
    if (url) base.read(await gm.fetchJson(url), tongue);
    return base;
  }

  Object.assign(gm, { BaseMap, loadBase, veil });
})(window);
