/* What is drawn over the cells: borders, names, badges and signs. */
(function (root) {
  'use strict';
  const gm = root.gridmediate;

  function pathOf(shapes) {
    const path = new Path2D();
    shapes.forEach((rings) => rings.forEach((flat) => gm.trace(path, flat, true)));
    return path;
  }

  /** Borders as paths, made once. */
  function borders(grid) {
    return { street: pathOf(grid.streets.map((area) => area.rings)), community: pathOf(grid.communities.map((area) => area.rings)), outline: pathOf([grid.outline]),
      cells: pathOf(grid.cells.length <= 3000 ? grid.cells.map((cell) => cell.rings) : []) };
  }

  function drawOver(map, ctx, view) {
    const { colour, borders: lines, base } = map;
    if (map.drawn()) base.over(ctx, view, colour);
    gm.veil(ctx, view, map.state.grid.outline, colour);
    if (map.drawn()) base.fade(ctx, view, colour);
    ctx.lineJoin = 'round';
    const wide = (view.zoom > 13 ? 1 : 0.6) * map.grown();
    const draw = (path, name, width) => {
      ctx.strokeStyle = colour(name);
      ctx.lineWidth = width * wide / view.scale;
      ctx.stroke(path);
    };
    draw(lines.cells, 'map-cell-hair', 0.7);
    if (map.layers.shows('communities')) draw(lines.community, 'map-community-line', 1.7);
    if (map.layers.shows('streets')) draw(lines.street, 'map-outline', 2.2);
    draw(lines.outline, 'map-outline', 2.8);
  }

  function drawNames(map, ctx, view) {
    view.pixels();
    const phone = map.phone();
    const big = map.wall;
    const grown = map.grown();
    const writer = new gm.Writer(ctx, view, map.colour, map.font);
    const [left, top, right] = view.seen;
    if (!phone) writer.take([right - 70, top, right, top + 112]);
    if (!phone && map.tools) writer.take([left, top, left + map.tools.bar.offsetWidth + 20, top + map.tools.bar.offsetHeight + 20]);
    map.layers.dots(writer, view);
    if (map.kind.badges) map.kind.badges(map, writer, view, big ? 15 * grown : 12);
    writer.keepClear(map.state.grid.outline);
    streetNames(map, writer, view, big ? 24 * grown : 17);
    areaNames(map, writer, view, { size: big ? 21 * grown : 15, grown, short: phone || map.state.tongue });
    map.layers.names(writer, view);
    if (map.drawn() && (right - left > 560 || view.zoom > 14.6)) writer.streets(map.base, big ? 19 * grown : 13, grown);
    if (big) return;
    shortNames(map, writer, view);
    if (!map.drawn()) return;
    writer.places(map.base, 12);
    writer.numbers(map.base, map.config.words);
  }

  /** Far off, where communities have no room for their names, streets say theirs. */
  function streetNames(map, writer, view, size) {
    const { streets, communities } = map.state.grid;
    if (!map.layers.shows('streets') || communities.some((area) => area.at.reach * view.scale > 22)) return;
    streets.forEach((area) => {
      const [x, y] = view.px(area.at.x, area.at.y);
      writer.name(area.name, x, y, { size, halo: 5, tries: [[0, 0], [0, -size * 1.5], [0, size * 1.5]] });
    });
  }

  function areaNames(map, writer, view, { size, grown, short }) {
    const step = size * 1.7;
    const tries = [[0, 0], [0, -step], [0, step], [-step * 1.6, -step], [step * 1.6, step], [step * 1.6, -step], [-step * 1.6, step], [0, -2 * step], [0, 2 * step], [-step * 2, 0], [step * 2, 0]];
    map.state.grid.communities.forEach((area) => {
      const [x, y] = view.px(area.at.x, area.at.y);
      if (area.at.reach * view.scale > 22) writer.name(short ? area.short : area.name, x, y, { size, tries, halo: 5 * grown });
    });
  }

  function shortNames(map, writer, view) {
    if (map.state.urls.inside) return; // communities and streets have their names already
    map.state.grid.cells.forEach((cell) => {
      const room = cell.at.reach * view.scale;
      if (room < (map.layers.shows('names') ? 24 : 62)) return;
      const [x, y] = view.px(cell.at.x, cell.at.y);
      writer.name(cell.short, x, y, { size: 13, weight: 400, colour: 'ink-2', halo: 3.5, tries: [[0, 24], [0, -24], [0, 0]] });
    });
  }

  /** Walk the cells in sight that have room for a sign of radius r: `draw(cell, x, y, room)`, in pixels. */
  function eachInSight(cells, view, r, draw) {
    cells.forEach((cell) => {
      const room = cell.at.reach * view.scale;
      if (room < r * 0.75) return;
      const [x, y] = view.px(cell.at.x, cell.at.y);
      if (x < -r || y < -r || x > view.size.x + r || y > view.size.y + r) return;
      draw(cell, x, y, room);
    });
  }

  /** A number in a disc; a span of two numbers needs more room. */
  function drawDisc(map, writer, span, x, y, r, room) {
    const { ctx } = writer;
    const one = span.low === span.high;
    if (!one && room < r * 1.2) return;
    ctx.beginPath();
    ctx.arc(x, y, one ? r : r * 1.25, 0, 2 * Math.PI);
    ctx.fillStyle = map.colour('map-badge');
    ctx.fill();
    ctx.lineWidth = 2.2 * map.grown();
    ctx.strokeStyle = map.colour('map-badge-ring');
    ctx.stroke();
    writer.style(one || map.wall ? r * 1.2 : r * 0.95, 600, 'map-badge-text');
    ctx.fillText(gm.say(span, 0, map.config.language), x, y + 0.5);
    writer.take([x - r - 2, y - r - 2, x + r + 2, y + r + 2]);
  }

  function drawShape(map, writer, level, x, y, size) {
    const { ctx } = writer;
    ctx.save();
    ctx.translate(x - size / 2, y - size / 2);
    ctx.scale(size / 16, size / 16);
    const path = new Path2D(gm.alertShapes[level === 'late' ? 'red' : level]);
    ctx.lineJoin = 'round';
    ctx.lineWidth = 3;
    ctx.strokeStyle = map.colour('map-badge');
    ctx.stroke(path);
    ctx.fillStyle = map.colour(level === 'late' ? 'map-late' : `map-al-${level}`);
    ctx.fill(path);
    if (level === 'yellow') { ctx.lineWidth = 1.4; ctx.strokeStyle = map.colour('al-yellow-edge'); ctx.stroke(path); }
    ctx.restore();
    writer.take([x - size / 2 - 2, y - size / 2 - 2, x + size / 2 + 2, y + size / 2 + 2]);
  }

  Object.assign(gm, { pathOf, borders, drawOver, drawNames, eachInSight, drawDisc, drawShape });
})(window);
