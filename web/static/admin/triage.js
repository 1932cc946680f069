// The desk: picking a suggestion, and going on to the next when an act beside the page is done.
(function () {
  "use strict";

  var place = document.querySelector("#triage");
  var sheet = document.querySelector("#sheet");

  function press(select) {
    Array.from(place.querySelectorAll('[data-pick="' + select.id + '"]')).forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.value === select.value));
    });
  }

  place.addEventListener("click", function (event) {
    var button = event.target.closest("[data-pick]");
    if (!button) return;
    var select = document.getElementById(button.dataset.pick);
    select.value = button.dataset.value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });
  place.addEventListener("change", function (event) {
    if (event.target.id) press(event.target);
  });

  document.body.addEventListener("htmx:beforeRequest", function (event) {
    if (event.detail.target === place) place.setAttribute("aria-busy", "true");
  });
  document.body.addEventListener("htmx:afterRequest", function (event) {
    if (event.detail.target === place) place.removeAttribute("aria-busy");
  });

  // A new one stands here: only its team's handlers are offered, and the eye begins at the top.
  document.body.addEventListener("htmx:afterSettle", function (event) {
    if (event.target !== place) return;
    if (sheet.open) sheet.close();
    var team = place.querySelector("[data-team-select]");
    if (team) team.dispatchEvent(new Event("change", { bubbles: true }));
    window.scrollTo({ top: 0 });
  });

  document.body.addEventListener("act-done", function () {
    if (sheet.open) sheet.close();
    var shown = place.querySelector("[data-complaint]");
    var number = shown ? shown.dataset.complaint : "";
    var address = place.dataset.address + "?at=" + encodeURIComponent(number) + "&last=" + encodeURIComponent(number);
    window.htmx.ajax("GET", address, { target: "#triage" });
  });
})();
