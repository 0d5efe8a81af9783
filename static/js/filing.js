/* What scripts add to filing: the draft of this tab, the team of the cell just chosen, the way back of the phone, counting of words.
   The steps themselves are plain forms; the map is placemap.js.

   The draft lies in sessionStorage and nowhere else: it ends with the tab, no other tab and no later user of a shared phone can read it,
   and it carries the account, so that the next person who signs in does not see it. localStorage would leave a neighbour's story in clear
   on the phone for ever. */
(function () {
  "use strict";
  var KEY = "gridmediate-filing";
  var form = document.querySelector("form[data-filing]");
  var account = (document.querySelector("[data-account]") || document.body).dataset.account || "";

  function read() {
    try {
      var draft = JSON.parse(window.sessionStorage.getItem(KEY));
      if (draft && draft.account === account) { return draft; }
    } catch (unreadable) { /* none, or not allowed */ }
    return null;
  }
  function write(draft) {
    try { if (draft) { window.sessionStorage.setItem(KEY, JSON.stringify(draft)); } else { window.sessionStorage.removeItem(KEY); } } catch (refused) { /* private window */ }
  }
  function value(fields, name) { var found = fields.filter(function (pair) { return pair[0] === name && pair[1]; })[0]; return found ? found[1] : ""; }
  function worthKeeping(fields) { return ["t2_code", "facts", "address"].some(function (name) { return value(fields, name); }); }

  /* ---- today and receipt ---- */
  if (document.querySelector("[data-receipt]")) { write(null); }
  var unsent = document.querySelector("[data-unsent]");
  if (unsent) { unsent.textContent = read() ? "1" : "0"; }
  if (!form) { return; }

  /* ---- the draft: saved at every pause ---- */
  var offer = form.querySelector("[data-draft-offer]"), kept = read(), saving = null, left = false;
  function fields() {
    var rows = [];
    new FormData(form).forEach(function (text, name) { if (typeof text === "string" && name !== "csrf_token" && name !== "step" && name !== "q" && name !== "head") { rows.push([name, text]); } });
    return rows;
  }
  function save() {
    window.clearTimeout(saving);
    if (left || (offer && !offer.hidden)) { return; }
    var rows = fields();
    if (worthKeeping(rows)) { write({ account: account, step: form.dataset.filing, fields: rows }); }
  }
  form.addEventListener("input", function () { window.clearTimeout(saving); saving = window.setTimeout(save, 400); });
  form.addEventListener("change", save);
  form.addEventListener("gridmediate:located", function () { window.setTimeout(save, 0); });
  form.addEventListener("submit", function () {
    var clock = form.querySelector('[name="client_at"]');
    if (clock) { clock.value = new Date().toISOString(); }
    save();
  });
  window.addEventListener("pagehide", save);

  /* A form opened anew, while another was left half-way: offer to go on. */
  var fresh = offer && !form.querySelector("[data-error-summary]") && !worthKeeping(fields());
  if (fresh && kept && worthKeeping(kept.fields)) {
    offer.querySelector("[data-draft-words]").textContent = value(kept.fields, "facts").slice(0, 40) || value(kept.fields, "address").slice(0, 40);
    offer.hidden = false;
    offer.querySelector("[data-draft-resume]").addEventListener("click", function () {
      var again = document.createElement("form"), rows = kept.fields.concat([["csrf_token", form.elements.csrf_token.value], ["step", kept.step], ["go", kept.step]]);
      again.method = "post";
      again.action = form.action;
      rows.forEach(function (pair) {
        if (pair[0] === "go" && pair[1] !== kept.step) { return; }
        var field = document.createElement("input");
        field.type = "hidden"; field.name = pair[0]; field.value = pair[1];
        again.appendChild(field);
      });
      left = true;
      document.body.appendChild(again);
      again.submit();
    });
    offer.querySelector("[data-draft-drop]").addEventListener("click", function () { write(null); offer.hidden = true; save(); });
  } else { save(); }

  /* ---- the phone's own way back is the step's way back, so that nothing has to be sent again ---- */
  var back = document.querySelector("[data-step-back]");
  if (back) {
    var armed = false;
    var arm = function () { if (!armed) { armed = true; window.history.pushState({ filing: form.dataset.filing }, ""); } };
    ["pointerdown", "keydown"].forEach(function (kind) { document.addEventListener(kind, arm, { once: true }); });
    window.addEventListener("popstate", function () { if (armed) { back.click(); } });
  }

  /* ---- one line, best within 200 characters ---- */
  var facts = form.querySelector("[data-short]"), counted = form.querySelector("[data-short-count]");
  if (facts && counted) {
    var count = function () { counted.textContent = Array.from(facts.value).length + " / " + facts.dataset.short; };
    facts.addEventListener("input", count);
    count();
  }

  /* ---- search of categories: found ones come forward ---- */
  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.target.id !== "found") { return; }
    var row = form.querySelector("[data-head-found]"), radio = document.getElementById("head-found"), some = event.target.childElementCount > 0;
    row.hidden = !some;
    if (some) { radio.checked = true; } else if (radio.checked) { document.getElementById("head-common").checked = true; }
  });
  var find = form.querySelector("[data-find]");
  if (find) { find.addEventListener("keydown", function (event) { if (event.key === "Enter") { event.preventDefault(); } }); }

  /* ---- the team of the cell just found or chosen ---- */
  var box = form.querySelector("[data-placemap]"), team = form.querySelector("[data-team]");
  if (!team) { return; }
  function part(tag, kind, text) { var made = document.createElement(tag); if (kind) { made.className = kind; } if (text) { made.textContent = text; } return made; }
  function show(seats) {
    var list = part("ul", "seats");
    (seats || []).forEach(function (seat) {
      var row = list.appendChild(part("li")).appendChild(part("div", "seat")), mark = row.appendChild(part("span", "seat-mark seat-mark--" + (seat.vacant ? "vacant" : seat.kind), seat.mark));
      mark.setAttribute("aria-hidden", "true");
      var words = row.appendChild(part("div", "grow")), name = words.appendChild(part("div", "seat-name", seat.name + " "));
      name.appendChild(part("span", "", seat.seat));
      words.appendChild(part("div", "seat-why", seat.reason));
    });
    team.querySelector("[data-team-seats]").replaceChildren(list);
    team.hidden = !seats || !seats.length;
  }
  var asked = 0;
  function ask(code) {
    var mine = asked += 1;
    if (!code || !/^[0-9]+$/.test(code) || !box) { show([]); return; }
    var url = new URL(box.dataset.locateUrl, window.location.href);
    url.searchParams.set("cell_code", code);
    fetch(url, { credentials: "same-origin", headers: { Accept: "application/json" } })
      .then(function (answer) { return answer.ok ? answer.json() : { team: [] }; })
      .then(function (found) { if (mine === asked) { show(found.team); } })
      .catch(function () { if (mine === asked) { show([]); } });
  }
  var first = (form.querySelector("[data-gm-choices]") || { dataset: {} }).dataset.chosen;
  form.addEventListener("gridmediate:located", function (event) {
    asked += 1;
    show(event.detail.team);
    if (!event.detail.cell && !(event.detail.candidates || []).length) { form.querySelector("[data-list]").open = true; }
    var radios = form.querySelectorAll("[data-gm-choices] input[type=radio]");
    var again = Array.prototype.filter.call(radios, function (radio) { return first && radio.value === first; })[0];
    first = "";
    if (again && !again.checked) { again.checked = true; again.dispatchEvent(new Event("change", { bubbles: true })); }
  });
  form.addEventListener("change", function (event) {
    if (event.target.name === "cell_code" || event.target.matches("[data-gm-cell-list]")) { ask(event.target.value); }
  });
  var search = form.querySelector("[data-gm-search]");
  if (search) { search.addEventListener("keydown", function (event) { if (event.key === "Enter") { event.preventDefault(); search.dispatchEvent(new Event("change", { bubbles: true })); } }); }
}());
