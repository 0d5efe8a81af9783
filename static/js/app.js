/* What scripts add to pages that work without them: keys, focus on the error summary, no double sending, menus that close.
   No inline code, no eval, no styles written as attributes. */
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");

  function each(selector, act, within) { Array.prototype.forEach.call((within || document).querySelectorAll(selector), act); }
  function kept(name) { try { return window.localStorage.getItem(name); } catch (refused) { return null; } }
  function keep(name, value) { try { window.localStorage.setItem(name, value); } catch (refused) { /* private window: lasts as long as the page */ } }

  /* ---- keys: letters can be switched off, and in a field they are letters ---- */
  var lettersOn = kept("gridmediate-keys") !== "off";
  root.dataset.keys = lettersOn ? "on" : "off";

  function typing(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(checkbox|radio|button|submit)$/.test(target.type || "");
  }
  function rows() { return Array.prototype.slice.call(document.querySelectorAll("[data-key-row]")).filter(function (row) { return row.offsetParent !== null; }); }
  function chosen() { return rows().filter(function (row) { return row.contains(document.activeElement) || row.classList.contains("is-selected"); }); }
  function walk(step) {
    var all = rows(), focused = all.findIndex(function (row) { return row.contains(document.activeElement); });
    var at = focused >= 0 ? focused : all.findIndex(function (row) { return row.classList.contains("is-selected"); });
    var next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))];
    if (!next) { return; }
    var link = next.querySelector("a[href], button") || next;
    all.forEach(function (row) { row.classList.toggle("is-selected", row === next); });
    link.focus();
    next.scrollIntoView({ block: "nearest" });
    next.dispatchEvent(new CustomEvent("gm:row", { bubbles: true }));
  }
  function openChosen() {
    var row = chosen()[0], link = row && row.querySelector("a[href]");
    if (link && document.activeElement === document.body) { link.click(); return true; }
    return false;
  }
  function showKeys() {
    var help = document.getElementById("key-help");
    if (help && help.showModal && !help.open) { help.showModal(); }
  }
  function goSearch() {
    var box = document.querySelector("[data-key-search]");
    if (box) { box.focus(); box.select(); }
    return !!box;
  }
  function press(letter) {
    var button = document.querySelector('[data-key="' + letter + '"]:not(:disabled)');
    if (!button || button.offsetParent === null) { return false; }
    if (button.dataset.busy === "true") { return true; }
    button.focus();
    button.click();
    return true;
  }
  document.addEventListener("keydown", function (event) {
    var target = event.target;
    if (event.isComposing || event.altKey || event.metaKey) { return; }
    if (event.ctrlKey) {
      if (event.key === "Enter" && target.form && target.form.matches("[data-ctrl-enter]")) { event.preventDefault(); send(target.form); }
      return;
    }
    if (event.key === "Escape") { closeMenus(null); return; }
    if (typing(target) || document.querySelector("dialog[open]") || !lettersOn) { return; }
    var key = event.key.length === 1 ? event.key.toLowerCase() : event.key, done = true;
    if (event.repeat && key !== "j" && key !== "k") { return; }
    if (key === "j") { walk(1); } else if (key === "k") { walk(-1); }
    else if (key === "Enter") { done = openChosen(); }
    else if (key === "/") { done = goSearch(); }
    else if (key === "?" || key === "？") { showKeys(); }
    else if (/^[a-z]$/.test(key)) { done = press(key); }
    else { done = false; }
    if (done) { event.preventDefault(); }
  });

  /* ---- a form is sent once; the button says so and comes back when the page does ---- */
  function send(form) { if (form.requestSubmit) { form.requestSubmit(); } else { form.submit(); } }
  function rest(form) {
    delete form.dataset.sent;
    each('[data-busy="true"]', function (button) { delete button.dataset.busy; button.removeAttribute("aria-busy"); }, form);
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post") { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    var button = event.submitter;
    if (button) { button.dataset.busy = "true"; button.setAttribute("aria-busy", "true"); }
    window.setTimeout(function () { rest(form); }, 8000);
  });
  window.addEventListener("pageshow", function () { each("form[data-sent]", rest); });

  /* ---- menus: one open at a time, closed by Escape or a tap beside them ---- */
  function closeMenus(except) {
    each("details[data-closes-outside][open]", function (menu) {
      if (menu === except) { return; }
      var inside = menu.contains(document.activeElement);
      menu.open = false;
      if (inside && !except) { menu.querySelector("summary").focus(); }
    });
  }
  document.addEventListener("click", function (event) { closeMenus(event.target.closest("details[data-closes-outside]")); });

  /* ---- paper shows what the screen folds away ---- */
  window.addEventListener("beforeprint", function () {
    each("details[data-opens-on-paper]:not([open])", function (fold) { fold.open = true; fold.dataset.opened = ""; });
  });
  window.addEventListener("afterprint", function () {
    each("details[data-opened]", function (fold) { fold.open = false; delete fold.dataset.opened; });
  });

  /* ---- clicks that only scripts can answer ---- */
  document.addEventListener("click", function (event) {
    var at = event.target.closest("[data-key-help], [data-print], [data-back], [data-reload], [data-reveal], .error-summary a[href^='#']");
    if (!at) { return; }
    if (at.matches("[data-key-help]")) { showKeys(); }
    else if (at.matches("[data-print]")) { window.print(); }
    else if (at.matches("[data-back]")) { window.history.back(); }
    else if (at.matches("[data-reload]")) { window.location.reload(); }
    else if (at.matches("[data-reveal]")) {
      var field = document.getElementById(at.dataset.reveal), shown = field.type === "text";
      field.type = shown ? "password" : "text";
      at.setAttribute("aria-pressed", String(!shown));
      var use = at.querySelector("use");
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, shown ? "#eye" : "#eye-slash"));
    } else {
      var faulty = document.getElementById(at.getAttribute("href").slice(1));
      if (faulty) {
        event.preventDefault();
        var box = faulty.closest(".field") || faulty;
        box.scrollIntoView({ block: "center" });
        faulty.focus({ preventScroll: true });
      }
    }
  });

  /* ---- parts that come with the page, or later with htmx ---- */
  function begin(within) {
    each("[data-counts]", function (area) {
      var place = document.getElementById(area.dataset.counts);
      function count() { place.textContent = Array.from(area.value).length + " / " + area.getAttribute("maxlength"); }
      if (place) { area.addEventListener("input", count); count(); }
    }, within);
    each("[data-submit-on-change]", function (field) {
      field.addEventListener("change", function () { send(field.form); });
    }, within);
    each("[data-tick-all]", function (head) {
      var boxes = function () { return Array.prototype.slice.call(document.querySelectorAll('input[type="checkbox"][name="' + head.dataset.tickAll + '"]')); };
      function look() {
        var all = boxes(), on = all.filter(function (box) { return box.checked; }).length;
        head.checked = on > 0 && on === all.length;
        head.indeterminate = on > 0 && on < all.length;
        each('[data-ticked="' + head.dataset.tickAll + '"]', function (bar) {
          bar.hidden = on === 0;
          each("[data-ticked-count]", function (place) { place.textContent = on; }, bar);
        });
      }
      head.addEventListener("change", function () { boxes().forEach(function (box) { box.checked = head.checked; }); look(); });
      document.addEventListener("change", function (event) { if (event.target.name === head.dataset.tickAll) { look(); } });
      look();
    }, within);
    each(".segmented > [aria-current], .segmented > :has([aria-current])", function (chosen) {
      var row = chosen.parentElement;
      if (row.scrollWidth > row.clientWidth) { row.scrollLeft = chosen.offsetLeft - row.offsetLeft - 24; }
    }, within);
    var summary = within.querySelector("[data-error-summary]");
    if (summary && !within.querySelector("[autofocus]")) { summary.focus(); }
  }

  /* ---- htmx: the token goes with each request, refusals are shown where the answer would have been ---- */
  document.addEventListener("htmx:configRequest", function (event) {
    var meta = document.querySelector('meta[name="csrf-token"]');
    if (meta && event.detail.verb !== "get") { event.detail.headers["X-CSRFToken"] = meta.content; }
  });
  document.addEventListener("htmx:beforeSwap", function (event) {
    if ([400, 403, 404, 409, 422].indexOf(event.detail.xhr.status) >= 0 && event.detail.xhr.getResponseHeader("Content-Type").indexOf("text/html") === 0) {
      event.detail.shouldSwap = !/<html/i.test(event.detail.xhr.responseText.slice(0, 200));
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:load", function (event) { if (event.detail.elt !== document.body) { begin(event.detail.elt); } });
  document.addEventListener("htmx:afterRequest", function (event) { var form = event.detail.elt.closest("form"); if (form) { rest(form); } });

  /* ---- toasts for other scripts: gm.toast("…", {words: "撤销", act: fn}) ---- */
  window.gm = window.gm || {};
  window.gm.toast = function (words, undo) {
    var area = document.getElementById("toasts"), toast = document.createElement("div"), text = document.createElement("span");
    if (!area) { return; }
    toast.className = "toast show";
    text.textContent = words;
    toast.appendChild(text);
    if (undo) {
      var button = document.createElement("button");
      button.type = "button"; button.className = "link"; button.textContent = undo.words;
      button.addEventListener("click", function () { toast.remove(); undo.act(); });
      toast.appendChild(button);
    }
    area.appendChild(toast);
    window.setTimeout(function () { toast.remove(); }, 10000);
  };

  var keySwitch = document.getElementById("keys-switch");
  if (keySwitch) {
    keySwitch.checked = lettersOn;
    keySwitch.addEventListener("change", function () {
      lettersOn = keySwitch.checked;
      root.dataset.keys = lettersOn ? "on" : "off";
      keep("gridmediate-keys", lettersOn ? "on" : "off");
    });
  }
  begin(document);
}());
