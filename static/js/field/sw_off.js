/* The service worker of an office that has switched it off: takes away what the former one kept, then itself. The outbox stays: it lies in
   IndexedDB and works without a service worker. */
"use strict";
self.addEventListener("install", function () { self.skipWaiting(); });
self.addEventListener("activate", function (event) {
  event.waitUntil(caches.keys().then(function (names) {
    return Promise.all(names.filter(function (name) { return name.indexOf("gridmediate-") === 0; }).map(function (name) { return caches.delete(name); }));
  }).then(function () { return self.registration.unregister(); }));
});
