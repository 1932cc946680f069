// Buttons that copy a text: <button data-copy="id of a field or a list" hidden>. Without this file they stay hidden.
(function () {
  "use strict";

  function textOf(source) {
    if ("value" in source && source.tagName !== "LI") return source.value;
    var items = Array.from(source.querySelectorAll("li"));
    if (!items.length) return source.textContent.trim();
    return items.map(function (item) { return item.textContent.trim(); }).join("\n");
  }

  // Pages that came without https have no clipboard; a field that is selected can still be copied.
  function copyOldWay(text) {
    var field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    var done = document.execCommand("copy");
    field.remove();
    return done;
  }

  function copy(text) {
    if (!navigator.clipboard) return Promise.resolve(copyOldWay(text));
    return navigator.clipboard.writeText(text).then(function () { return true; }, function () { return copyOldWay(text); });
  }

  document.querySelectorAll("[data-copy]").forEach(function (button) {
    var words = button.textContent;
    button.hidden = false;
    button.addEventListener("click", function () {
      copy(textOf(document.getElementById(button.dataset.copy))).then(function (done) {
        button.textContent = done ? "已复制" : "没有复制成功，请手工选中复制";
        window.setTimeout(function () { button.textContent = words; }, 3000);
      });
    });
  });
})();
