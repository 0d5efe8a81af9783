/* Two maps of one place on a page: they move together, a cell is picked on both, and each has its own month. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;

  function pair(maps) {
    const [lead, other] = maps;
    lead.state.beside = other.state;
    other.state.beside = lead.state;
    lead.state.first = true;
    follow(lead, other);
    follow(other, lead);
    maps.forEach((map) => {
      const select = map.find('month');
      select.addEventListener('change', () => {
        map.go(map.state.counts.months.indexOf(select.value));
        maps.forEach((each) => { if (each.picking.card) each.picking.tell(); });
      });
    });
    other.map.setView(lead.map.getCenter(), lead.map.getZoom(), { animate: false });
  }

  let moving = false;
  function follow(map, other) {
    map.map.on('move zoomend', () => {
      if (moving) return;
      moving = true;
      other.map.setView(map.map.getCenter(), map.map.getZoom(), { animate: false });
      moving = false;
    });
    map.box.addEventListener('gridmediate:picked', (event) => {
      const { cell } = event.detail;
      other.picking.mirror(cell && other.state.grid.cells[cell.index]);
    });
  }

  /** One cell in both months, the left map's first; null where there is one map only. */
  function besideSentence(state, cell) {
    if (!state.beside || !state.beside.month) return null;
    const { config } = state;
    const rule = config.measures.find((each) => each.name === state.view) || config.measures.find((each) => each.name === 'open');
    const said = (each) => ({ month: gm.sayMonth(each.counts.months[each.at], config.language, true),
      value: gm.sayMeasured(rule, gm.measure(rule, each.month, cell.index, cell.households), config) });
    const [first, second] = (state.first ? [state, state.beside] : [state.beside, state]).map(said);
    return gm.fill(config.words.beside, { label: rule.label, first: first.month, here: first.value, second: second.month, there: second.value });
  }

  Object.assign(gm, { pair, besideSentence });
})(window);
