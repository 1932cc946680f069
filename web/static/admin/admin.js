// Side sheet, fields, menus; keys are in keys.js, photos in viewer.js. Every page works without this file; it only makes the day shorter.
(function () {
  "use strict";

  var find = document.querySelector.bind(document);
  var findAll = function (selector, within) { return Array.from((within || document).querySelectorAll(selector)); };

  // --- rows of a list ---

  document.addEventListener("click", function (event) {
    var row = event.target.closest("[data-href]");
    if (!row || event.target.closest("a, button, input, label")) return;
    if (String(window.getSelection())) return; // somebody is copying words out of it
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank");
    else location.href = row.dataset.href;
  });

  // --- the way back to the list as it was left ---

  var LIST = "inbox-address";
  if (/\/admin\/inbox$/.test(location.pathname)) {
    try { sessionStorage.setItem(LIST, location.href); } catch (error) { /* then back means the plain inbox */ }
  }
  findAll("[data-back]").forEach(function (link) {
    try { link.href = sessionStorage.getItem(LIST) || link.href; } catch (error) { /* as above */ }
  });

  // --- the side sheet with the form of an act ---

  var sheet = find("#sheet");

  function formIn(container) { return container ? container.querySelector("form[data-dirty]") : null; }

  function isDirty(form) {
    if (!form) return false;
    if (form.dataset.dirty === "refused") return true;
    return findAll("textarea, input[type=text], input:not([type]), input[type=file]", form).some(function (field) {
      return field.value !== field.defaultValue;
    });
  }

  // Words are kept as a draft, so nobody need be asked; chosen photos are not.
  function closeSheet() {
    var form = formIn(sheet);
    if (!isDirty(form)) return sheet.close();
    var files = findAll("input[type=file]", form).some(function (field) { return field.files.length; });
    var drafts = form.dataset.draft && window.officeDrafts;
    if (!drafts || files) {
      var lost = files ? "选好的照片还没有提交，关闭后要重新选。确定关闭？" : "写的内容还没有提交，确定关闭？";
      if (window.confirm(lost)) sheet.close();
      return;
    }
    drafts.keep(form).then(function (kept) {
      if (kept || window.confirm("草稿没有保存上，关闭后内容会丢失。确定关闭？")) sheet.close();
    });
  }

  if (sheet) {
    sheet.addEventListener("cancel", function (event) { event.preventDefault(); closeSheet(); });
    sheet.addEventListener("click", function (event) {
      if (event.target === sheet) closeSheet();
      if (event.target.closest("[data-close]")) { event.preventDefault(); closeSheet(); }
    });
    // It opens before its form is there: an Enter typed meanwhile must not send what stands behind it.
    var asking = null;
    document.body.addEventListener("htmx:beforeRequest", function (event) {
      if (event.detail.target.id !== "sheet-body" || sheet.open) return;
      asking = event.detail.elt;
      var wait = document.createElement("p");
      wait.className = "sheet-wait";
      wait.textContent = "正在打开……";
      find("#sheet-body").replaceChildren(wait);
      sheet.setAttribute("aria-busy", "true");
      sheet.showModal();
    });
    document.body.addEventListener("htmx:afterRequest", function (event) {
      if (event.detail.target.id !== "sheet-body" || !asking) return;
      asking = null;
      sheet.removeAttribute("aria-busy");
      if (sheet.open && find(".sheet-wait", sheet)) sheet.close();
    });
    // A form of another act must not inherit the photos chosen for this one.
    sheet.addEventListener("close", function () {
      find("#sheet-body").replaceChildren();
      if (asking) window.htmx.trigger(asking, "htmx:abort");
    });
    document.body.addEventListener("htmx:afterSettle", function (event) {
      if (event.target.id !== "sheet-body" || !event.target.firstElementChild) return;
      if (!sheet.open) sheet.showModal();
      matchHandlers(sheet);
      var first = sheet.querySelector("[role=alert]") || sheet.querySelector("[autofocus]") || sheet.querySelector("textarea, select, input:not([type=hidden])");
      if (first && first.getAttribute("role") === "alert") first.scrollIntoView({ block: "nearest" });
      var field = sheet.querySelector("[aria-invalid]") || sheet.querySelector("[autofocus]") || sheet.querySelector("textarea, select, button[type=submit]");
      if (field) field.focus();
    });
  }

  document.body.addEventListener("htmx:sendError", function (event) {
    if (event.target.hasAttribute("data-quiet")) return; // nobody asked for it
    window.alert("没有连上服务器，请检查网络后再试。写的内容还在。");
  });

  // What could not be taken in stays as it was typed; the answer would else take the place of the form.
  document.body.addEventListener("htmx:beforeSwap", function (event) {
    var asked = event.detail.requestConfig;
    if (event.detail.xhr.status < 500 || asked.verb !== "post" || asked.elt.tagName !== "FORM") return;
    event.detail.shouldSwap = false;
    if (asked.elt.hasAttribute("data-quiet")) return;
    var said = new DOMParser().parseFromString(event.detail.serverResponse, "text/html").querySelector("[role=alert]");
    tell((said ? said.textContent.replace(/\s+/g, " ").trim() : "没有提交上，请过一会儿再试。") + " 写的内容还在，可以再点一次提交。");
  });

  // Signed in again elsewhere, or for too long: the form needs a new token, and keeps its words.
  function tell(words) {
    var form = formIn(sheet);
    if (!form) return window.alert(words);
    var alert = form.querySelector(".form-told") || document.createElement("div");
    alert.className = "alert alert-danger form-told";
    alert.setAttribute("role", "alert");
    alert.textContent = words;
    form.prepend(alert);
    alert.scrollIntoView({ block: "nearest" });
  }

  function renewToken() {
    var form = formIn(sheet);
    if (!form) return Promise.resolve(false);
    return fetch(form.action, { headers: { "HX-Request": "true" } }).then(function (answer) {
      return answer.ok ? answer.text() : "";
    }).then(function (text) {
      var fresh = new DOMParser().parseFromString(text, "text/html").querySelector("input[name=csrf_token]");
      if (fresh) form.querySelector("input[name=csrf_token]").value = fresh.value;
      return Boolean(fresh);
    });
  }

  var signedOut = false;
  function askToSignIn() {
    signedOut = true;
    tell("登录已过期。请在新窗口登录，再回到这里提交；写的内容还在。");
  }
  document.body.addEventListener("signed-out", askToSignIn);
  document.body.addEventListener("form-expired", function () {
    renewToken().then(function (renewed) {
      if (renewed) tell("页面打开得太久，已经更新。请再点一次提交。");
      else askToSignIn();
    });
  });
  window.addEventListener("focus", function () {
    if (!signedOut) return;
    renewToken().then(function (renewed) {
      if (!renewed) return;
      signedOut = false;
      tell("已经登录，请再点一次提交。");
    });
  });

  window.addEventListener("beforeunload", function (event) {
    var form = formIn(sheet && sheet.open ? sheet : document);
    if (form && !form.dataset.sent && !form.dataset.kept && isDirty(form)) event.preventDefault();
  });
  document.addEventListener("submit", function (event) {
    event.target.dataset.sent = "1";
    // Twice clicked is once meant; htmx does the same for the forms it sends.
    if (event.target.method === "post" && !event.target.hasAttribute("hx-post")) {
      findAll("button", event.target).forEach(function (button) { setTimeout(function () { button.disabled = true; }); });
    }
  });
  document.body.addEventListener("htmx:beforeRequest", function (event) {
    if (event.target.tagName === "FORM") event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", function () {
    findAll("form[data-sent] button").forEach(function (button) { button.disabled = false; });
  });

  // --- fields ---

  // Offer only the handlers of the chosen team.
  function matchHandlers(container) {
    var team = container.querySelector("[data-team-select]");
    var handler = container.querySelector("[data-handler-select]");
    if (!team || !handler) return;
    findAll("optgroup", handler).forEach(function (group) {
      var fits = group.dataset.team === team.value;
      group.hidden = !fits;
      group.disabled = !fits;
    });
    var selected = handler.selectedOptions[0];
    if (selected && selected.closest("optgroup") && selected.closest("optgroup").disabled) handler.value = "";
  }
  matchHandlers(document);

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-team-select]")) matchHandlers(event.target.form);
    if (event.target.matches("[data-photos]")) showChosen(event.target);
  });

  // Small pictures of the chosen photos, so that nobody sends the wrong one.
  function showChosen(input) {
    var strip = input.nextElementSibling;
    if (!strip || !strip.classList.contains("photo-strip")) {
      strip = document.createElement("div");
      strip.className = "photo-strip";
      input.after(strip);
    }
    strip.replaceChildren();
    Array.from(input.files).slice(0, 9).forEach(function (file) {
      var picture = document.createElement("img");
      picture.alt = file.name;
      picture.title = file.name;
      picture.src = URL.createObjectURL(file);
      picture.onload = picture.onerror = function () { URL.revokeObjectURL(picture.src); };
      strip.append(picture);
    });
  }

  // --- menus that close when one looks elsewhere ---

  document.addEventListener("click", function (event) {
    findAll(".act-more[open]").forEach(function (menu) {
      if (!menu.contains(event.target) || event.target.closest("[hx-get]")) menu.open = false;
    });
    if (event.target.closest("[data-help]")) find("#help").showModal();
    if (event.target === find("#help")) find("#help").close();
  });

  // The menu stands open beside the page and closed above it.
  var narrow = window.matchMedia("(max-width: 991px)");
  function fitMenu() { findAll("[data-rail]").forEach(function (menu) { menu.open = !narrow.matches; }); }
  fitMenu();
  narrow.addEventListener("change", fitMenu);
})();
