// Photos, large: through all of the page with the arrow keys, larger, turned, and before beside after.
(function () {
  "use strict";

  var viewer = document.querySelector("#viewer");
  if (!viewer) return;
  var one = viewer.querySelector(".viewer-one");
  var pair = viewer.querySelector(".viewer-pair");
  var words = viewer.querySelector(".viewer-words");
  var shown = [];
  var at = 0;
  var zoom, turn, left, top;

  function place() {
    one.style.transform = "translate(" + left + "px, " + top + "px) rotate(" + turn + "deg) scale(" + zoom + ")";
    viewer.classList.toggle("viewer-zoomed", zoom > 1);
  }

  function reset() { zoom = 1; turn = 0; left = 0; top = 0; place(); }

  function enlarge(factor) {
    zoom = Math.max(1, Math.min(8, zoom * factor));
    if (zoom === 1) { left = 0; top = 0; }
    place();
  }

  // Album entries are photos, or pairs of photos: [before, after].
  function show(index) {
    at = (index + shown.length) % shown.length;
    var entry = shown[at];
    var isPair = Array.isArray(entry);
    viewer.classList.toggle("viewer-compares", isPair);
    pair.hidden = !isPair;
    one.hidden = isPair;
    reset();
    if (isPair) {
      Array.from(pair.querySelectorAll("img")).forEach(function (image, side) {
        image.src = entry[side].href;
        image.alt = entry[side].querySelector("img").alt;
      });
      Array.from(pair.querySelectorAll("figcaption")).forEach(function (caption, side) {
        caption.textContent = entry[side].title;
      });
    } else {
      one.src = entry.href;
      one.alt = entry.querySelector("img").alt;
    }
    words.textContent = (isPair ? "前后对比" : entry.title) + "（" + (at + 1) + "/" + shown.length + "）";
  }

  function open(album, index) {
    shown = album;
    if (!viewer.open) viewer.showModal();
    show(index);
  }

  // The same photo may stand in two places of the page.
  function allPhotos() {
    var seen = {};
    return Array.from(document.querySelectorAll("[data-photo]")).filter(function (photo) {
      if (seen[photo.dataset.photo]) return false;
      return (seen[photo.dataset.photo] = true);
    }).sort(function (first, second) { return first.dataset.photo - second.dataset.photo; });
  }

  function pairs(box) {
    var before = Array.from(box.querySelectorAll("[data-side=before] [data-photo]"));
    var after = Array.from(box.querySelectorAll("[data-side=after] [data-photo]"));
    var found = [];
    for (var index = 0; index < Math.max(before.length, after.length); index += 1) {
      found.push([before[Math.min(index, before.length - 1)], after[Math.min(index, after.length - 1)]]);
    }
    return found;
  }

  var verbs = {
    back: function () { show(at - 1); },
    next: function () { show(at + 1); },
    larger: function () { enlarge(1.5); },
    smaller: function () { enlarge(1 / 1.5); },
    turn: function () { turn = (turn + 90) % 360; place(); },
    close: function () { viewer.close(); }
  };
  var keys = {
    ArrowLeft: "back", ArrowRight: "next", "+": "larger", "=": "larger", "-": "smaller", r: "turn", "0": "reset"
  };
  verbs.reset = reset;

  document.addEventListener("click", function (event) {
    var compare = event.target.closest("[data-compare]");
    if (compare) return open(pairs(compare.closest("[data-pairs]")), 0);
    var photo = event.target.closest("[data-photo]");
    if (photo && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      var album = allPhotos();
      open(album, album.findIndex(function (each) { return each.dataset.photo === photo.dataset.photo; }));
      return;
    }
    var button = event.target.closest("[data-viewer]");
    if (button) verbs[button.dataset.viewer]();
    else if (event.target === viewer || event.target.matches(".viewer-stage")) viewer.close();
  });

  viewer.addEventListener("keydown", function (event) {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    verbs[keys[event.key]]();
  });
  viewer.addEventListener("wheel", function (event) {
    if (viewer.classList.contains("viewer-compares")) return;
    event.preventDefault();
    enlarge(event.deltaY < 0 ? 1.2 : 1 / 1.2);
  }, { passive: false });
  one.addEventListener("dblclick", function () { if (zoom > 1) reset(); else enlarge(2.5); });

  // Drag a photo that is larger than the screen; swipe one that is not.
  var held = null;
  one.addEventListener("pointerdown", function (event) {
    event.preventDefault();
    one.setPointerCapture(event.pointerId);
    held = { x: event.clientX, y: event.clientY, left: left, top: top };
  });
  one.addEventListener("pointermove", function (event) {
    if (!held || zoom === 1) return;
    left = held.left + event.clientX - held.x;
    top = held.top + event.clientY - held.y;
    place();
  });
  one.addEventListener("pointerup", function (event) {
    if (!held) return;
    var moved = event.clientX - held.x;
    held = null;
    if (zoom === 1 && Math.abs(moved) > 60) show(at + (moved < 0 ? 1 : -1));
  });
})();
