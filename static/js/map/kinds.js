/* What a map can show. A kind fetches its numbers, puts cells into classes and tells them; the map itself draws, picks and keeps the address.
   `data-kind` on the box chooses; the members are listed in README.md. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const ruleOf = (state) => state.config.measures.find((rule) => rule.name === state.view);

  /** Counts of cases by month: the measures of domain/indicators.py and the alert view. */
  const counts = {
    views: (config) => config.measures.map((rule) => rule.name).concat('alert'),

    /** Fetch what the view needs: `why` is start, view (another measure) or fresh (the same again). */
    async load(map, why) {
      const { state } = map;
      const found = why === 'view' ? state.counts : await (why === 'fresh' ? gm.fetchJson(map.box.dataset.countsUrl, { cache: 'no-cache' }) : gm.fetchOnce(map.box.dataset.countsUrl));
      if (why !== 'start') {
        if (found.months.length !== state.counts.months.length) { root.location.reload(); return; }
        map.wantedMonth = why === 'fresh' && state.at === state.counts.months.length - 1 ? null : state.counts.months[state.at];
      }
      const whole = await withDeeds(map, found);
      await map.ready;
      counts.take(map, whole);
    },

    take(map, found) {
      const at = found.months.indexOf(map.wantedMonth);
      map.state.counts = found;
      counts.go(map, at < 0 ? found.months.length - 1 : at);
    },

    go(map, at) {
      const { state } = map;
      state.at = at;
      state.month = gm.readMonth(state.counts, at, state.grid.cells.length);
    },

    classes: (state) => gm.classify(state.view, state.config, state.month, state.grid.cells),
    ramp(state) { const rule = ruleOf(state); return rule ? rule.ramp : 'a'; },
    /** The measure that may be shown as a surface; signs by rule have none. */
    smoothed: (state) => ruleOf(state) || null,
    figures: (place, state) => gm.figures(place, state),
    legend: (place, state) => gm.legend(place, state),
    ranking: (place, state, pick) => gm.ranking(place, state, pick),
    statusKey: (place, state) => gm.statusKey(place, state),
    card: (state, cell, close) => gm.card(state, cell, close),
    line: (state, cell) => gm.pickedLine(state, cell),
    /** How much a card would hide that lies over a cell. */
    weight: (state, cell) => gm.total(state.month, state.config.open, cell.index).high,

    sentence(map, cell) {
      const { state, config } = map;
      if (!state.month.known[cell.index]) return gm.fill(config.words.cell_no_data, { name: cell.name });
      const rule = ruleOf(state);
      const value = rule ? `${rule.label} ${gm.sayMeasured(rule, gm.measure(rule, state.month, cell.index, cell.households), config)}`
        : config.alert.words[gm.alertLevels[state.classes[cell.index]]];
      return gm.fill(config.words.cell_sentence, { name: cell.name, value, late: gm.say(lateOf(state, cell), 0, config.language) });
    },

    badges(map, writer, view, r) {
      const { state } = map;
      const alert = state.view === 'alert';
      gm.eachInSight(state.grid.cells, view, r, (cell, x, y, room) => {
        if (alert) {
          if (state.classes[cell.index] > 0) gm.drawShape(map, writer, gm.alertLevels[state.classes[cell.index]], x, y, r * 1.25);
          return;
        }
        const late = lateOf(state, cell);
        if (late.high === 1) gm.drawShape(map, writer, 'late', x, y, r * 1.1);
        else if (late.high) gm.drawDisc(map, writer, late, x, y, r, room);
      });
    },

    address(state, url, name) {
      if (name === 'month' && state.at === state.counts.months.length - 1) url.searchParams.delete(name);
      else url.searchParams.set(name, state.counts.months[state.at]);
    },
  };

  const lateOf = (state, cell) => ({ low: state.month.late.low[cell.index], high: state.month.late.high[cell.index] });

  /** A measure that is made of deeds brings its own counts, when it is first looked at. */
  async function withDeeds(map, found) {
    const rule = ruleOf(map.state);
    if (!rule || rule.deeds.every((key) => found.keys.includes(key))) return found;
    const url = new URL(map.box.dataset.countsUrl, root.location.href);
    url.searchParams.set('measure', rule.name);
    const more = await gm.fetchOnce(url.href);
    const rows = more.months.map((month) => found.months.indexOf(month));
    const keys = found.keys.concat(more.keys);
    const merged = found.counts.map((row, at) => row.concat(more.counts[rows.indexOf(at)] || more.keys.map(() => '')));
    return Object.assign({}, found, { keys, counts: merged });
  }

  gm.kinds = Object.assign(gm.kinds || {}, { counts });
})(window);
