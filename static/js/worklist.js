/* A list with a pane beside it: on wide screens a click shows the row in the pane, Enter opens its page. Without this script the
   rows are plain links. */
(function () {
  "use strict";
  var pane = document.querySelector("[data-preview]");
  if (!pane || !window.fetch) { return; }
  var wide = window.matchMedia("(min-width: 1100px)"), shown = "", waiting = null;

  function addressOf(link) { return pane.dataset.drawer ? link.href : link.href + "/preview"; }

  function show(link) {
    var address = addressOf(link);
    if (address === shown) { return; }
    shown = address;
    if (waiting) { waiting.abort(); }
    waiting = new AbortController();
    pane.setAttribute("aria-busy", "true");
    window.fetch(address, { headers: { "X-Drawer": "1" }, credentials: "same-origin", signal: waiting.signal })
      .then(function (answer) {
        if (!answer.ok || answer.redirected) { window.location.href = link.href; throw new Error("moved"); }
        return answer.text();
      })
      .then(function (html) {
        var parsed = new DOMParser().parseFromString(html, "text/html");
        pane.replaceChildren.apply(pane, Array.from(parsed.body.childNodes));
        pane.removeAttribute("aria-busy");
        pane.scrollTop = 0;
        document.dispatchEvent(new CustomEvent("gm:part", { detail: pane }));
      })
      .catch(function () { pane.removeAttribute("aria-busy"); });
  }

  function linkOf(row) { return row.querySelector("h3 > a[href], a.task-link[href]"); }

  document.addEventListener("click", function (event) {
    var row = event.target.closest("[data-key-row]"), link = row && event.target.closest("a[href]");
    // Enter on a link is a click without a pointer: it opens the page.
    if (!link || link !== linkOf(row) || !wide.matches || event.detail === 0 || event.metaKey || event.ctrlKey || event.shiftKey) { return; }
    event.preventDefault();
    document.querySelectorAll("[data-key-row]").forEach(function (each) { each.classList.toggle("is-selected", each === row); });
    show(link);
  });
  document.addEventListener("gm:row", function (event) {
    var link = linkOf(event.target);
    if (link && wide.matches) { show(link); }
  });
  var first = document.querySelector("[data-key-row]");
  if (first && wide.matches) {
    first.classList.add("is-selected");
    show(linkOf(first));
  }
})();
