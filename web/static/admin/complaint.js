// The page of one complaint: which records are shown, long texts folded, and what follows an act.
(function () {
  "use strict";

  var live = document.querySelector("#complaint-live");
  var KEY = "stream-show";

  // The choice outlasts the act that draws the page anew.
  function showChosen() {
    var chosen = null;
    try { chosen = sessionStorage.getItem(KEY); } catch (error) { /* then all are shown */ }
    var radio = chosen && live.querySelector('input[name=show][value="' + CSS.escape(chosen) + '"]:not(:disabled)');
    if (radio) radio.checked = true;
  }

  live.addEventListener("change", function (event) {
    if (event.target.name !== "show") return;
    try { sessionStorage.setItem(KEY, event.target.value); } catch (error) { /* shown now, forgotten later */ }
  });

  // Long texts are folded, so that the newest entry is seen at once.
  function fold() {
    Array.from(live.querySelectorAll("[data-fold]:not(.folds)")).forEach(function (text) {
      text.classList.add("folds");
      if (text.scrollHeight <= text.clientHeight + 24) { text.classList.remove("folds"); text.removeAttribute("data-fold"); return; }
      var button = document.createElement("button");
      button.type = "button";
      button.className = "link-button unfold no-print";
      button.textContent = "展开全文";
      button.setAttribute("aria-expanded", "false");
      button.addEventListener("click", function () {
        var open = text.classList.toggle("unfolded");
        button.setAttribute("aria-expanded", String(open));
        button.textContent = open ? "收起" : "展开全文";
      });
      text.after(button);
    });
  }

  showChosen();
  fold();
  document.body.addEventListener("htmx:afterSettle", function () { showChosen(); fold(); });

  // What was said stands long enough to be read; warnings stay.
  function toast() {
    var messages = document.querySelector("#messages");
    messages.classList.add("toasts");
    setTimeout(function () {
      Array.from(messages.querySelectorAll(".alert-success")).forEach(function (one) { one.remove(); });
    }, 9000);
  }

  // Done: the sheet closes, the page behind it is already new and stays where it was.
  document.body.addEventListener("act-done", function () {
    var sheet = document.querySelector("#sheet");
    if (sheet && sheet.open) sheet.close();
    toast();
    (live.querySelector(".act.btn-primary") || live).focus({ preventScroll: true });
  });
})();
