// Ticking rows: one, from here to there with Shift, the whole page; and what the bar shows of it.
(function () {
  "use strict";

  var bar = document.querySelector("#bulk");
  if (!bar) return;
  var last = null;

  function ticks() { return Array.from(document.querySelectorAll("[data-tick]")); }

  function show() {
    var ticked = ticks().filter(function (tick) { return tick.checked; });
    bar.querySelector("[data-tick-count]").textContent = ticked.length;
    var into = bar.querySelector("[data-merge-into]");
    // The oldest is the one that the others repeat; what somebody typed stays.
    if (!into || into.dataset.typed) return;
    into.value = ticked.map(function (tick) { return tick.value.split(":")[0]; }).sort()[0] || "";
    into.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function setAll(checked) {
    ticks().forEach(function (tick) { tick.checked = checked; });
    show();
  }

  document.addEventListener("click", function (event) {
    var tick = event.target.closest("[data-tick]");
    if (tick) {
      var all = ticks();
      if (event.shiftKey && last && all.indexOf(last) >= 0) {
        var ends = [all.indexOf(last), all.indexOf(tick)].sort(function (one, other) { return one - other; });
        all.slice(ends[0], ends[1] + 1).forEach(function (each) { each.checked = tick.checked; });
      }
      last = tick;
      show();
    }
    if (event.target.closest("[data-tick-all]")) setAll(true);
    if (event.target.closest("[data-tick-none]")) setAll(false);
  });

  bar.addEventListener("input", function (event) {
    if (event.target.matches("[data-merge-into]")) event.target.dataset.typed = "1";
  });
  // Opened by a key, the hand is already on it.
  Array.from(bar.querySelectorAll("details")).forEach(function (menu) {
    menu.addEventListener("toggle", function () {
      var field = menu.open && menu.querySelector("select, input");
      if (field) field.focus();
    });
  });
  bar.addEventListener("keydown", function (event) {
    var menu = event.target.closest("details[open]");
    if (event.key !== "Escape" || !menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  show();
})();
