/* What scripts add to a step of filing, posted or on the phone: who handles what is chosen, search of categories in plain words, the team of the
   cell, counting of words. It hangs on window.gridmediate.filing. The steps are plain forms; js/field/steps.js runs them without the server. */
(function () {
  "use strict";
  const gm = window.gridmediate = window.gridmediate || {};
  const form = document.querySelector("form[data-filing]");
  if (!form) { return; }
  const told = document.querySelector("[data-filing-words]"), data = told ? JSON.parse(told.textContent) : null;

  function part(tag, kind, text) { const made = document.createElement(tag); if (kind) { made.className = kind; } if (text) { made.textContent = text; } return made; }
  function fill(sentence, values) { return sentence.replace(/%\((\w+)\)s/g, function (all, name) { return name in values ? values[name] : all; }); }
  function shape(name) { return document.querySelector('template[data-shape="' + name + '"]').content.cloneNode(true); }
  function all(selector) { return Array.from(form.querySelectorAll(selector)); }

  /* ---- asking the server with what is typed so far; a page from the phone's own store carries no token, so one is fetched ---- */
  let token = (document.querySelector('meta[name="csrf-token"]') || { content: "" }).content;
  async function freshToken() {
    const answer = await fetch(data.urls.token, { credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } });
    token = answer.ok ? (await answer.json()).csrf_token : "";
  }
  async function ask(url, more, accept) {
    if (!token && data) { await freshToken(); }
    const fields = new FormData(form);
    fields.delete("csrf_token");
    Object.keys(more || {}).forEach(function (name) { fields.set(name, more[name]); });
    const answer = await fetch(url, { method: "POST", body: fields, credentials: "same-origin", headers: { "X-CSRFToken": token, Accept: accept || "text/html" } });
    if (!answer.ok) { throw new Error(String(answer.status)); }
    return answer;
  }
  function putInto(box, markup) { const holder = document.createElement("template"); holder.innerHTML = markup; box.replaceChildren(holder.content); }
  /* Only the last question's answer counts. */
  function latest() { let last = 0; return function () { const mine = last += 1; return function () { return mine === last; }; }; }

  /* ---- who handles it: by the standing rules at once, then as the server sees it with cell and circumstances ---- */
  const categories = new Map(data ? data.categories.map(function (row) { return [row[0], { code: row[0], name: row[1], short: row[2], zh: row[3], examples: row[4] || row[3], words: row[5], handlers: row[6] }]; }) : []);
  const handling = latest();
  function chosen() { const field = form.querySelector('[name="t2_code"]:checked') || form.querySelector('input[type="hidden"][name="t2_code"]'); return field ? field.value : ""; }
  function showStanding(box) {
    const one = categories.get(chosen());
    if (!one) { box.replaceChildren(part("p", "note", data.words.pick_first)); return; }
    const rows = data.handlers[one.handlers], made = shape("handlers"), barred = data.barred[one.code.slice(0, 2)];
    rows.forEach(function (row) { made.querySelector(".handled-by").append(part("span", "tag " + (row[0] === "lead" ? "tag--primary" : "tag--line"), row[1] + " " + row[2])); });
    const rules = Array.from(new Set(rows.map(function (row) { return row[3]; })));
    made.querySelector("summary span").textContent = fill(data.words.basis, { rules: rules.join(data.words.and) });
    rows.forEach(function (row) { const line = part("li"); line.append(part("b", "", row[2]), " " + row[4]); made.querySelector("ul").append(line); });
    box.replaceChildren(made);
    if (barred) {
      const banner = shape("barred");
      banner.querySelector("b").textContent = barred[0];
      banner.querySelector("b + span").textContent = barred[1];
      box.prepend(banner);
    }
  }
  async function showHandlers() {
    const boxes = all("[data-handlers]"), isLast = handling();
    if (data) { boxes.forEach(showStanding); }
    if (!boxes.length || !chosen() || !navigator.onLine) { return; }
    try {
      const markup = await (await ask(boxes[0].dataset.handlers)).text();
      if (isLast()) { boxes.forEach(function (box) { putInto(box, markup); }); }
    } catch (unreachable) { /* what the standing rules say stays */ }
  }

  /* ---- search of categories: the same marks as domain/categories.py, find_categories ---- */
  function isAscii(word) { return /^[\x00-\x7f]*$/.test(word); }
  function matchEnglish(term, word) {
    if (term.length < 3 || !isAscii(word)) { return 0; }
    return word.split(/\s+/).reduce(function (best, piece) {
      if (piece === term) { return Math.max(best, 4); }
      return piece.length >= 4 && (piece.startsWith(term) || (term.startsWith(piece) && term.length - piece.length <= 3)) ? Math.max(best, 3) : best;
    }, 0);
  }
  function sharedPairs(term, word) {
    const pairs = new Set();
    for (let at = 0; !isAscii(word) && at < word.length - 1; at += 1) { pairs.add(word.slice(at, at + 2)); }
    return 0.4 * Array.from(pairs).filter(function (pair) { return term.includes(pair); }).length;
  }
  function match(term, word) {
    if (term === word) { return 6 + word.length; }
    if (isAscii(term)) { return matchEnglish(term, word); }
    if (word.length > 1 && term.includes(word)) { return 2 * word.length; }
    if (word.includes(term)) { return 1 + term.length / word.length; }
    return sharedPairs(term, word);
  }
  function score(each, asked, terms) {
    if (asked === each.code) { return 1000; }
    const named = terms.reduce(function (sum, term) { return sum + each.words.reduce(function (best, word) { return Math.max(best, match(term, word)); }, 0); }, 0);
    return named + each.words.reduce(function (sum, word) { return sum + (!isAscii(word) && word.length > 1 && asked.includes(word) ? 0.5 * word.length : 0); }, 0);
  }
  function find(words, most) {
    const asked = words.trim().toLowerCase(), terms = asked.split(/[\s、，,。.；;！!？?]+/).filter(Boolean);
    if (!terms.length) { return []; }
    const rank = function (pair) { return [-pair[0], asked && pair[1].zh.includes(asked) ? 0 : 1, pair[1].code.endsWith("99") ? 1 : 0, data.heads[pair[1].code.slice(0, 2)][1], pair[1].code]; };
    return Array.from(categories.values()).map(function (each) { return [score(each, asked, terms), each]; }).filter(function (pair) { return pair[0] > 0; })
      .map(function (pair) { return [rank(pair), pair[1]]; })
      .sort(function (a, b) { const at = a[0].findIndex(function (value, n) { return value !== b[0][n]; }); return at < 0 ? 0 : a[0][at] < b[0][at] ? -1 : 1; })
      .slice(0, most || 8).map(function (pair) { return pair[1]; });
  }
  function showFound(box, words) {
    const found = find(words);
    box.replaceChildren(...found.map(function (each) {
      const row = shape("tick"), radio = row.querySelector("input");
      radio.value = each.code;
      radio.checked = each.code === chosen();
      row.querySelector(".choice-label").textContent = each.name;
      row.querySelector(".choice-hint").textContent = data.heads[each.code.slice(0, 2)][0] + data.words.colon + each.examples;
      return row;
    }));
    if (words.trim() && !found.length) { box.append(part("p", "note", fill(data.words.found_none, { words: words }))); }
  }
  function bringForward(box) {
    const row = form.querySelector("[data-head-found]"), radio = document.getElementById("head-found"), some = box.childElementCount > 0;
    row.hidden = !some;
    if (some) { radio.checked = true; } else if (radio.checked) { document.getElementById("head-common").checked = true; }
  }
  const searching = latest();
  let typing = null;
  async function search(field) {
    const box = document.getElementById("found"), words = field.value.slice(0, 60), isLast = searching();
    if (data) { showFound(box, words); } else {
      try { const markup = await (await ask(field.dataset.find)).text(); if (isLast()) { putInto(box, markup); } } catch (unreachable) { return; }
    }
    if (isLast()) { bringForward(box); }
  }

  /* ---- the team of the cell just found or chosen ---- */
  const asking = latest();
  function showTeam(seats) {
    const team = form.querySelector("[data-team]");
    if (!team) { return; }
    const list = part("ul", "seats");
    (seats || []).forEach(function (seat) {
      const row = list.appendChild(part("li")).appendChild(part("div", "seat")), mark = row.appendChild(part("span", "seat-mark seat-mark--" + (seat.vacant ? "vacant" : seat.kind), seat.mark));
      mark.setAttribute("aria-hidden", "true");
      const words = row.appendChild(part("div", "grow")), name = words.appendChild(part("div", "seat-name", seat.name + " "));
      name.appendChild(part("span", "", seat.seat));
      words.appendChild(part("div", "seat-why", seat.reason));
    });
    team.querySelector("[data-team-seats]").replaceChildren(list);
    team.hidden = !seats || !seats.length;
  }
  async function askTeam(code) {
    const box = form.querySelector("[data-placemap]"), isLast = asking();
    if (!box || !/^[0-9]+$/.test(code || "") || !navigator.onLine) { showTeam([]); return; }
    const url = new URL(box.dataset.locateUrl, window.location.href);
    url.searchParams.set("cell_code", code);
    let seats = [];
    try {
      const answer = await fetch(url, { credentials: "same-origin", headers: { Accept: "application/json" } });
      seats = answer.ok ? (await answer.json()).team : [];
    } catch (unreachable) { /* nobody is promised without the server */ }
    if (isLast()) { showTeam(seats); }
  }
  form.addEventListener("gridmediate:located", function (event) {
    asking();
    showTeam(event.detail.team);
    if (!event.detail.cell && !(event.detail.candidates || []).length) { form.querySelector("[data-list]").open = true; }
  });

  /* ---- what is typed and chosen, wherever in the form it stands: a phone's steps come into it later ---- */
  function count() {
    const facts = form.querySelector("[data-short]"), counted = form.querySelector("[data-short-count]");
    if (facts && counted) { counted.textContent = Array.from(facts.value).length + " / " + facts.dataset.short; }
  }
  form.addEventListener("input", function (event) {
    if (event.target.matches("[data-short]")) { count(); }
    if (event.target.matches("[data-find]")) { window.clearTimeout(typing); typing = window.setTimeout(search, 180, event.target); }
  });
  form.addEventListener("change", function (event) {
    const at = event.target;
    if (at.closest("[data-asks-handlers]")) { showHandlers(); }
    if (at.name === "cell_code" || at.matches("[data-gm-cell-list]")) { askTeam(at.value); }
  });
  form.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && !event.isComposing && event.target.matches("[data-find], [data-gm-search]")) {
      event.preventDefault();
      if (event.target.matches("[data-find]")) { search(event.target); } else { event.target.dispatchEvent(new Event("change", { bubbles: true })); }
    }
  });
  count();

  gm.filing = { form: form, data: data, categories: categories, part: part, fill: fill, shape: shape, all: all, ask: ask, find: find, chosen: chosen, showHandlers: showHandlers, count: count };
}());
