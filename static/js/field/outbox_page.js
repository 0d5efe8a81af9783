/* The page 待发送: what waits on this phone, in the order in which it needs the person. */
(function () {
  "use strict";
  const gridmediate = window.gridmediate, outbox = gridmediate.outbox, cards = gridmediate.outboxCards, say = cards.say;
  const page = document.querySelector("[data-outbox-page]"), list = page.querySelector("[data-outbox-list]");
  const ORDER = { needs: 0, sending: 1, photos: 1, waiting: 1, draft: 2 };
  const CAUSES = { network: "offline", session: "session", other_account: "other_account", busy: "busy", locked: "locked_now" };
  const question = document.getElementById("drop-question");
  const typed = new Map();
  let dropping = null, drawn = "", drawing = Promise.resolve();

  function part(name) { return page.querySelector("[data-outbox-" + name + "]"); }

  /* ---- the network's state ---- */
  function sayNetwork() {
    const counts = outbox.counts, n = counts.waiting, banner = part("network");
    const cause = counts.online && CAUSES[counts.cause] || (counts.online ? "" : "offline");
    banner.hidden = !cause;
    if (!cause) { return; }
    banner.querySelector("b").textContent = say(cause, { time: cards.clock(counts.since || Date.now()) });
    banner.querySelector("span").textContent = n ? say(cause + "_text", { n: n }) : "";
    part("sign-in").hidden = cause !== "session" && cause !== "locked_now" && cause !== "other_account";
  }

  /* ---- the cards; what is being typed in one of them stays ---- */
  async function draw() {
    const items = await outbox.list(), unsent = items.filter(function (each) { return each.state !== "sent"; });
    unsent.sort(function (a, b) { return Number(b.is_old) - Number(a.is_old) || ORDER[a.state] - ORDER[b.state] || b.saved_at - a.saved_at; });
    const now = JSON.stringify(unsent.map(function (each) { return [each.key, each.state, each.saved_at, each.tries, each.is_locked, each.photos.length, each.problems]; }));
    sayNetwork();
    saySent(items.filter(function (each) { return each.state === "sent"; }));
    part("empty").hidden = unsent.length > 0;
    part("again").hidden = !unsent.some(function (each) { return ORDER[each.state] === 1; });
    const others = part("others");
    others.hidden = !outbox.counts.others;
    others.textContent = say("others", { n: outbox.counts.others });
    if (now === drawn) { return; }
    drawn = now;
    list.querySelectorAll("textarea").forEach(function (area) { typed.set(area.id, area.value); });
    list.replaceChildren.apply(list, unsent.map(function (item) { return cards.card(item, acts); }));
    list.querySelectorAll("textarea").forEach(function (area) { if (typed.has(area.id)) { area.value = typed.get(area.id); } });
  }
  function saySent(sent) {
    const today = sent.filter(function (each) { return new Date(each.sent_at).toDateString() === new Date().toDateString(); });
    part("sent").hidden = !today.length;
    if (!today.length) { return; }
    part("sent-words").textContent = say("sent", { n: today.length, time: cards.clock(Math.max.apply(null, today.map(function (each) { return each.sent_at; }))) });
    part("sent-list").replaceChildren.apply(part("sent-list"), today.map(function (each) {
      const row = document.createElement("li"), link = document.createElement(each.receipt_url || each.case_url ? "a" : "span");
      link.textContent = each.case_no;
      if (link.tagName === "A") { link.href = each.receipt_url || each.case_url; }
      row.append(cards.joined([cards.clock(each.sent_at), link]));
      return row;
    }));
  }
  function redraw() { drawing = drawing.then(draw, draw); return drawing; }

  /* ---- acts ---- */
  const acts = {
    send: function (key) { return outbox.send(key); },
    note: async function (item, text) {
      const fields = item.fields.map(function (pair) { return pair[0] === "text" ? ["text", text] : pair; });
      typed.delete("note-" + item.key);
      await outbox.keep({ key: item.key, kind: item.kind, fields: fields, meta: item.meta });
      return item.version ? outbox.sendOver(item.key) : outbox.send(item.key);
    },
    dropPhotos: async function (item) {
      for (const each of item.photos.filter(function (photo) { return photo.is_refused; })) { await outbox.dropPhoto(item.key, each.photo_key); }
      return outbox.flush();
    },
    drop: function (item) {
      dropping = item.key;
      question.querySelector("[data-drop-begun]").hidden = !(item.is_begun && item.state !== "needs");
      question.showModal();
    },
  };
  question.querySelector("[data-drop-now]").addEventListener("click", function () { question.close(); outbox.drop(dropping).then(redraw, redraw); });
  question.querySelector("[data-drop-not]").addEventListener("click", function () { question.close(); });
  part("again").addEventListener("click", async function () {
    const button = part("again");
    button.setAttribute("aria-busy", "true");
    await outbox.flush();
    button.removeAttribute("aria-busy");
  });
  document.addEventListener("gridmediate:outbox-progress", function (event) {
    const card = list.querySelector('[data-key="' + event.detail.key + '"] [data-count]');
    if (card) { card.textContent = say("photo_sent", { percent: Math.round(100 * event.detail.sent / event.detail.size) }); }
  });

  outbox.ready.then(function (found) {
    part("impossible").hidden = found.possible || Boolean(found.revoked || found.why);
    part("refused").hidden = !found.why;
    part("refused").querySelector("b").textContent = found.why || "";
    part("all").hidden = !found.possible;
    if (!found.possible) { return; }
    document.addEventListener("gridmediate:outbox", redraw);
    redraw();
  });
}());
