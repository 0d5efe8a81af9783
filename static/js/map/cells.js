/* The cells as coloured areas that can be picked: SVG up to 500 (style sheet, hatch, focus, print), one canvas above.
   Both offer paint(classes, ramp, bare: only those without), at(latlng), focus(index) and the events pick, hover. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const MOST_SVG = 500;

  /** Who is next to whom in a direction: the nearest middle within 50° of it. */
  function neighbour(cells, from, dx, dy) {
    let best = null;
    let least = Infinity;
    cells.forEach((cell) => {
      if (cell === from) return;
      const x = cell.at.x - from.at.x;
      const y = cell.at.y - from.at.y;
      const along = x * dx + y * dy;
      const across = Math.abs(x * dy - y * dx);
      if (along <= 0 || across > along * 1.2) return;
      const cost = along + across * 1.6;
      if (cost < least) { least = cost; best = cell; }
    });
    return best;
  }

  const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  class SvgCells extends L.Evented {
    constructor(map, grid, pane) {
      super();
      this.map = map;
      this.grid = grid;
      this.renderer = L.svg({ pane, padding: 0.5 });
      const firsts = new Set();
      this.paths = grid.cells.map((cell) => {
        const path = L.polygon(latLngs(grid.plane, cell.rings), {
          pane, renderer: this.renderer, className: 'gm-cell', smoothFactor: 0, noClip: true, bubblingMouseEvents: true,
        }).addTo(map);
        const element = path.getElement();
        const first = !firsts.has(cell.community);
        firsts.add(cell.community);
        element.setAttribute('role', 'button');
        element.setAttribute('tabindex', first ? '0' : '-1');
        element.setAttribute('data-cell', cell.code);
        path.on('click', (event) => this.fire('pick', { cell, at: event.latlng, by: 'pointer' }));
        path.on('mouseover', () => this.fire('hover', { cell }));
        element.addEventListener('keydown', (event) => this.key(event, cell));
        element.addEventListener('focus', () => this.fire('focus', { cell }));
        return path;
      });
      hatch(this.renderer);
    }
    key(event, cell) {
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault();
        this.fire('pick', { cell, by: 'key' });
      } else if (MOVES[event.key]) {
        event.preventDefault();
        event.stopPropagation();
        const next = neighbour(this.grid.cells, cell, ...MOVES[event.key]);
        if (next) this.focus(next);
      }
    }
    focus(cell) { this.paths[cell.index].getElement().focus({ preventScroll: true }); }
    describe(sentence) { this.paths.forEach((path, i) => path.getElement().setAttribute('aria-label', sentence(this.grid.cells[i]))); }
    paint(classes, ramp) {
      this.paths.forEach((path, i) => {
        path.getElement().setAttribute('class', `gm-cell leaflet-interactive ${classes[i] < 0 ? 'gm-none' : `gm-${ramp}${classes[i]}`}`);
      });
    }
    colour() {}
  }

  /** Above 500 cells: one focusable element; arrows move the active cell, and a live line says where one is. */
  class CanvasCells extends L.Evented {
    constructor(map, grid, pane) {
      super();
      this.map = map;
      this.grid = grid;
      this.active = null;
      grid.cells.forEach((cell) => {
        const path = new Path2D();
        cell.rings.forEach((flat) => gm.trace(path, flat, true));
        cell.path = path;
      });
      this.index = tiles(grid.cells);
      this.layer = new gm.PaintLayer(grid.plane, (ctx, view) => this.draw(ctx, view), { pane }).addTo(map);
      map.on('click', (event) => { const cell = this.at(event.latlng); if (cell) this.fire('pick', { cell, at: event.latlng, by: 'pointer' }); });
      map.on('mousemove', (event) => {
        const cell = this.at(event.latlng);
        if (cell !== this.over) { this.over = cell; if (cell) this.fire('hover', { cell }); }
        map.getContainer().classList.toggle('gm-over-cell', !!cell);
      });
      const box = map.getContainer();
      box.setAttribute('tabindex', '0');
      box.setAttribute('role', 'application');
      this.live = box.appendChild(gm.make('p', { class: 'visually-hidden', 'aria-live': 'polite' }));
      box.addEventListener('keydown', (event) => {
        if (event.target !== box) return;
        if (MOVES[event.key]) {
          event.preventDefault();
          const next = this.active ? neighbour(grid.cells, this.active, ...MOVES[event.key]) : this.at(map.getCenter()) || grid.cells[0];
          if (next) this.focus(next);
        } else if (event.key === 'Enter' && this.active) this.fire('pick', { cell: this.active, by: 'key' });
      });
    }
    focus(cell) {
      this.active = cell;
      if (document.activeElement !== this.map.getContainer()) this.map.getContainer().focus({ preventScroll: true });
      this.live.textContent = this.sentence ? this.sentence(cell) : cell.name;
      this.fire('focus', { cell });
    }
    describe(sentence) { this.sentence = sentence; }
    at(latlng) {
      const [x, y] = this.grid.plane.point(latlng.lng, latlng.lat);
      return this.index(x, y).find((cell) => gm.inside(cell.rings, x, y)) || null;
    }
    colour(palette) { this.palette = palette; this.layer.redraw(); }
    paint(classes, ramp, bare) {
      this.classes = classes;
      this.ramp = ramp;
      this.bare = bare;
      if (this.palette) this.layer.draw();
    }
    draw(ctx, view) {
      if (!this.classes || !this.palette) return;
      // One path a class: a fill costs by the call more than by the corner. Few cells in view are drawn one by one.
      const seen = this.grid.cells.filter((cell) => (!this.bare || this.classes[cell.index] < 0) && gm.meets(cell.box, view.box));
      const groups = new Map();
      seen.forEach((cell) => {
        const found = this.classes[cell.index];
        if (!groups.has(found)) groups.set(found, new Path2D());
        groups.get(found).addPath(cell.path);
      });
      ctx.lineWidth = (view.zoom > 13.5 ? 1.2 : 0.5) / view.scale;
      ctx.strokeStyle = this.palette('map-cell-line');
      groups.forEach((path, found) => {
        ctx.globalAlpha = 0.88;
        ctx.fillStyle = found < 0 ? pattern(ctx, view, this.palette) : this.palette(`${this.ramp}${found}`);
        ctx.fill(path, 'evenodd');
        ctx.globalAlpha = 1;
        ctx.stroke(path);
      });
    }
  }

  function pattern(ctx, view, palette) {
    const tile = document.createElement('canvas');
    tile.width = tile.height = 8 * view.dots;
    const pen = tile.getContext('2d');
    pen.scale(view.dots, view.dots);
    pen.fillStyle = palette('hatch-ground');
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = palette('hatch');
    pen.lineWidth = 1.2;
    pen.beginPath();
    [-8, 0, 8].forEach((x) => { pen.moveTo(x, 8); pen.lineTo(x + 8, 0); });
    pen.stroke();
    const made = ctx.createPattern(tile, 'repeat');
    made.setTransform(new DOMMatrix().scale(1 / (view.dots * view.scale)));
    return made;
  }

  /** The hatch stands once in the page, however many maps. */
  function hatch(renderer) {
    if (document.getElementById('gm-hatch')) return;
    const line = gm.svg('path', { d: 'M-2,10 L10,-2 M-2,2 L2,-2 M6,10 L10,6', class: 'gm-hatch-line' });
    const made = gm.svg('pattern', { id: 'gm-hatch', width: 8, height: 8, patternUnits: 'userSpaceOnUse' },
      gm.svg('rect', { width: 8, height: 8, class: 'gm-hatch-ground' }), line);
    renderer._container.insertBefore(gm.svg('defs', {}, made), renderer._container.firstChild);
  }

  /** A coarse index of boxes, so that one move of the mouse does not ask 20,000 cells. */
  function tiles(cells) {
    const all = gm.boxOf(cells.map((cell) => Float64Array.from(cell.box)));
    const side = Math.max(1, Math.ceil(Math.sqrt(cells.length)));
    const step = [(all[2] - all[0]) / side || 1, (all[3] - all[1]) / side || 1];
    const column = (x) => Math.min(side - 1, Math.max(0, Math.floor((x - all[0]) / step[0])));
    const row = (y) => Math.min(side - 1, Math.max(0, Math.floor((y - all[1]) / step[1])));
    const kept = new Map();
    cells.forEach((cell) => {
      for (let c = column(cell.box[0]); c <= column(cell.box[2]); c += 1) {
        for (let r = row(cell.box[1]); r <= row(cell.box[3]); r += 1) {
          const key = c * side + r;
          if (!kept.has(key)) kept.set(key, []);
          kept.get(key).push(cell);
        }
      }
    });
    return (x, y) => kept.get(column(x) * side + row(y)) || [];
  }

  function latLngs(plane, rings) {
    // Every ring as its own: even-odd filling makes holes of holes and islands of islands.
    return rings.map((flat) => {
      const ring = [];
      for (let i = 0; i < flat.length; i += 2) ring.push(plane.latLng(flat[i], flat[i + 1]));
      return ring;
    });
  }

  function makeCells(map, grid, pane) {
    return grid.cells.length <= MOST_SVG ? new SvgCells(map, grid, pane) : new CanvasCells(map, grid, pane);
  }

  Object.assign(gm, { makeCells, latLngs, neighbour });
})(window);
