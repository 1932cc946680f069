// Taking a suggested category while writing for somebody on the telephone.
(function () {
  "use strict";

  var hints = document.querySelector("#record-hints");
  hints.addEventListener("click", function (event) {
    var button = event.target.closest("[data-pick]");
    if (!button) return;
    var select = document.getElementById(button.dataset.pick);
    select.value = button.getAttribute("aria-pressed") === "true" ? "" : button.dataset.value;
    select.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
