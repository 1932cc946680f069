// Ticking a place means that only ticked ones are wanted. Without this file one chooses so oneself.
(function () {
  "use strict";

  var list = document.querySelector("[data-tick-list]");
  var only = document.querySelector("[data-scope-ticked]");
  if (list && only) {
    list.addEventListener("change", function (event) {
      if (event.target.checked) only.checked = true;
    });
  }
})();
