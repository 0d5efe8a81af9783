/* A whole filing on the phone: the steps that the page carries change without the server, the draft lies sealed in the outbox from the first
   words on, and sending is the outbox's. Without an outbox the steps are posted (posted.js). Sentences are the server's own; the server checks
   everything again when the filing arrives. */
(function () {
  "use strict";
  const gm = window.gridmediate, filing = gm.filing, outbox = gm.outbox;
  if (!filing || !filing.data) { return; }
  const form = filing.form, data = filing.data, words = data.words, fill = filing.fill;
  const STEPS = ["place", "category", "facts"], NOT_KEPT = ["csrf_token", "step", "q", "head"];
  const PATIENCE_MS = 8000, PHONE = /^[+\d][\d\s()+-]{4,}$/;
  const box = form.querySelector("[data-placemap]");
  const asked = new URLSearchParams(window.location.search).get("draft");
  // Where a draft is opened its own place counts, not where the phone is now.
  if (asked && box && outbox) { delete box.dataset.auto; }

  const heads = { place: document.querySelector("[data-step-head]") }, boxes = { place: form.querySelector("[data-step-box]") };
  let key = null, at = "place", photos = null, saving = Promise.resolve(), pause = null, state = "draft", offered = null;

  function field(name) { return form.querySelector('[name="' + name + '"]'); }
  function value(name) { const found = new FormData(form).getAll(name).find(Boolean); return typeof found === "string" ? found.trim() : ""; }
  function place() { return box && box.placeMap; }
  function cellSaid() { const said = value("cell_code"); return said === "listed" || !said ? value("cell_listed") : said; }

  /* ---- the steps themselves ---- */
  function unfold() {
    document.querySelectorAll("template[data-step]").forEach(function (each) {
      const made = each.content.cloneNode(true), step = each.dataset.step;
      heads[step] = made.querySelector("[data-step-head]");
      boxes[step] = made.querySelector("[data-step-box]");
      boxes[step].hidden = true;
      form.append(boxes[step]);
    });
    offered = form.querySelector("[data-gm-choices]").cloneNode(true);
    photos = filing.Photos(boxes.facts.querySelector("[data-photos]"), outbox, function () { return key; }, save);
    boxes.facts.querySelector("[data-keep-and-new]").addEventListener("click", async function () { await save(); fresh(); });
    form.addEventListener("click", function (event) {
      if (event.target.closest("[data-far-again]") && place()) { place().locate(0); }
      const again = event.target.closest('[data-step-box="kept"] a[href="' + data.urls.file + '"]');
      if (again) { event.preventDefault(); fresh(); }
    });
  }
  function show(step) {
    document.querySelector("[data-step-head]").replaceWith(heads[step]);
    Object.keys(boxes).forEach(function (each) { boxes[each].hidden = each !== step; document.body.classList.toggle("filing--" + each, each === step); });
    document.body.classList.toggle("receipt-page", step === "kept");
    at = form.dataset.filing = step;
    document.title = document.title.replace(/^.*?(?= – )/, heads[step].dataset.title);
    tellSoFar();
    if (step !== "place") { filing.showHandlers(); }
    if (step === "facts") { arrange(); filing.count(); askSimilar(); }
    window.scrollTo(0, 0);
    heads[step].querySelector("h1").focus({ preventScroll: true });
  }
  function go(step) {
    clearFaults();
    window.history.pushState({ filing: step }, "");
    show(step);
  }
  function placeWords() {
    const said = cellSaid(), radio = form.querySelector('[name="cell_code"]:checked'), list = form.querySelector("[data-gm-cell-list]");
    const option = list && list.value === said ? list.selectedOptions[0] : null;
    if (said === "unsure") { return words.unclaimed; }
    if (!said) { return value("lon") ? words.on_map : words.no_place; }
    return option ? option.textContent : radio && radio.value === said ? radio.closest("label").querySelector(".choice-label").textContent : said;
  }
  function categoryWords() {
    const one = filing.categories.get(filing.chosen());
    return one ? [data.heads[one.code.slice(0, 2)][0], one.code.length > 2 ? one.short : ""] : [words.no_category, ""];
  }
  function dotted(target, texts) {
    target.replaceChildren();
    texts.filter(Boolean).forEach(function (text, n) { if (n) { target.append(" ", filing.part("i", "sep"), " "); } target.append(text); });
  }
  function tellSoFar() {
    filing.all('[data-said="place"]').forEach(function (each) { dotted(each, [placeWords(), value("address")]); });
    filing.all('[data-said="category"]').forEach(function (each) { dotted(each, categoryWords()); });
  }
  /* What the category changes of the last step: its own circumstance first, where it came from if mediation may not take it. */
  function arrange() {
    const head = filing.chosen().slice(0, 2), own = document.getElementById("flag-" + data.flag_of_head[head]), barred = boxes.facts.querySelector("[data-when-barred]");
    if (own) { boxes.facts.querySelector(".flags .tick-rows").prepend(own.closest("label")); }
    barred.hidden = !data.barred[head];
    if (barred.hidden) { barred.querySelector("input").checked = true; }
  }

  /* ---- what is still missing, in the server's words ---- */
  const CHECKS = {
    place: function () {
      const faults = [], cell = cellSaid(), map = place(), found = map && value("lon") ? map.found : null;
      const outside = found && found.how === "outside" && found.nearest;
      if (!cell && !value("lon")) { faults.push(["cell_code", data.problems["cell_code.missing"]]); }
      else if (!cell && outside) { faults.push(["cell_code", fill(data.problems.outside, { name: outside.name, metres: Math.round(outside.distance_m) })]); }
      else if (!cell) { faults.push(["cell_code", data.problems["cell_code.missing"]]); }
      if (map && map.far && value("lon") && !field("far_ok").checked) { faults.push(["far_ok", fill(data.problems.far_ok, { km: map.far })]); }
      return faults;
    },
    category: function () { return filing.chosen() ? [] : [["t2_code", data.problems["t2_code.missing"]]]; },
    facts: function () {
      const faults = value("facts") ? [] : [["facts", data.problems["facts.missing"]]];
      filing.all('[name^="party-"][name$="-phone"]').forEach(function (each) {
        const name = each.name.replace("phone", "name"), number = each.value.trim();
        if (number && !value(name)) { faults.push([name, data.problems["name.missing"]]); }
        if (number && !PHONE.test(number)) { faults.push([each.name, fill(data.problems.phone, { got: number.slice(0, 30) })]); }
      });
      const barred = field("on_spot").checked && spotBarred();
      if (barred) { faults.push(["on_spot", barred]); }
      else if (field("on_spot").checked && !value("spot_result")) { faults.push(["spot_result", data.problems["spot_result.missing"]]); }
      return faults;
    },
  };
  // Somebody in danger, or a matter that is not mediated unless a court or the police entrusted it: the cadre decides, not the spot.
  function spotBarred() {
    const flags = filing.all('[name="flags"]:checked').map(function (each) { return each.value; }), source = form.querySelector('[name="source"]:checked');
    const named = !source || source.value === "worker" ? flags.concat(filing.chosen().slice(0, 2)) : flags;
    return named.map(function (each) { return data.problems["on_spot." + each]; }).find(Boolean);
  }
  function clearFaults() {
    filing.all(".filing-faults, .field-error:not([data-far-words])").forEach(function (each) { each.remove(); });
    filing.all(".field--error").forEach(function (each) { each.classList.remove("field--error"); });
    filing.all("[aria-invalid]").forEach(function (each) { each.removeAttribute("aria-invalid"); });
  }
  function stepOf(name) {
    const target = document.getElementById(name) || field(name);
    return STEPS.find(function (step) { return target && boxes[step].contains(target); }) || "facts";
  }
  function showFaults(faults) {
    clearFaults();
    const made = filing.shape("faults"), list = made.querySelector("ul");
    made.querySelector("h2").textContent = fill(words.faults, { n: faults.length });
    list.replaceChildren(...faults.map(function (fault) {
      const row = filing.part("li"), link = fault[0] ? row.appendChild(filing.part("a", "", fault[1])) : row;
      if (fault[0]) { link.href = "#" + fault[0]; } else { row.textContent = fault[1]; }
      return row;
    }));
    faults.forEach(function (fault) { mark(fault[0], fault[1]); });
    boxes[at].prepend(made);
    window.scrollTo(0, 0);
    boxes[at].querySelector("[data-error-summary]").focus();
  }
  function mark(name, sentence) {
    const target = name && (document.getElementById(name) || field(name)), holder = target && target.closest(".field");
    if (!holder) { return; }
    const said = filing.shape("fault").firstElementChild, far = holder.querySelector("[data-far-words]");
    holder.classList.add("field--error");
    if (far) { far.hidden = false; far.querySelector("span").textContent = sentence; return; }
    said.id = name + "-error";
    said.querySelector("span").textContent = sentence;
    (holder.querySelector("label, legend") || holder.firstElementChild).after(said);
    target.setAttribute("aria-invalid", "true");
  }
  // A link of the summary may lead to another step; this one goes before the page's own, which moves the focus.
  form.addEventListener("click", function (event) {
    const link = event.target.closest(".error-summary a"), step = link && stepOf(link.getAttribute("href").slice(1));
    if (link && state !== "posted" && step !== at) { window.history.pushState({ filing: step }, ""); show(step); }
  }, true);

  /* ---- the draft ---- */
  function fields() {
    const rows = [];
    new FormData(form).forEach(function (text, name) { if (typeof text === "string" && text && NOT_KEPT.indexOf(name) < 0 && name !== "filing_key") { rows.push([name, text]); } });
    return rows.concat([["filing_key", key]]);
  }
  function meta() { const said = categoryWords(); return filing.chosen() ? { head: said[0], category: said[1] || said[0], cell: placeWords() } : { cell: placeWords() }; }
  function isWorthKeeping() { return Boolean(filing.chosen() || value("facts") || value("address") || photos.count()); }
  function save() {
    window.clearTimeout(pause);
    if (state !== "draft" || !isWorthKeeping()) { return saving; }
    const item = { key: key, kind: "filing", fields: fields(), meta: meta() };
    saving = saving.then(function () { return outbox.keep(item); }).then(function () { return true; }, function (refused) {
      // Sending closes the item; anything else means that the phone has no room, and the person must know.
      if (state === "draft" && refused.code !== "outbox.closed") { window.gm.toast(words.keep_failed); }
      return false;
    });
    return saving;
  }
  async function openDraft(wanted) {
    const item = await outbox.read(wanted);
    const why = !item ? words.draft_gone : item.is_locked || !item.fields ? words.draft_locked : ["draft", "needs"].indexOf(item.state) < 0 ? words.draft_sent : "";
    if (why) { showFaults([["", why]]); return; }
    key = wanted;
    refill(item.fields);
    photos.show(item.photos);
    if (item.state === "needs" && (item.problems || []).length) { answerNeeds(item.problems); return; }
    const open = STEPS.find(function (step) { return CHECKS[step]().length; }) || "facts";
    STEPS.slice(1, STEPS.indexOf(open) + 1).forEach(function (step) { window.history.pushState({ filing: step }, ""); });
    show(open);
  }
  function refill(rows) {
    const given = new Map();
    rows.forEach(function (row) { given.set(row[0], (given.get(row[0]) || []).concat(row[1])); });
    Array.from(form.elements).forEach(function (each) {
      if (!each.name || NOT_KEPT.indexOf(each.name) >= 0 || each.type === "file" || each.tagName === "BUTTON") { return; }
      const values = given.get(each.name) || [];
      if (each.type === "radio" || each.type === "checkbox") { each.checked = values.length ? values.indexOf(each.value) >= 0 : each.defaultChecked && each.type === "radio"; }
      else { each.value = values[0] || ""; }
    });
    field("filing_key").value = key;
    // Chosen radios of several groups may stand under one name: the found ones, the common ones, the head's own.
    const head = document.getElementById("head-" + filing.chosen().slice(0, 2));
    if (head) { head.checked = true; }
    filing.all("details.parties, details.more-flags").forEach(function (each) { each.open = each.open || Boolean(each.querySelector("input:checked[type=checkbox]")) || Array.from(each.querySelectorAll("input[type=text], input[type=tel]")).some(function (one) { return one.value; }); });
    const entry = field("place_entry");
    entry.disabled = !entry.value;
    restorePlace((given.get("cell_code") || []).find(Boolean) || "");
  }
  function restorePlace(cell) {
    const choices = form.querySelector("[data-gm-choices]"), list = form.querySelector("[data-gm-cell-list]");
    choices.dataset.chosen = cell;
    if (value("lon")) { if (place() && place().grid) { place().restore(); } return; }
    const radio = Array.from(choices.querySelectorAll("input")).find(function (each) { return each.value === cell; });
    if (radio) { radio.checked = true; } else if (cell && list) { list.value = cell; list.dispatchEvent(new Event("change", { bubbles: true })); }
  }
  /* A new filing in the same page: nothing has to be fetched, so it works without a service worker too. */
  function fresh() {
    key = gm.sealing.uuid();
    state = "draft";
    clearFaults();
    form.reset();
    filing.all("[data-gm-field]").forEach(function (each) { each.value = ""; });
    form.querySelector("[data-gm-choices]").replaceWith(offered.cloneNode(true));
    document.getElementById("found").replaceChildren();
    photos.show([]);
    field("filing_key").value = key;
    if (place()) { place().clear(); place().locate(); }
    window.history.pushState({ filing: "place" }, "", data.urls.file);
    show("place");
    offer();
  }
  async function offer() {
    const section = form.querySelector("[data-draft-offer]"), mine = key;
    const left = (await outbox.list()).filter(function (item) { return item.kind === "filing" && item.key !== key && item.state === "draft"; })[0];
    if (!left || mine !== key || at !== "place") { section.hidden = true; return; }
    dotted(section.querySelector("[data-draft-words]"), [left.meta.category, left.meta.cell]);
    section.hidden = false;
    const by = function (name, act) {
      const old = section.querySelector("[" + name + "]"), button = old.cloneNode(true);
      button.hidden = false;
      button.addEventListener("click", async function () { section.hidden = true; await act(); });
      old.replaceWith(button);
    };
    by("data-draft-resume", function () { return openDraft(left.key); });
    by("data-draft-later", function () { return null; });
    by("data-draft-drop", function () { return outbox.drop(left.key); });
  }

  /* ---- sending ---- */
  async function send() {
    if (state !== "draft") { return; }
    const faulty = STEPS.find(function (step) { return CHECKS[step]().length; });
    if (faulty) { if (faulty !== at) { go(faulty); } showFaults(CHECKS[faulty]()); return; }
    const button = boxes.facts.querySelector(".foot-bar .btn-primary");
    state = "sending";
    button.setAttribute("aria-busy", "true");
    button.dataset.busy = "true";
    try {
      await photos.settled();
      field("client_at").value = new Date().toISOString();
      await saving;
      await outbox.keep({ key: key, kind: "filing", fields: fields(), meta: meta() });
      const mine = key, sent = outbox.send(key);
      sent.then(function (result) { if (mine === key) { answer(result); } }, function () { if (mine === key) { state = "draft"; showFaults([["", words.send_failed]]); } });
      const late = new Promise(function (tell) { window.setTimeout(tell, PATIENCE_MS, { state: "waiting" }); });
      const first = await Promise.race([sent, late]);
      if (first.state === "waiting" && mine === key && state === "sending") { keptOnPhone(); }
    } catch (refused) {
      state = "draft";
      showFaults([["", words.send_failed]]);
    } finally {
      button.removeAttribute("aria-busy");
      delete button.dataset.busy;
    }
  }
  function answer(result) {
    if (result.state === "sent") { state = "sent"; window.location.replace(result.receipt.receipt_url || result.receipt.case_url || data.urls.today); }
    else if (result.state === "needs") { state = "draft"; answerNeeds(result.problems); }
  }
  function answerNeeds(problems) {
    const faults = problems.map(function (each) { return [each.field || "", each.sentence]; });
    const step = stepOf(faults[0] ? faults[0][0] : "");
    if (step !== at) { go(step); }
    showFaults(faults);
  }
  /* Sent after all while the phone's receipt was still shown: the server's takes its place. */
  async function sentMeanwhile() {
    const item = state === "kept" ? await outbox.read(key) : null;
    if (item && state === "kept" && item.case_no) { answer({ state: "sent", receipt: item }); }
  }
  function keptOnPhone() {
    state = "kept";
    const box = boxes.kept, number = photos.count();
    box.querySelector("[data-kept-no]").textContent = key.slice(0, 8).toUpperCase().replace(/(.{4})/, "$1-");
    heads.kept.querySelector("[data-kept-at]").textContent = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    box.querySelector("[data-kept-photos]").hidden = !number;
    box.querySelector("[data-kept-photos]").textContent = fill(words.photos_kept, { n: number });
    box.querySelector(".when-danger").hidden = !["threat", "self_harm", "domestic_violence"].some(function (flag) { const tick = document.getElementById("flag-" + flag); return tick && tick.checked; });
    window.history.replaceState({ filing: "kept" }, "");
    show("kept");
  }

  /* ---- cases that may be the same one: said calmly, never in the way ---- */
  async function askSimilar() {
    const shown = boxes.facts.querySelector("[data-similar]");
    if (!navigator.onLine || state !== "draft") { return; }
    let similar = [];
    try { similar = (await (await filing.ask(data.urls.similar, {}, "application/json")).json()).similar || []; } catch (unreachable) { return; }
    shown.replaceChildren();
    if (!similar.length) { return; }
    const made = filing.shape("similar"), list = made.querySelector("ul");
    similar.forEach(function (each) {
      const row = list.appendChild(filing.part("li", "", each.words + " "));
      if (each.url) { const link = row.appendChild(filing.part("a", "", each.case_no)); link.href = each.url; link.target = "_blank"; link.rel = "noopener"; }
    });
    made.querySelector("[data-similar-count]").textContent = similar.length;
    made.querySelector("details").open = similar.some(function (each) { return each.same_party; });
    shown.append(made);
  }

  /* ---- what the person does ---- */
  function listen() {
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      const way = event.submitter ? event.submitter.value : "next", faults = way === "next" ? CHECKS[at]() : [];
      if (way === "submit") { send(); } else if (STEPS.indexOf(way) >= 0) { go(way); } else if (way === "back") { window.history.back(); }
      else if (way === "next" && faults.length) { showFaults(faults); } else if (way === "next") { save(); go(STEPS[STEPS.indexOf(at) + 1]); }
    });
    form.addEventListener("input", function () { window.clearTimeout(pause); pause = window.setTimeout(save, 400); });
    form.addEventListener("change", function (event) {
      save();
      if (/^party-\d-name$/.test(event.target.name)) { askSimilar(); }
    });
    form.addEventListener("gridmediate:located", function () { window.setTimeout(save, 0); });
    form.addEventListener("keydown", function (event) {
      if (event.key !== "Enter" || event.isComposing || event.target.getAttribute("enterkeyhint") !== "next") { return; }
      event.preventDefault();
      const all = filing.all("input:not([type=hidden]), textarea, button").filter(function (each) { return each.offsetParent !== null && each.tabIndex >= 0; });
      const next = all[all.indexOf(event.target) + 1];
      if (next) { next.focus(); }
    });
    window.addEventListener("popstate", function (event) {
      if (state !== "draft") { window.location.replace(data.urls.today); return; }
      clearFaults();
      show(event.state && boxes[event.state.filing] ? event.state.filing : "place");
    });
    window.addEventListener("pagehide", save);
    document.addEventListener("visibilitychange", function () { if (document.hidden) { save(); } });
    // A page brought back from the browser's memory after its filing went out would show it as if it were still to send.
    window.addEventListener("pageshow", function (event) { if (event.persisted && state !== "draft") { window.location.replace(data.urls.file); } });
    document.addEventListener("gridmediate:outbox", sentMeanwhile);
    ["online", "offline"].forEach(function (kind) { window.addEventListener(kind, tellSignal); });
  }
  function tellSignal() { boxes.facts.querySelector("[data-no-signal]").hidden = navigator.onLine; }

  async function begin() {
    unfold();
    key = asked || gm.sealing.uuid();
    field("filing_key").value = key;
    window.history.replaceState({ filing: "place" }, "");
    listen();
    tellSignal();
    form.dataset.onPhone = "";
    if (asked) { await openDraft(asked); } else { await offer(); }
  }
  function plainly(why) {
    state = "posted";
    filing.posted();
    if (!why) { return; }
    const made = filing.shape("refused");
    made.querySelector("b").textContent = why;
    form.prepend(made);
  }
  if (!outbox) { plainly(); return; }

  /* Whether the phone can keep things is known a moment after the page is; a tap in that moment waits for it. */
  let deciding = true;
  const slow = new Promise(function (tell) { window.setTimeout(tell, PATIENCE_MS, { possible: false }); });
  const decided = Promise.race([outbox.ready, slow]).then(function (found) {
    deciding = false;
    if (found.possible) { begin(); } else { plainly(found.why); }
  });
  form.addEventListener("submit", function (event) {
    if (!deciding) { return; }
    const by = event.submitter;
    event.preventDefault();
    event.stopImmediatePropagation();
    decided.then(function () { form.requestSubmit(by); });
  });
}());
