/* What stands beside the map: figures of the whole, legend with counts of cells, ranking of cells, the months. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const { make } = gm;
  const SHAPES = { red: 'M8 2l7 12H1z', yellow: 'M8 1l7 7-7 7-7-7z', blue: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z' };
  const LEVELS = ['none', 'blue', 'yellow', 'red'];

  function shape(level) {
    return gm.svg('svg', { viewBox: '0 0 16 16', class: `gm-shape gm-shape-${level}`, 'aria-hidden': 'true' }, gm.svg('path', { d: SHAPES[level] }));
  }

  function badge(number) {
    return make('span', { class: 'gm-badge', 'aria-hidden': 'true' }, String(number));
  }

  function triangle() {
    return gm.svg('svg', { viewBox: '0 0 16 16', class: 'gm-shape gm-shape-late', 'aria-hidden': 'true' }, gm.svg('path', { d: SHAPES.red }));
  }

  function figures(box, state) {
    const { config, month, grid } = state;
    const sum = (keys) => grid.cells.reduce((all, cell) => {
      const part = gm.total(month, keys, cell.index);
      return { low: all.low + part.low, high: all.high + part.high };
    }, { low: 0, high: 0 });
    const values = { open: sum(config.open), late: sum(['late']), settled: sum(['settled_in_month']), ended: sum(['ended_in_month']) };
    box.querySelectorAll('[data-gm-figure]').forEach((place) => {
      const span = values[place.getAttribute('data-gm-figure')];
      place.textContent = gm.say(span, 0, config.language);
      place.classList.toggle('gm-band', span.low !== span.high);
    });
  }

  function legend(box, state) {
    const { config, classes, view } = state;
    const rule = config.measures.find((each) => each.name === view);
    const sizes = new Map();
    classes.forEach((found) => sizes.set(found, (sizes.get(found) || 0) + 1));
    const count = (found) => make('span', { class: 'gm-legend-n' }, gm.fill(config.words.n_cells, { number: sizes.get(found) || 0 }));
    const rows = rule
      ? rule.classes.map((words, k) => make('li', { class: 'gm-row' }, make('i', { class: `gm-key gm-${rule.ramp}${k}` }), make('span', { class: 'gm-legend-word' }, longOrShort(words, rule.short_classes[k])), count(k)))
      : [3, 2, 1, 0].map((k) => make('li', { class: 'gm-row gm-row-wide' }, k ? shape(LEVELS[k]) : make('i', { class: 'gm-key gm-a0' }),
        make('span', { class: 'gm-legend-word' }, config.alert.labels[LEVELS[k]]), count(k)));
    if (sizes.get(-1) || rule) {
      const none = rule && rule.under.length ? config.words[state.counts.exact ? 'no_value' : 'no_value_masked'] : config.reasons.no_data;
      rows.push(make('li', { class: rule && rule.under.length ? 'gm-row gm-row-wide' : 'gm-row' }, make('i', { class: 'gm-key gm-key-none' }), make('span', { class: 'gm-legend-word' }, longOrShort(none, config.words.none_short)), count(-1)));
    }
    const late = make('span', { class: 'gm-row gm-only-line' }, make('span', { class: 'gm-badge gm-badge-empty', 'aria-hidden': 'true' }), config.statuses.late);
    box.replaceChildren(
      make('p', { class: 'gm-legend-head' }, make('strong', {}, rule ? rule.label : config.alert.label),
        rule ? make('span', {}, rule.unit) : null, make('span', {}, gm.fill(config.words.as_of, { time: asOf(state) }))),
      make('ul', { class: 'gm-classes' }, rows, rule ? marks(config) : []), rule ? late : '', rule ? make('p', { class: 'gm-legend-note gm-formula' }, rule.formula) : '');
    if (!state.counts.exact) box.append(make('p', { class: 'gm-legend-note' }, config.words.masked_note));
  }

  /** The rows that explain the signs of overdue cases. */
  function marks(config) {
    return [[badge(3), config.words.badge_many], [triangle(), config.words.badge_one]].map(([sign, words]) =>
      make('li', { class: 'gm-row gm-mark' }, sign, make('span', { class: 'gm-legend-word' }, words)));
  }

  /** Two wordings, of which the style sheet shows one. */
  function longOrShort(long, short) {
    return long === short ? [long] : [make('span', { class: 'gm-long' }, long), make('span', { class: 'gm-short', 'aria-hidden': 'true' }, short)];
  }

  function asOf(state) {
    const { config, counts, at } = state;
    if (at !== counts.months.length - 1) return sayMonth(counts.months[at], config.language, true);
    const moment = new Date(counts.as_of);
    return new Intl.DateTimeFormat(config.language, { hour: '2-digit', minute: '2-digit', hour12: false, timeZone: config.zone }).format(moment);
  }

  /** Cells in the order of concern: the order is computed from what the reader may know. */
  function ranked(state) {
    const { config, month, grid, view } = state;
    const rule = config.measures.find((each) => each.name === view && each.name !== 'open');
    const openOf = (cell) => gm.total(month, config.open, cell.index).high;
    const known = grid.cells.filter((cell) => month.known[cell.index]);
    if (!rule) {
      return known.filter((cell) => openOf(cell)).sort((a, b) => month.late.high[b.index] - month.late.high[a.index] || openOf(b) - openOf(a) || (a.code < b.code ? -1 : 1))
        .map((cell) => ({ cell, late: true }));
    }
    return known.map((cell) => ({ cell, measured: gm.measure(rule, month, cell.index, cell.households) })).filter((each) => each.measured.high != null)
      .sort((a, b) => (rule.high_is_bad ? b.measured.high - a.measured.high : a.measured.high - b.measured.high) || openOf(b.cell) - openOf(a.cell) || (a.cell.code < b.cell.code ? -1 : 1))
      .map((each) => Object.assign(each, { rule }));
  }

  function ranking(box, state, pick) {
    const { config, month } = state;
    const limit = Number(box.getAttribute('data-gm-limit')) || 9;
    const first = ranked(state).slice(0, limit);
    const head = state.find('ranking-title');
    const order = config.measures.find((each) => each.name === state.view);
    if (head) head.textContent = gm.fill(config.words[`ranking_${state.view}`] || config.words.ranking_other, { label: order ? order.label : config.alert.label });
    const unit = state.find('ranking-unit');
    if (unit) unit.textContent = first.length && first[0].late ? config.words.late_of_open : '';
    const most = Math.max(1, ...first.map(({ cell }) => gm.total(month, config.open, cell.index).high));
    const rows = first.map(({ cell, late, measured, rule }) => {
      const open = gm.total(month, config.open, cell.index);
      const number = make('span', { class: 'gm-rank-n' });
      if (late) {
        const lateSpan = { low: month.late.low[cell.index], high: month.late.high[cell.index] };
        number.append(make('b', { class: lateSpan.high ? 'late' : '' }, gm.say(lateSpan, 0, config.language)), ` / ${gm.say(open, 0, config.language)}`);
      } else number.append(make('b', {}, gm.sayMeasured(rule, measured, config)));
      const button = make('button', { type: 'button', class: 'gm-rank', 'data-cell': cell.code, 'aria-pressed': state.picked === cell ? 'true' : 'false' },
        make('span', { class: 'gm-rank-name' }, cell.name), number, make('span', { class: 'gm-rank-bar' }, gm.bar(config.open, month, cell.index, most)));
      button.addEventListener('click', () => pick(cell));
      return make('li', {}, button);
    });
    box.replaceChildren(...(rows.length ? rows : [make('li', { class: 'gm-rank-none' }, config.words.nothing_open)]));
  }

  function statusKey(box, state) {
    box.replaceChildren(...state.config.open.map((key) => make('span', {}, make('i', { class: `gm-sw gm-st-${key}` }), state.config.statuses[key])));
  }

  function sayMonth(month, language, whole) {
    const [year, number] = month.split('-').map(Number);
    const form = whole ? { year: 'numeric', month: 'short' } : { month: language.startsWith('zh') ? 'numeric' : 'short' };
    return new Intl.DateTimeFormat(language, form).format(new Date(year, number - 1, 15));
  }

  /** The slider: a range input, its names, and a button that plays a month a second unless motion is unwelcome. */
  function months(box, state, go) {
    const { counts, config } = state;
    const last = counts.months.length - 1;
    if (last < 1) { box.hidden = true; return { show() {} }; }
    const input = make('input', { type: 'range', min: 0, max: last, step: 1, value: last, class: 'gm-range', 'aria-label': config.words.month });
    const still = root.matchMedia('(prefers-reduced-motion: reduce)').matches;
    const play = make('button', { type: 'button', class: 'gm-play', 'aria-label': config.words.play, hidden: still });
    const names = make('div', { class: 'gm-month-names', 'aria-hidden': 'true' });
    const ticks = make('div', { class: 'gm-ticks', 'aria-hidden': 'true' });
    counts.months.forEach((month, k) => {
      names.append(make('span', {}, sayMonth(month, config.language, month.endsWith('-01') || (k === 0 && !counts.months[1].endsWith('-01')))));
      if (k < last) ticks.append(make('i'));
    });
    let timer = null;
    const stop = () => { root.clearInterval(timer); timer = null; face(); };
    const face = () => {
      play.replaceChildren(gm.svg('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, gm.svg('path', { d: timer ? 'M4 3h3v10H4zM9 3h3v10H9z' : 'M5 3l8 5-8 5z' })));
      play.setAttribute('aria-label', timer ? config.words.stop : config.words.play);
    };
    play.addEventListener('click', () => {
      if (timer) { stop(); return; }
      if (Number(input.value) === last) go(0);
      timer = root.setInterval(() => { if (Number(input.value) >= last) stop(); else go(Number(input.value) + 1); }, 1000);
      face();
    });
    input.addEventListener('input', () => { if (timer) stop(); go(Number(input.value)); });
    box.replaceChildren(play, make('div', { class: 'gm-track' }, ticks, input, names));
    face();
    const show = (at) => {
      input.value = at;
      input.setAttribute('aria-valuetext', sayMonth(counts.months[at], config.language, true));
      Array.from(names.children).forEach((name, k) => name.classList.toggle('on', k === at));
      Array.from(ticks.children).forEach((tick, k) => tick.classList.toggle('on', k < at));
    };
    return { show };
  }

  Object.assign(gm, { figures, legend, marks, asOf, ranking, ranked, months, statusKey, sayMonth, alertShapes: SHAPES, alertLevels: LEVELS });
})(window);
