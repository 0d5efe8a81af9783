/* Writing on the map: names of communities, streets, waters and places, numbers of buildings, badges. All on one canvas, so that one list
   of taken places keeps them apart. Chinese street names go sign by sign along the street, upright where it runs north and south. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const HAN = /[\u3400-\u9fff]/;
  const NAMED_FROM = { arterial: 13, secondary: 14.2, street: 15.7, lane: 16.6, water: 13 };
  const PLACES_FROM = { estate: 15.9, hospital: 15, school: 15.6, market: 15, park: 15.2, government: 15.4, mediation: 15.6, mall: 15.4 };

  class Writer {
    constructor(ctx, view, colour, font) {
      this.ctx = ctx;
      this.view = view;
      this.colour = colour;
      this.font = font;
      this.taken = [];
    }

    free(box) {
      // A name that the edge of the map would cut is left out; the canvas itself is larger than the map.
      const [left, top, right, bottom] = this.view.seen;
      return box[0] > left && box[1] > top && box[2] < right && box[3] < bottom && !this.taken.some((other) => gm.meets(box, other));
    }

    take(...boxes) { this.taken.push(...boxes); }

    /** Keep names off a line, such as the outline. */
    keepClear(rings) {
      rings.forEach((flat) => {
        visiblePart(flat, this.view).forEach((way) => {
          for (let at = 0; at < way.length; at += 9) {
            const [x, y] = pointAt(way, at);
            this.take([x - 3, y - 3, x + 3, y + 3]);
          }
        });
      });
    }

    style(size, weight, colour) {
      this.ctx.font = `${weight} ${size}px ${this.font}`;
      this.ctx.textAlign = 'center';
      this.ctx.textBaseline = 'middle';
      this.ctx.lineJoin = 'round';
      this.ctx.fillStyle = this.colour(colour);
    }

    halo(text, x, y, width) {
      this.ctx.strokeStyle = this.colour('map-halo');
      this.ctx.lineWidth = width;
      this.ctx.strokeText(text, x, y);
      this.ctx.fillText(text, x, y);
    }

    /** Write a name at the first free of several offsets; returns whether it found one. */
    name(text, x, y, { size = 14, weight = 600, colour = 'ink', tries = [[0, 0]], halo = 4, force = false } = {}) {
      this.style(size, weight, colour);
      const half = this.ctx.measureText(text).width / 2 + 2;
      for (const [dx, dy] of tries) {
        const box = [x + dx - half, y + dy - size * 0.62, x + dx + half, y + dy + size * 0.62];
        if (!force && !this.free(box)) continue;
        this.take(box);
        this.halo(text, x + dx, y + dy, halo);
        return true;
      }
      return false;
    }

    /** Write a street's name along it, once every `every` pixels. */
    along(name, lines, { size = 13, colour = 'map-name', every = 520 } = {}) {
      const { view } = this;
      this.style(size, 400, colour);
      const han = HAN.test(name);
      const pace = size * (han ? 1.12 : 1);
      const length = han ? name.length * pace : this.ctx.measureText(name).width;
      lines.forEach((flat) => {
        const walk = visiblePart(flat, view);
        walk.forEach((way) => {
          let at = way.length < every * 1.2 ? way.length / 2 : every * 0.45;
          for (let tries = 0; at < way.length && tries < 400; tries += 1) {
            const done = at - length / 2 > 4 && at + length / 2 < way.length - 4 &&
              [0, size, -size].some((aside) => this.place(name, way, at, length, size, han, aside));
            at += done ? every : Math.max(24, size * 3);
          }
        });
      });
    }

    place(name, way, middle, length, size, han, aside) {
      const a = pointAt(way, middle - length / 2);
      const b = pointAt(way, middle + length / 2);
      const chord = Math.hypot(b[0] - a[0], b[1] - a[1]);
      if (chord < length * 0.93) return false;
      let angle = Math.atan2(b[1] - a[1], b[0] - a[0]);
      const steep = Math.abs(Math.sin(angle)) > 0.78;
      const back = han && steep ? Math.sin(angle) < 0 : Math.cos(angle) < -0.001;
      if (back) angle += Math.PI;
      const shift = [-Math.sin(angle) * aside, Math.cos(angle) * aside];
      const count = han ? name.length : Math.max(3, Math.round(length / size));
      const marks = [];
      for (let i = 0; i < count; i += 1) {
        const off = (i - (count - 1) / 2) * (length / count);
        const [x, y] = pointAt(way, middle + (back ? -off : off));
        marks.push([x + shift[0], y + shift[1]]);
      }
      const half = size * 0.56;
      const boxes = marks.map(([x, y]) => [x - half, y - half, x + half, y + half]);
      if (!boxes.every((box) => this.free(box))) return false;
      boxes.forEach((box) => this.take(box));
      if (!han) {
        const [x, y] = pointAt(way, middle);
        this.turned(name, x + shift[0], y + shift[1], angle, false);
      } else {
        [true, false].forEach((haloOnly) => marks.forEach(([x, y], i) => this.turned(name[i], x, y, steep ? 0 : angle, haloOnly)));
      }
      return true;
    }

    turned(text, x, y, angle, haloOnly) {
      const { ctx } = this;
      ctx.save();
      ctx.translate(x, y);
      ctx.rotate(angle);
      if (haloOnly) {
        ctx.strokeStyle = this.colour('map-halo');
        ctx.lineWidth = 3.4;
        ctx.strokeText(text, 0, 0);
      } else if (HAN.test(text)) ctx.fillText(text, 0, 0);
      else this.halo(text, 0, 0, 3.4);
      ctx.restore();
    }

    /** Name streets by how near the map is; `grown` is how much larger than usual its type is written. */
    streets(base, size, grown = 1) {
      ['water', 'arterial', 'secondary', 'street', 'lane'].forEach((kind) => {
        if (this.view.zoom - Math.log2(grown) < NAMED_FROM[kind]) return;
        const big = kind === 'arterial' || kind === 'water';
        (kind === 'water' ? base.waterNames : base.names).forEach((road) => {
          if (road.kind !== kind) return;
          this.along(road.name, road.lines, { size: big ? size : size - 1, colour: kind === 'water' ? 'map-water-name' : 'map-name' });
        });
      });
    }

    places(base, size) {
      base.places.forEach((place) => {
        if (this.view.zoom < (PLACES_FROM[place.kind] || 16.4)) return;
        const [x, y] = this.view.px(place.x, place.y);
        const dot = [x - 4, y - 4, x + 4, y + 4];
        if (!this.free(dot)) return;
        if (!this.name(place.name, x, y, { size, weight: 400, colour: 'map-place', halo: 3.4, tries: [[0, size + 3], [0, -size - 1]] })) return;
        this.take(dot);
        this.ctx.beginPath();
        this.ctx.arc(x, y, 3, 0, 2 * Math.PI);
        this.ctx.fillStyle = this.colour('map-dot');
        this.ctx.fill();
        this.ctx.lineWidth = 1.2;
        this.ctx.strokeStyle = this.colour('map-halo');
        this.ctx.stroke();
      });
    }

    numbers(base, words) {
      if (this.view.zoom < 16.6) return;
      base.sheets.forEach((sheet) => sheet && sheet.numbers.forEach((each) => {
        const [x, y] = this.view.px(each.x, each.y);
        const text = gm.fill(each.block ? words.building_block : words.building_house, { number: each.number });
        this.style(13, 400, 'map-number');
        const half = this.ctx.measureText(text).width / 2;
        const box = [x - half, y - 7, x + half, y + 7];
        if (each.wide * this.view.scale < half * 2 + 2 || !this.free(box)) return;
        this.take(box);
        this.ctx.fillText(text, x, y);
      }));
    }
  }

  /** The parts of a line in view, in pixels, with running lengths. */
  function visiblePart(flat, view) {
    const ways = [];
    let way = null;
const { x: wide, y: high } = view.size;
    const frame = [-60, -60, wide + 60, high + 60];
    const points = [];
    for (let i = 0; i < flat.length; i += 2) points.push(view.px(flat[i], flat[i + 1]));
    const crosses = (a, b) => !!a && !!b &&
      gm.meets([Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])], frame);
    for (let i = 0; i < points.length; i += 1) {
      const p = points[i];
      if (!crosses(points[i - 1], p)) way = null;
      if (!way && !crosses(p, points[i + 1])) continue;
      if (!way) ways.push(way = { points: [], runs: [], length: 0 });
      if (way.points.length) {
        const last = way.points[way.points.length - 1];
        way.length += Math.hypot(p[0] - last[0], p[1] - last[1]);
      }
      way.points.push(p);
      way.runs.push(way.length);
    }
    return ways.filter((each) => each.length > 30);
  }

  function pointAt(way, at) {
    const { points, runs } = way;
    let i = 1;
    while (i < runs.length - 1 && runs[i] < at) i += 1;
    const part = (at - runs[i - 1]) / (runs[i] - runs[i - 1] || 1);
    return [points[i - 1][0] + part * (points[i][0] - points[i - 1][0]), points[i - 1][1] + part * (points[i][1] - points[i - 1][1])];
  }

  Object.assign(gm, { Writer });
})(window);
