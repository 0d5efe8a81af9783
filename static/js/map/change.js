/* The map of changes: which areas stand out between two periods. Its words come with its numbers, from the same rows as the table. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const { make } = gm;
  const CLASSES = ['unclear', 'few', 'cold', 'hot', 'fewer', 'more'];
  const SIGNS = { more: 'M8 2l7 12H1z', fewer: 'M8 14L1 2h14z', hot: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3z', cold: 'M8 2l6 6-6 6-6-6z' };
  const rowOf = (state, cell) => state.changes.get(cell.code);

  function sign(stands) {
    return SIGNS[stands] ? gm.svg('svg', { viewBox: '0 0 16 16', class: `gm-shape gm-sign gm-sign-${stands}`, 'aria-hidden': 'true' }, gm.svg('path', { d: SIGNS[stands] })) : '';
  }

  function drawSign(map, writer, stands, x, y, size) {
    const { ctx } = writer;
    const path = new Path2D(SIGNS[stands]);
    ctx.save();
    ctx.translate(x - size / 2, y - size / 2);
    ctx.scale(size / 16, size / 16);
    ctx.lineJoin = 'round';
    ctx.lineWidth = 4;
    ctx.strokeStyle = map.colour('sign');
    ctx.stroke(path);
    ctx.fillStyle = map.colour(`sign-${stands}`);
    ctx.fill(path);
    ctx.restore();
    writer.take([x - size / 2 - 2, y - size / 2 - 2, x + size / 2 + 2, y + size / 2 + 2]);
  }

  function within(state, cell, className) {
    return state.urls.inside ? make('a', { class: className, href: state.urls.inside.replace(/\{cell\}|%7Bcell%7D/, cell.code) }, state.config.words.inside) : null;
  }

  const change = {
    /** None of its own: the address keeps the measure for the way back to the map of counts. */
    views: (config) => gm.kinds.counts.views(config),

    async load(map) {
      // The page brings its numbers along: another of the server's processes would compute them anew.
      const brought = map.find('changes');
      const found = brought ? JSON.parse(brought.textContent) : await gm.fetchJson(map.box.dataset.changeUrl);
      await map.ready;
      map.state.found = found;
      map.state.changes = new Map(found.rows.map((row) => [row.code, row]));
    },

    classes: (state) => Int8Array.from(state.grid.cells, (cell) => { const row = rowOf(state, cell); return row ? CLASSES.indexOf(row.stands) : -1; }),
    ramp: () => 'k',
    address() {},
    weight: (state, cell) => { const row = rowOf(state, cell); return row && SIGNS[row.stands] ? 5 : 0; },

    sentence(map, cell) {
      const row = rowOf(map.state, cell);
      return row ? `${cell.name} ${map.state.found.labels[row.stands]} ${row.sentence}` : gm.fill(map.config.words.cell_no_data, { name: cell.name });
    },

    card(state, cell, close) {
      const row = rowOf(state, cell);
      return gm.cardOf(state, cell, close, row ? make('p', {}, sign(row.stands), ' ', make('b', {}, state.found.labels[row.stands])) : null,
        make('p', { class: 'gm-pop-sum' }, row ? row.sentence : state.config.reasons.no_data), within(state, cell, 'gm-pop-link'));
    },

    line(state, cell) {
      const row = rowOf(state, cell);
      return [make('div', { class: 'gm-picked-words' }, make('h2', {}, cell.name), make('p', { class: 'gm-picked-facts' }, row ? row.sentence : state.config.reasons.no_data)),
        within(state, cell, 'gm-picked-link')];
    },

    ranking(box, state, pick) {
      const byCode = new Map(state.grid.cells.map((cell) => [cell.code, cell]));
      const rows = state.found.rows.filter((row) => SIGNS[row.stands] && byCode.has(row.code)).slice(0, Number(box.dataset.gmLimit) || 12).map((row) => {
        const button = make('button', { type: 'button', class: 'gm-rank', 'data-cell': row.code, 'aria-pressed': 'false' },
          make('span', { class: 'gm-rank-name' }, sign(row.stands), ' ', byCode.get(row.code).name), make('span', { class: 'gm-rank-n' }, `${row.before} → `, make('b', {}, row.now)));
        button.addEventListener('click', () => pick(byCode.get(row.code)));
        return make('li', {}, button);
      });
      box.replaceChildren(...(rows.length ? rows : [make('li', { class: 'gm-rank-none' }, box.dataset.none)]));
    },

    badges(map, writer, view, r) {
      gm.eachInSight(map.state.grid.cells, view, r, (cell, x, y) => {
        const row = rowOf(map.state, cell);
        if (row && SIGNS[row.stands]) drawSign(map, writer, row.stands, x, y, r * 1.6);
      });
    },
  };

  gm.kinds = Object.assign(gm.kinds || {}, { change });
})(window);
