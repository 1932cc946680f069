// While somebody writes: "@" offers colleagues, "/" at the start of a word offers texts; a menu offers the same texts.
(function () {
  "use strict";

  var box = null;
  var field = null;
  var offers = [];
  var chosen = 0;
  var start = 0;

  function close() {
    if (!box) return;
    box.remove();
    box = null;
    field.removeAttribute("aria-controls");
    field.removeAttribute("aria-activedescendant");
  }

  function insert(text, from) {
    var end = field.selectionEnd;
    field.setRangeText(text, from === undefined ? field.selectionStart : from, end, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  function countUse(form, id) {
    var hidden = document.createElement("input");
    hidden.type = "hidden";
    hidden.name = "template";
    hidden.value = id;
    form.append(hidden);
  }

  function take(offer) {
    var from = start;
    close();
    insert(offer.text, from);
    if (offer.id) countUse(field.form, offer.id);
  }

  function mark() {
    Array.from(box.children).forEach(function (item, index) {
      item.setAttribute("aria-selected", String(index === chosen));
      if (index === chosen) { item.scrollIntoView({ block: "nearest" }); field.setAttribute("aria-activedescendant", item.id); }
    });
  }

  function open(found, from) {
    close();
    if (!found.length) return;
    offers = found.slice(0, 8);
    chosen = 0;
    start = from;
    box = document.createElement("ul");
    box.className = "suggest";
    box.id = "suggest";
    box.setAttribute("role", "listbox");
    offers.forEach(function (offer, index) {
      var item = document.createElement("li");
      item.id = "suggest-" + index;
      item.setAttribute("role", "option");
      var name = document.createElement("strong");
      name.textContent = offer.name;
      var words = document.createElement("span");
      words.textContent = offer.words;
      item.append(name, words);
      item.addEventListener("mousedown", function (event) { event.preventDefault(); take(offer); });
      box.append(item);
    });
    field.after(box);
    field.setAttribute("aria-controls", "suggest");
    mark();
  }

  function colleagues(form, begun) {
    return Array.from(form.querySelectorAll("#colleagues option")).filter(function (option) {
      return (option.value + option.textContent).includes(begun);
    }).map(function (option) {
      return { name: option.value, words: option.textContent, text: "@" + option.value + " " };
    });
  }

  function templates(form, begun) {
    return Array.from(form.querySelectorAll("[data-template]")).filter(function (button) {
      return button.textContent.includes(begun);
    }).map(function (button) {
      return {
        name: button.querySelector("strong").textContent, words: button.dataset.text, text: button.dataset.text,
        id: button.dataset.template
      };
    });
  }

  document.addEventListener("input", function (event) {
    if (!event.target.matches("[data-suggest]") || event.isComposing) return;
    field = event.target;
    var before = field.value.slice(0, field.selectionEnd);
    var call = /[@＠]([^\s@＠]{0,12})$/.exec(before);
    var slash = /(^|\s)[/／]([^\s/／]{0,12})$/.exec(before);
    if (call) open(colleagues(field.form, call[1]), call.index);
    else if (slash) open(templates(field.form, slash[2]), slash.index + slash[1].length);
    else close();
  });

  document.addEventListener("keydown", function (event) {
    if (!box || event.target !== field || event.isComposing) return;
    var step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { chosen = (chosen + step + offers.length) % offers.length; mark(); }
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey || event.key === "Tab") take(offers[chosen]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  document.addEventListener("focusout", function (event) { if (event.target === field) close(); });

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-template]");
    if (!button) return;
    var form = button.closest("form");
    field = form.querySelector("[data-suggest]");
    button.closest("details").open = false;
    insert(button.dataset.text);
    countUse(form, button.dataset.template);
  });
})();
