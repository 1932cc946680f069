// Keeps what is typed into the form of an act on the server: after a pause, and when the page is left.
(function () {
  "use strict";

  var PAUSE = 1200;
  var timers = new WeakMap();

  function say(form, words) {
    var line = form.querySelector("[data-draft-state]");
    if (line) line.textContent = words;
  }

  function fieldsOf(form) {
    var fields = new FormData(form);
    fields.delete("attachments");
    fields.delete("uploads");
    return fields;
  }

  // Gives whether the server has it now.
  function keep(form) {
    var typed = form.dataset.typed;
    clearTimeout(timers.get(form));
    return fetch(form.dataset.draft, { method: "POST", body: fieldsOf(form), keepalive: true }).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    }).then(function (words) {
      if (form.dataset.typed === typed) form.dataset.kept = "1"; // else more was typed meanwhile
      say(form, words);
      return true;
    }).catch(function () {
      say(form, "草稿没有保存上，请先不要关闭");
      return false;
    });
  }

  function formOf(target) {
    var form = target.closest && target.closest("form[data-draft]");
    return form && !form.dataset.sent ? form : null;
  }

  document.addEventListener("input", function (event) {
    var form = formOf(event.target);
    if (!form || event.target.type === "file") return;
    delete form.dataset.kept;
    form.dataset.typed = String(Number(form.dataset.typed || 0) + 1);
    say(form, "");
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(function () {
      if (!form.dataset.sent && document.contains(form)) keep(form);
    }, PAUSE));
  });

  // A phone may throw the page away while another app is looked at.
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState !== "hidden") return;
    Array.from(document.querySelectorAll("form[data-draft]")).forEach(function (form) {
      if (timers.has(form) && !form.dataset.kept && !form.dataset.sent) keep(form);
    });
  });

  // What was sent is no draft any more; a form that comes back refused is one again.
  document.body.addEventListener("htmx:beforeRequest", function (event) {
    if (event.target.matches("form[data-draft]")) clearTimeout(timers.get(event.target));
  });

  document.body.addEventListener("htmx:afterRequest", function (event) {
    if (event.target.matches("form[data-draft]")) delete event.target.dataset.sent;
  });

  window.officeDrafts = { keep: keep };
})();
