/* The heat surface: a measure smoothed over the map, from the cells' figures that this reader has and never from points. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const { make } = gm;
  const STEPS = 256;

  /** What is smoothed of a measure: numbers above and below the line by cell, and of which cells they are known. A span counts as its middle. */
  function parts(rule, month, cells) {
    const middle = (keys) => Float64Array.from(cells, (cell) => {
      const span = gm.total(month, keys, cell.index);
      return (span.low + span.high) / 2;
    });
    const households = rule.under[0] === 'households';
    const known = Uint8Array.from(cells, (cell) => Number(month.known[cell.index] && rule.deeds.every((key) => month[key]) && !(households && cell.households == null)));
    if (!known.some(Boolean)) return { known };
    if (rule.bounds.length) return { known, classes: rule.under.map((key) => middle([key])) };
    return { known, over: middle(rule.over), under: households ? Float64Array.from(cells, (cell) => cell.households || 0) : rule.under.length ? middle(rule.under) : null };
  }

  /** The value of a measure at each pixel; NaN where there is none. Counts are per square kilometre, shares and rates one field over another. */
  function values(smoother, rule, found) {
    const shown = new Float32Array(smoother.owner.length).fill(NaN);
    if (!found.over && !found.classes) return shown;
    const among = smoother.among(found.known);
    // What a Gaussian gathers round a point is what lies in 4πσ² at that density: so many must be there before a rate is told.
    const least = rule.least / (4 * Math.PI * Math.pow(smoother.bandwidth / 1000, 2)) * smoother.pixelKm2;
    const over = found.over && smoother.field(found.over, among);
    const under = found.under && smoother.field(found.under, among);
    const classes = found.classes && found.classes.map((each) => smoother.field(each, among));
    for (let at = 0; at < shown.length; at += 1) {
      if (!among.mask[at]) continue;
      if (classes) shown[at] = median(rule, classes, at, least);
      else if (!under) shown[at] = over[at] * rule.factor / smoother.pixelKm2;
      else if (under[at] >= least && under[at] > 0) shown[at] = over[at] * rule.factor / under[at];
    }
    return shown;
  }

  /** The grouped median at a pixel, as measures.js finds it of a cell. */
  function median(rule, classes, at, least) {
    const all = classes.reduce((sum, field) => sum + field[at], 0);
    if (!all || all < least) return NaN;
    let below = 0, lower = 0;
    for (let k = 0; k < rule.bounds.length; k += 1) {
      const count = classes[k][at];
      if (below + count >= all / 2) return lower + (all / 2 - below) / count * (rule.bounds[k] - lower);
      below += count;
      lower = rule.bounds[k];
    }
    return lower;
  }

  class Surface {
    constructor(map) {
      this.map = map;
      this.tops = new WeakMap();
      gm.addPane(map.map, 'gm-surface', 405);
      this.image = document.createElement('canvas');
      this.layer = new gm.PaintLayer(map.state.grid.plane, (ctx) => this.draw(ctx), { pane: 'gm-surface' });
    }

    get smoother() { return this.made || (this.made = new gm.Smoother(this.map.state.grid)); }

    /** Paint the measure, or take the surface away where it is not wanted or the view has none; returns whether it is shown. */
    show(wanted) {
      const { map, layer } = this;
      const rule = wanted && map.kind.smoothed ? map.kind.smoothed(map.state) : null;
      this.rule = rule;
      map.box.classList.toggle('gm-surfaced', !!rule);
      if (!rule) { layer.remove(); return false; }
      if (!layer._map) layer.addTo(map.map);
      const { grid, month } = map.state;
      this.found = parts(rule, month, grid.cells);
      this.values = values(this.smoother, rule, this.found);
      this.stops = rule.under.length ? stopsOf(rule.breaks) : this.topped(rule);
      this.clip = this.found.known.every(Boolean) ? null : gm.pathOf(grid.cells.filter((cell) => this.found.known[cell.index]).map((cell) => cell.rings));
      this.colour();
      return true;
    }

    /** Even steps up to a round number that no month exceeds, so that months compare. */
    topped(rule) {
      const { counts, grid } = this.map.state;
      if (!this.tops.has(counts)) this.tops.set(counts, new Map());
      const kept = this.tops.get(counts);
      if (!kept.has(rule.name)) {
        const most = counts.months.map((_, at) => {
          const month = gm.readMonth(counts, at, grid.cells.length);
          return month.known ? values(this.smoother, rule, parts(rule, month, grid.cells)).reduce((high, each) => (each > high ? each : high), 0) : 0;
        });
        kept.set(rule.name, roundUp(Math.max(...most)));
      }
      return [0, 1, 2, 3, 4].map((k) => kept.get(rule.name) * k / 4);
    }

    colour() {
      if (!this.rule) return;
      const { smoother, image } = this;
      const table = ramp([0, 1, 2, 3, 4].map((k) => this.map.colour(`${this.rule.ramp}${k}`)));
      image.width = smoother.wide;
      image.height = smoother.high;
      const pen = image.getContext('2d');
      const picture = pen.createImageData(image.width, image.height);
      const shades = new Int16Array(this.values.length);
      for (let at = 0; at < shades.length; at += 1) shades[at] = this.values[at] >= 0 ? Math.round(place(this.stops, this.values[at]) * (STEPS - 1)) : -1;
      drawnOut(shades, smoother, this.found.known);
      const dots = new Uint32Array(picture.data.buffer);
      for (let at = 0; at < dots.length; at += 1) if (shades[at] >= 0) dots[at] = table[shades[at]];
      pen.putImageData(picture, 0, 0);
      this.layer.draw();
    }

    draw(ctx) {
      if (!this.rule) return;
      const { smoother } = this;
      ctx.save();
      ctx.clip(this.clip || this.map.borders.outline, 'evenodd');
      ctx.globalAlpha = 0.86;
      ctx.drawImage(this.image, smoother.west, smoother.north, smoother.wide * smoother.step, smoother.high * smoother.step);
      ctx.restore();
    }

    legend(box) {
      const { rule, map: { config, state }, stops, smoother } = this;
      const say = (value) => gm.say({ low: value, high: value }, value % 1 ? 1 : 0, config.language);
      const bar = make('span', { class: 'gm-scale', 'aria-hidden': 'true' });
      bar.style.backgroundImage = `linear-gradient(to right, ${[0, 1, 2, 3, 4].map((k) => `var(--${rule.ramp}${k})`).join(', ')})`;
      const unit = rule.under.length ? rule.unit : config.words.per_km2;
      const told = gm.fill(config.words[rule.bounds.length ? 'surface_median' : rule.under.length ? 'surface_rate' : 'surface_count'], { metres: say(smoother.bandwidth) });
      box.replaceChildren(
        make('p', { class: 'gm-legend-head' }, make('strong', {}, rule.label), make('span', {}, unit), make('span', {}, gm.fill(config.words.as_of, { time: gm.asOf(state) }))),
        make('div', { class: 'gm-scale-box' }, bar, make('ol', { class: 'gm-scale-marks' }, stops.map((value, k) =>
          make('li', {}, say(value) + (rule.factor === 100 ? '%' : '') + (k === 4 && rule.under.length ? '+' : ''))))),
        make('ul', { class: 'gm-classes' }, gm.marks(config)),
        make('p', { class: 'gm-legend-note' }, told + (state.counts.exact ? '' : config.words.surface_masked)));
    }
  }

  /** Where a value stands between the stops, 0 to 1. */
  function place(stops, value) {
    let k = 1;
    while (k < 4 && value > stops[k]) k += 1;
    const part = stops[k] > stops[k - 1] ? (value - stops[k - 1]) / (stops[k] - stops[k - 1]) : 1;
    return Math.min(1, (k - 1 + Math.min(1, part)) / 4);
  }

  /** The classes' bounds as marks of a scale: nothing, then four; a class of "more than nothing" has no mark of its own. */
  function stopsOf(breaks) {
    const bounds = breaks.filter((each) => each > 0.01);
    const last = bounds[bounds.length - 1];
    return [0, ...bounds, 2 * last - bounds[bounds.length - 2]].slice(0, 5);
  }

  function roundUp(value) {
    const power = Math.pow(10, Math.floor(Math.log10(value || 1)));
    return [1, 2, 4, 6, 8, 10].find((each) => each * power >= value) * power;
  }

  /** Colours between five, as pixels of an image. */
  function ramp(colours) {
    const canvas = document.createElement('canvas');
    canvas.width = STEPS;
    canvas.height = 1;
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    const line = pen.createLinearGradient(0, 0, STEPS, 0);
    colours.forEach((colour, k) => line.addColorStop(k / 4, colour));
    pen.fillStyle = line;
    pen.fillRect(0, 0, STEPS, 1);
    return new Uint32Array(pen.getImageData(0, 0, STEPS, 1).data.buffer);
  }

  /** Draw colours out over the border, so that the enlarged image does not fade there; the outline cuts it off. */
  function drawnOut(shades, { wide, high, owner }, known) {
    for (let turn = 0; turn < 3; turn += 1) {
      const before = shades.slice();
      for (let row = 1; row < high - 1; row += 1) {
        for (let at = row * wide + 1; at < (row + 1) * wide - 1; at += 1) {
          if (before[at] >= 0 || (owner[at] >= 0 && known[owner[at]])) continue;
          shades[at] = Math.max(before[at - 1], before[at + 1], before[at - wide], before[at + wide]);
        }
      }
    }
  }

  Object.assign(gm, { Surface });
})(window);
