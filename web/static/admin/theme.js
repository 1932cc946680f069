// Runs before the page is drawn, so that it does not flash in the wrong colours.
(function () {
  "use strict";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");

  function apply() {
    var chosen = null;
    try { chosen = localStorage.getItem("theme"); } catch (error) { /* storage may be switched off */ }
    root.setAttribute("data-bs-theme", chosen || (dark.matches ? "dark" : "light"));
  }

  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-theme-toggle]")) return;
    var next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", next); } catch (error) { /* then it holds for this page */ }
    root.setAttribute("data-bs-theme", next);
  });
})();
