// The print button of the A4 page.
(function () {
  "use strict";
  document.querySelector("[data-print-now]").addEventListener("click", function () { window.print(); });
})();
