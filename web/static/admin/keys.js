// Keys of the office pages. Anything visible with data-key="x" is clicked by x, data-go="g x" by g and x.
(function () {
  "use strict";

  var find = document.querySelector.bind(document);
  var chosen = -1;
  var prefix = "";

  function isTyping(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  // A radio or a checkbox takes no letters.
  function takesLetters(target) {
    return isTyping(target) && !/^(radio|checkbox|button|submit)$/.test(target.type);
  }

  function chooseRow(step) {
    var rows = Array.from(document.querySelectorAll("[data-rows] [data-href]"));
    if (!rows.length) return;
    chosen = Math.max(0, Math.min(rows.length - 1, chosen + step));
    rows.forEach(function (row, index) { row.classList.toggle("row-chosen", index === chosen); });
    rows[chosen].scrollIntoView({ block: "nearest" });
    var link = rows[chosen].querySelector("a");
    if (link) link.focus({ preventScroll: true });
  }

  // What has data-key-focus is only gone to, so that a second key does the deed.
  function click(selector) {
    var found = find(selector);
    if (!found) return false;
    // What is being sent makes room for something else: a key meant for that must not hit this.
    if (found.closest("[aria-busy=true]")) return true;
    if (found.hasAttribute("data-key-focus")) found.focus();
    else found.click();
    return true;
  }

  // What is done to the chosen row of a list, or to all that are ticked.
  var ON_ROW = { a: "assign", r: "reply", n: "note", m: "merge" };
  function actOnRow(key) {
    if (find("[data-tick]:checked") && click('[data-bulk-key="' + key + '"]')) return true;
    var row = find("[data-rows] .row-chosen");
    if (!row) return false;
    if (key === "o") { location.href = row.dataset.href; return true; }
    if (key === "x") {
      var tick = row.querySelector("[data-tick]");
      if (tick) tick.click();
      return Boolean(tick);
    }
    if (!ON_ROW[key]) return false;
    location.href = row.dataset.href + "/acts/" + ON_ROW[key];
    return true;
  }

  function open(id) {
    var dialog = find(id);
    if (dialog) dialog.showModal();
    return Boolean(dialog);
  }

  function search() {
    var field = find("[data-search]");
    if (!field) return false;
    field.focus();
    field.select();
    return true;
  }

  function plainKey(key) {
    if (prefix === "g") { prefix = ""; return click('[data-go="g ' + CSS.escape(key) + '"]'); }
    if (key === "g") { prefix = "g"; setTimeout(function () { prefix = ""; }, 1200); return true; }
    if ((key === "j" || key === "k") && find("[data-rows]")) { chooseRow(key === "j" ? 1 : -1); return true; }
    if (/^[aromnxe]$/.test(key) && actOnRow(key)) return true;
    if (key === "/") return search();
    if (key === "?") return open("#help");
    if (key === "u") return click("[data-back]");
    return /^[a-z0-9]$/.test(key) && click('[data-key="' + key + '"]');
  }

  document.addEventListener("keydown", function (event) {
    if (event.isComposing || event.altKey || event.defaultPrevented) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      var form = event.target.closest("form[data-dirty], form[data-submit]");
      if (form) form.requestSubmit(form.querySelector("button[type=submit]"));
      return;
    }
    if (event.ctrlKey || event.metaKey) return;
    if (takesLetters(event.target)) {
      // So that the next letter is a key again; in a dialog Escape closes that.
      if (event.key === "Escape" && !event.target.closest("dialog")) event.target.blur();
      return;
    }
    if (find("dialog[open]")) return;
    if (plainKey(event.key)) event.preventDefault();
  });
})();
