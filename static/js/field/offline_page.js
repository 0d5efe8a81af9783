/* The page that stands in for others without a network: own open cases as last fetched, read-only but for a line that goes to the outbox. */
(function () {
  "use strict";
  const gridmediate = window.gridmediate, outbox = gridmediate.outbox, sealing = gridmediate.sealing, cards = gridmediate.outboxCards;
  const page = document.querySelector("[data-offline-page]");
  function part(name) { return page.querySelector("[data-offline-" + name + "]"); }

  function row(item) {
    const made = document.getElementById("offline-case").content.cloneNode(true).firstElementChild, form = made.querySelector("form"), area = form.querySelector("textarea");
    made.querySelector("[data-case-no]").textContent = item.case_no;
    made.querySelector("[data-status]").textContent = item.status_words;
    made.querySelector("[data-line]").append(cards.joined([item.category, item.cell]));
    made.querySelector("[data-next]").append(cards.joined([item.next_step, item.due_words]));
    form.addEventListener("submit", function (event) { event.preventDefault(); keepNote(item, area, made); });
    return made;
  }
  async function keepNote(item, area, made) {
    const text = area.value.trim(), key = sealing.uuid();
    if (!text) { area.focus(); return; }
    await outbox.keep({ key: key, kind: "note", fields: [["text", text], ["version", String(item.version)]],
      meta: { case_no: item.case_no, category: item.category, cell: item.cell, url: outbox.told.notes.replace("CASE", encodeURIComponent(item.case_no)) } });
    area.value = "";
    made.querySelector("details").open = false;
    window.gm.toast(document.getElementById("note-kept").textContent);
    outbox.send(key);
  }
  outbox.ready.then(async function (found) {
    const kept = found.possible ? await outbox.cases() : null;
    if (!kept) { return; }
    part("cases").hidden = false;
    part("at").textContent = cards.say("cases_at", { time: cards.moment(kept.at) });
    part("locked").hidden = kept.list !== null;
    if (kept.list === null) { return; }
    part("none").hidden = kept.list.cases.length > 0;
    part("list").replaceChildren.apply(part("list"), kept.list.cases.map(row));
  });
}());
