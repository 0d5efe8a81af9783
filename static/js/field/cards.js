/* Words and cards of the outbox's pages, made from templates of the page; everything typed is set as text, never as markup. */
(function () {
  "use strict";
  const gridmediate = window.gridmediate, outbox = gridmediate.outbox;
  const block = document.querySelector("[data-outbox-words]");
  const words = block ? JSON.parse(block.textContent) : {};
  const MB = 1048576, DAY_MS = 86400000, TRIED_OFTEN = 3;
  const language = document.documentElement.lang;

  function say(name, values) { return gridmediate.fill(words[name] || "", values || {}); }
  function moment(at) {
    const when = new Date(at), time = when.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
    if (when.toDateString() === new Date().toDateString()) { return say("today", { time: time }); }
    if (when.toDateString() === new Date(Date.now() - DAY_MS).toDateString()) { return say("yesterday", { time: time }); }
    return when.toLocaleDateString(language, { month: "long", day: "numeric" }) + " " + time;
  }
  function clock(at) { return new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false }); }
  function value(item, name) { const found = (item.fields || []).filter(function (pair) { return pair[0] === name && pair[1]; })[0]; return found ? found[1] : ""; }
  function joined(parts) {
    const line = document.createDocumentFragment();
    parts.filter(Boolean).forEach(function (part, at) {
      if (at) { const dot = document.createElement("i"); dot.className = "sep"; line.append(" ", dot, " "); }
      line.append(part);
    });
    return line;
  }

  /* ---- one card ---- */
  function title(item) {
    const typed = value(item, item.kind === "note" ? "text" : "facts");
    return typed || item.meta.category || (item.kind === "note" ? say("note") : say("untitled"));
  }
  function put(card, name, content) {
    const place = card.querySelector("[data-" + name + "]");
    place.hidden = !content;
    if (content) { (place.querySelector("span") || place).textContent = content; }
  }
  function act(card, name, does) {
    const button = card.querySelector('[data-act="' + name + '"]');
    button.hidden = false;
    if (typeof does === "string") { button.href = does; } else { button.addEventListener("click", does); }
  }
  function faults(item) {
    const rows = item.state === "needs" ? (item.problems || []).map(function (each) { return each.sentence || say("refused", { code: (each.code || "").replace("http.", "") }); }) : [];
    return (item.case_no && item.state === "needs" && item.kind === "filing" ? [say("filed", { case_no: item.case_no })] : []).concat(rows);
  }
  function changed(each) {
    const change = each.field ? say("was_now", { field: each.field, was: each.was || say("nothing"), now: each.now || say("nothing") }) : "";
    return joined([[isNaN(Date.parse(each.at)) ? "" : moment(Date.parse(each.at)), each.by].filter(Boolean).join(" "), each.act, change]);
  }
  function card(item, acts) {
    const made = document.getElementById("outbox-card").content.cloneNode(true).firstElementChild;
    const photos = item.photos, size = photos.reduce(function (sum, each) { return sum + each.size; }, 0) / MB;
    made.dataset.key = item.key;
    made.classList.toggle("outbox-card--needs", item.state === "needs");
    made.querySelector('[data-icon="' + item.state + '"]').hidden = false;
    made.querySelector("[data-state]").textContent = say(item.state);
    made.querySelector("[data-when]").textContent = moment(item.saved_at);
    made.querySelector("[data-when]").dateTime = new Date(item.saved_at).toISOString();
    made.querySelector("[data-title]").textContent = title(item);
    const named = [say(item.kind), item.meta.case_no || "", item.meta.head || "", title(item) === item.meta.category ? "" : item.meta.category, item.meta.cell];
    made.querySelector("[data-line]").append(joined(named));
    put(made, "locked", item.is_locked ? say("locked_text") : "");
    const count = made.querySelector("[data-count]");
    count.hidden = false;
    count.append(joined([item.case_no ? say("case", { case_no: item.case_no }) : say("text_one"), photos.length ? say("photo_count", { n: photos.length, size: Math.max(0.1, size).toFixed(1) }) : ""]));
    put(made, "old", item.is_old ? say("old", { n: Math.floor((Date.now() - item.saved_at) / DAY_MS) }) : item.tries >= TRIED_OFTEN ? say("tried", { n: item.tries }) : "");
    fillFaults(made, item);
    offer(made, item, acts);
    return made;
  }
  function fillFaults(made, item) {
    const lines = faults(item), box = made.querySelector("[data-faults]"), list = made.querySelector("[data-changes]");
    box.hidden = !lines.length;
    lines.forEach(function (line) { const part = document.createElement("p"); part.textContent = line; box.appendChild(part); });
    if (item.state !== "needs" || !item.changes || !item.changes.length) { return; }
    list.hidden = false;
    list.querySelector("p").textContent = say("changed");
    item.changes.forEach(function (each) { const part = document.createElement("li"); part.append(changed(each)); list.querySelector("ul").appendChild(part); });
  }
  function offer(made, item, acts) {
    const isNote = item.kind === "note", needs = item.state === "needs", page = outbox.told.file + "?draft=" + encodeURIComponent(item.key);
    if (item.state === "draft" && !isNote) { act(made, "go-on", page); }
    if (needs && item.case_no) {
      act(made, "photos", function () { acts.send(item.key); });
      act(made, "drop-photos", function () { acts.dropPhotos(item); });
      return;
    }
    if (needs && !item.is_locked && !isNote) { act(made, "edit", page); }
    if (needs && !item.is_locked && isNote) {
      const box = made.querySelector("[data-note]"), area = box.querySelector("textarea");
      box.hidden = false;
      area.id = "note-" + item.key;
      area.value = value(item, "text");
      act(made, item.version ? "over" : "resend", function () { acts.note(item, area.value); });
    }
    if (needs || item.state === "draft" || item.is_old || item.tries >= TRIED_OFTEN) { act(made, "drop", function () { acts.drop(item); }); }
  }

  gridmediate.outboxCards = { say: say, moment: moment, clock: clock, card: card, joined: joined };
}());
