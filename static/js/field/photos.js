/* Photos of a filing: taken or chosen, drawn again smaller on the phone, whereby everything that the camera noted (place, time, make) is gone,
   and given to the outbox, which seals them. The picture's right way up is kept. */
(function () {
  "use strict";
  const filing = window.gridmediate.filing;
  if (!filing || !filing.data) { return; }
  const LONGEST = 1600, QUALITY = 0.8, words = filing.data.words;

  async function open(file) {
    if (window.createImageBitmap) {
      try { return await window.createImageBitmap(file, { imageOrientation: "from-image" }); } catch (unread) { /* older browsers know the element only */ }
    }
    const image = new Image(), url = URL.createObjectURL(file);
    try { image.src = url; await image.decode(); return image; } finally { URL.revokeObjectURL(url); }
  }
  async function shrink(file) {
    const picture = await open(file), wide = picture.naturalWidth || picture.width, high = picture.naturalHeight || picture.height;
    const share = Math.min(1, LONGEST / Math.max(wide, high)), canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(wide * share));
    canvas.height = Math.max(1, Math.round(high * share));
    const ink = canvas.getContext("2d");
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, canvas.width, canvas.height);
    ink.drawImage(picture, 0, 0, canvas.width, canvas.height);
    if (picture.close) { picture.close(); }
    const blob = await new Promise(function (done) { canvas.toBlob(done, "image/jpeg", QUALITY); });
    if (!blob) { throw new Error("canvas"); }
    return { bytes: await blob.arrayBuffer(), mime: "image/jpeg", width: canvas.width, height: canvas.height };
  }
  function size(bytes) { return bytes < 1000000 ? Math.max(1, Math.round(bytes / 1000)) + " KB" : (bytes / 1000000).toFixed(1) + " MB"; }

  /* `current()` names the filing; `changed()` is told after each change. */
  function Photos(box, outbox, current, changed) {
    const list = box.querySelector("[data-photo-list]"), field = box.querySelector("input[type=file]"), said = box.querySelector("[data-photo-say]");
    const most = Number(box.dataset.photos);
    let busy = Promise.resolve();

    function number() {
      Array.from(list.children).forEach(function (row, at) { row.querySelector("img").alt = filing.fill(words.photo, { n: at + 1 }); });
      box.querySelector(".photo-add").hidden = list.childElementCount >= most;
    }
    function show(photo) {
      const row = filing.shape("photo").firstElementChild, image = row.querySelector("img"), key = current();
      if (photo.bytes) { image.src = URL.createObjectURL(new Blob([photo.bytes], { type: photo.mime || "image/jpeg" })); }
      row.querySelector(".photo-size").textContent = filing.fill(words.photo_size, { size: size(photo.size || photo.bytes.byteLength) });
      row.querySelector("button").addEventListener("click", async function () {
        await outbox.dropPhoto(key, photo.photo_key);
        URL.revokeObjectURL(image.src);
        row.remove();
        number();
        said.textContent = "";
        field.focus();
        changed();
      });
      list.append(row);
      number();
    }
    async function add(file) {
      if (list.childElementCount >= most) { said.textContent = filing.fill(words.photos_full, { n: most }); return; }
      said.textContent = words.shrinking;
      let made;
      try { made = await shrink(file); } catch (unreadable) { said.textContent = words.photo_fault; return; }
      const photo = Object.assign({ photo_key: window.gridmediate.sealing.uuid() }, made);
      try { await outbox.photo(current(), photo); } catch (full) { said.textContent = words.photo_kept_not; return; }
      said.textContent = "";
      show(photo);
      changed();
    }
    field.addEventListener("change", function () {
      const files = Array.from(field.files);
      field.value = "";
      files.forEach(function (file) { busy = busy.then(function () { return add(file); }); });
    });
    return {
      count: function () { return list.childElementCount; },
      settled: function () { return busy; },
      show: function (photos) { list.replaceChildren(); photos.forEach(show); said.textContent = ""; number(); },
    };
  }
  filing.Photos = Photos;
}());
