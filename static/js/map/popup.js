/* What a picked cell tells: a card beside it on the desktop, one line under the map on the phone. Text only, never markup. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;
  const { make } = gm;

  /** The stacked bar; widths go through the object model, since no style attribute is allowed. */
  function bar(keys, month, i, most) {
    const box = make('span', { class: 'gm-bar', 'aria-hidden': 'true' });
    const sum = keys.reduce((all, key) => all + month[key].high[i], 0);
    keys.forEach((key) => {
      const high = month[key].high[i];
      if (!high) return;
      const part = box.appendChild(make('i', { class: `gm-st-${key}` }));
      part.style.flexGrow = high;
    });
    box.style.width = `${100 * sum / (most || sum || 1)}%`;
    return box;
  }

  function casesUrl(template, values) {
    return template.replace(/(?:\{|%7B)(\w+)(?:\}|%7D)/gi, (all, name) => encodeURIComponent(values[name] == null ? '' : values[name]));
  }

  /** Contents shared by card and line. */
  function facts(state, cell) {
    const { config, month } = state;
    const i = cell.index;
    const known = month.known[i];
    const openRule = config.measures.find((rule) => rule.name === 'open');
    const open = gm.measure(openRule, month, i, cell.households);
    const rule = config.measures.find((each) => each.name === state.view);
    const shown = rule && rule.name !== 'open' ? rule : config.measures.find((each) => each.name === 'per_1000');
    const measured = gm.measure(shown, month, i, cell.households);
    return { known, open, number: known ? gm.say(open, 0, config.language) : config.reasons.no_data, shown, measured, sum: gm.saySum(shown, measured, config) };
  }

  function link(state, cell, told, className, word) {
    // Lists tell of today only; a month gone by has no list behind it.
    if (!state.urls.cases || !told.known || !told.open.high || state.at !== state.counts.months.length - 1) return null;
    const values = { cell: cell.code, month: state.counts.months[state.at] };
    return make('a', { class: className, href: casesUrl(state.urls.cases, values) }, gm.fill(word, { number: told.number }));
  }

  /** The way into a community or street: the same map of what lies within. */
  function inside(state, cell, className) {
    if (!state.urls.inside) return null;
    return make('a', { class: className, href: casesUrl(state.urls.inside, { cell: cell.code }) }, state.config.words.inside);
  }

  function card(state, cell, close) {
    const { config, month } = state;
    const told = facts(state, cell);
    const lines = config.bar.map((key) => make('li', {}, make('i', { class: `gm-sw gm-st-${key}` }), config.statuses[key],
      make('b', {}, told.known ? gm.say({ low: month[key].low[cell.index], high: month[key].high[cell.index] }, 0, config.language) : '–')));
    return cardOf(state, cell, close,
      told.known ? bar(config.bar, month, cell.index) : null,
      make('ul', { class: 'gm-six' }, lines),
      told.sum ? make('p', { class: 'gm-pop-sum' }, told.sum) : null,
      gm.besideSentence(state, cell) ? make('p', { class: 'gm-pop-sum' }, make('b', {}, gm.besideSentence(state, cell))) : null,
      link(state, cell, told, 'gm-pop-link', config.words.see_cases),
      inside(state, cell, 'gm-pop-link'));
  }

  /** A card with its head; what the cell tells comes between head and arrow. */
  function cardOf({ config }, cell, close, ...told) {
    const shut = make('button', { type: 'button', class: 'gm-close', 'aria-label': config.words.close }, cross());
    shut.addEventListener('click', close);
    return make('div', { class: 'gm-pop', role: 'dialog', 'aria-label': cell.name, tabindex: '-1' },
      make('div', { class: 'gm-pop-head' }, make('h3', {}, cell.name), shut),
      make('p', { class: 'gm-pop-sub' }, cell.households == null ? config.words.households_unknown : gm.fill(config.words.households, { number: gm.say({ low: cell.households, high: cell.households }, 0, config.language) }),
        cell.landmark ? make('span', { class: 'gm-pop-mark' }, cell.landmark) : null),
      ...told, make('span', { class: 'gm-arrow', 'aria-hidden': 'true' }));
  }

  function cross() {
    return gm.svg('svg', { viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' },
      gm.svg('path', { d: 'M2 2l12 12M14 2L2 14', stroke: 'currentColor', 'stroke-width': '1.6', fill: 'none' }));
  }

  /** Put the card beside its cell: where there is room, and of two sides the one with fewer open cases under it. */
  function place({ map, state, kind }, box, cell) {
    const size = map.getSize();
    const { plane } = state.grid;
    const a = map.latLngToContainerPoint(plane.latLng(cell.box[0], cell.box[1]));
    const b = map.latLngToContainerPoint(plane.latLng(cell.box[2], cell.box[3]));
    const at = map.latLngToContainerPoint(plane.latLng(cell.at.x, cell.at.y));
    const wide = box.offsetWidth, high = box.offsetHeight, gap = 14;
    const top = Math.max(8, Math.min(size.y - high - 8, at.y - high / 2));
    const sides = { right: b.x + gap, left: a.x - gap - wide };
    const fits = { right: sides.right + wide < size.x - 64, left: sides.left > 8 };
    const hidden = (left) => state.grid.cells.reduce((sum, each) => {
      const p = map.latLngToContainerPoint(plane.latLng(each.at.x, each.at.y));
      const under = p.x > left && p.x < left + wide && p.y > top && p.y < top + high;
      return sum + (under ? (kind.weight ? kind.weight(state, each) : 0) + 0.1 : 0);
    }, 0);
    let side = fits.right ? 'right' : 'left';
    if (fits.right && fits.left && state.grid.cells.length <= 3000) side = hidden(sides.right) <= hidden(sides.left) ? 'right' : 'left';
    const left = Math.max(8, Math.min(size.x - wide - 8, sides[side]));
    box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
    box.classList.toggle('gm-pop-right', side === 'right');
    box.classList.toggle('gm-pop-left', side === 'left');
    const arrow = box.querySelector('.gm-arrow');
    arrow.hidden = !fits.right && !fits.left;
    arrow.style.top = `${Math.max(18, Math.min(high - 18, at.y - top))}px`;
    box.hidden = b.x < 0 || b.y < 0 || a.x > size.x || a.y > size.y;
  }

  /** The phone's line under the map. */
  function pickedLine(state, cell) {
    const { config, month } = state;
    const told = facts(state, cell);
    const parts = told.known ? [
      gm.fill(config.words.open_n, { number: told.number }),
      gm.fill(config.words.late_n, { number: gm.say({ low: month.late.low[cell.index], high: month.late.high[cell.index] }, 0, config.language) }),
      `${told.shown.label} ${gm.sayMeasured(told.shown, told.measured, config)}`,
    ] : [config.reasons.no_data];
    const words = make('p', { class: 'gm-picked-facts' });
    parts.forEach((part, k) => { if (k) words.append(make('i', { class: 'sep' })); words.append(part); });
    return [make('div', { class: 'gm-picked-words' }, make('h2', {}, cell.name), words), inside(state, cell, 'gm-picked-link') || link(state, cell, told, 'gm-picked-link', config.words.see_n)];
  }

  Object.assign(gm, { bar, card, cardOf, placeCard: place, pickedLine });
})(window);
