/* What the place picker draws over the base map: borders, tints and names of cells, the candidates in frames of their colour. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;

  /** Veil, tints of the candidates, borders. */
  function drawPlaceLines(place, ctx, view) {
    const { colour } = place;
    gm.veil(ctx, view, place.grid.outline, colour);
    if (place.drawn()) place.base.fade(ctx, view, colour);
    place.candidates.forEach((each, k) => {
      const cell = place.byCode.get(each.code);
      if (!cell) return;
      ctx.globalAlpha = place.chosen === each.code ? 0.2 : 0.11;
      ctx.fillStyle = colour(`pick-${Math.min(k + 1, 4)}`);
      ctx.fill(cell.path, 'evenodd');
    });
    ctx.globalAlpha = 1;
    ctx.lineJoin = 'round';
    const near = view.zoom > 15.8;
    [['map-halo', near ? 5 : 2.6], ['map-outline', near ? 2.4 : 1]].forEach(([name, wide]) => {
      ctx.strokeStyle = colour(name);
      ctx.lineWidth = wide / view.scale;
      ctx.stroke(place.border);
    });
    ctx.strokeStyle = colour('map-outline');
    ctx.lineWidth = (near ? 3.4 : 2.2) / view.scale;
    ctx.stroke(place.outline);
  }

  function drawPlaceNames(place, ctx, view) {
    view.pixels();
    const writer = new gm.Writer(ctx, view, place.colour, place.font);
    const [left, top, right, bottom] = view.seen;
    writer.take([right - 170, bottom - 76, right, bottom]);
    writer.take([left, bottom - 70, left + 150, bottom]);
    if (place.find('search')) writer.take([left, top, right, top + 68]);
    if (place.at) {
      const [x, y] = view.px(...place.grid.plane.point(place.at.lon, place.at.lat));
      const r = place.at.method === 'position' ? Math.min(Math.max(place.at.accuracy * place.grid.plane.metre * view.scale, 18), 110) : 18;
      // Corners of the square around the circle may be written on, its middle not.
      writer.take([x - r, y - r * 0.72, x + r, y + r * 0.72], [x - r * 0.72, y - r, x + r * 0.72, y + r]);
      if (place.at.method !== 'position') writer.take([x - 18, y - 42, x + 18, y]);
    }
    const seen = [left, top, right, bottom].map((px, k) => (px - (k % 2 ? view.zero.y : view.zero.x)) / view.scale);
    place.candidates.forEach((each, k) => chip(place, writer, view, seen, each, `pick-${Math.min(k + 1, 4)}`));
    const size = 14;
    if (view.zoom < 16.2) {
      place.grid.communities.forEach((area) => {
        const [x, y] = view.px(area.at.x, area.at.y);
        writer.name(area.short, x, y, { size: 15, halo: 5, tries: [[0, 0], [0, -26], [0, 26]] });
      });
    }
    if (place.drawn()) writer.streets(place.base, 13);
    place.grid.cells.forEach((cell) => {
      if (cell.at.reach * view.scale < (view.zoom > 16.2 ? 26 : 36) || place.candidates.some((each) => each.code === cell.code) || !gm.meets(cell.box, seen)) return;
      const [x, y] = middleSeen(cell, seen, view);
      const area = place.grid.communities[cell.community];
      writer.name(view.zoom > 16.2 && area && cell.short !== cell.name ? `${area.short} ${cell.short}` : cell.short, x, y, { size: view.zoom > 16 ? size : 12, weight: view.zoom > 16 ? 600 : 400, halo: 4,
        tries: within(cell, view, x, y, [[0, 0], [0, -30], [0, 30], [0, -56], [0, 56]]) });
    });
    if (!place.drawn()) return;
    writer.places(place.base, 12);
    writer.numbers(place.base, place.words);
  }

  /** A candidate's name in a frame of its colour, in the middle of what is seen of the cell. */
  function chip(place, writer, view, seen, each, colour) {
    const cell = place.byCode.get(each.code);
    if (!cell || !gm.meets(cell.box, seen)) return;
    const [x, y] = middleSeen(cell, seen, view);
    const { ctx } = view;
    const under = cell.landmark || each.community || '';
    writer.style(16, 600, 'ink');
    const wide = Math.max(ctx.measureText(cell.short).width, under.length * 13) + 26;
    const high = under ? 48 : 32;
    const spots = [];
    [0, 54, -54, 108, -108, 160, -160].forEach((dy) => [0, 60, -60].forEach((dx) => spots.push([dx, dy])));
    const spot = within(cell, view, x, y, spots).find(([dx, dy]) => writer.free([x + dx - wide / 2, y + dy - high / 2, x + dx + wide / 2, y + dy + high / 2])) || null;
    // No room: the sheet below names the cell; a chip over the dot would hide where one stands.
    if (!spot) return;
    const cx = Math.max(view.seen[0] + wide / 2 + 4, Math.min(view.seen[2] - wide / 2 - 4, x + spot[0]));
    const cy = y + spot[1];
    writer.take([cx - wide / 2, cy - high / 2, cx + wide / 2, cy + high / 2]);
    ctx.beginPath();
    ctx.roundRect(cx - wide / 2, cy - high / 2, wide, high, 10);
    ctx.fillStyle = place.colour('surface');
    ctx.fill();
    ctx.lineWidth = 2;
    ctx.strokeStyle = place.colour(colour);
    ctx.stroke();
    writer.style(16, 600, 'ink');
    ctx.fillText(cell.short, cx, under ? cy - 9 : cy);
    if (!under) return;
    writer.style(13, 400, 'ink-2');
    ctx.fillText(under, cx, cy + 12);
  }

  /** Those of several offsets at which a name stands in its own cell: over the border it would name the neighbour. */
  function within(cell, view, x, y, offsets) {
    const holds = (px, py) => gm.inside(cell.rings, (px - view.zero.x) / view.scale, (py - view.zero.y) / view.scale);
    return offsets.filter(([dx, dy]) => [-34, 0, 34].every((aside) => holds(x + dx + aside, y + dy)));
  }

  /** The middle of the part of a cell that is in view, in pixels. */
  function middleSeen(cell, seen, view) {
    let best = null;
    cell.rings.forEach((flat) => {
      const ring = gm.clip(flat, seen);
      if (ring.length > 2 && (!best || ring.length > best.length)) best = ring;
    });
    const [x, y] = best ? gm.centroid(best) : [cell.at.x, cell.at.y];
    return view.px(x, y);
  }

  Object.assign(gm, { drawPlaceLines, drawPlaceNames });
})(window);
