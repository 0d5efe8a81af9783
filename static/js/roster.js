/* The roster by keyboard: arrows go to the stretch beside, or to the one of the same day in the seat above or below. */
(function () {
  "use strict";
  var table = document.querySelector("[data-roster]");
  if (!table) { return; }

  function stretches(row) {
    var day = 0;
    return Array.from(row.querySelectorAll("td")).map(function (cell) {
      var first = day;
      day += cell.colSpan;
      return { link: cell.querySelector("a"), first: first, last: day - 1 };
    });
  }

  table.addEventListener("keydown", function (event) {
    var step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    var link = event.target.closest("td a");
    if (!step || !link) { return; }
    var rows = Array.from(table.tBodies[0].rows);
    var row = rows.indexOf(link.closest("tr"));
    var here = stretches(rows[row]);
    var at = here.findIndex(function (each) { return each.link === link; });
    var next;
    if (step[0]) {
      var other = rows[row + step[0]];
      var middle = (here[at].first + here[at].last) / 2;
      next = other && stretches(other).find(function (each) { return each.first <= middle && middle <= each.last + 0.5; });
    } else {
      next = here[at + step[1]];
    }
    if (next && next.link) { event.preventDefault(); next.link.focus(); }
  });
})();
