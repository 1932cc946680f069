// Writing an article: kept at every pause, drawn as on a phone, pictures pasted or dropped where the cursor is.
(function () {
  "use strict";

  var form = document.querySelector("form[data-writing]");
  if (!form) return;
  var PAUSE = 1200;
  var words = form.elements.words;
  var state = form.querySelector("[data-state]");
  var timer = null;
  var busy = false;
  var again = false;

  function say(text, bad) {
    state.textContent = text;
    state.classList.toggle("write-state-bad", Boolean(bad));
  }

  // --- counting, as the platform counts ---

  function count() {
    Array.from(form.querySelectorAll("[data-count]")).forEach(function (shown) {
      var length = Array.from(form.elements[shown.dataset.count].value.trim()).length;
      var most = Number(shown.dataset.most || 0);
      shown.textContent = most ? length + " / " + most : length + " 字";
      shown.classList.toggle("write-count-over", Boolean(most) && length > most);
    });
  }

  // --- keeping ---

  function draw(text) {
    var page = new DOMParser().parseFromString(text, "text/html");
    var fresh = page.querySelector("[data-pane]");
    var old = document.querySelector("[data-pane]");
    if (!fresh || !old) return null;
    var phone = old.querySelector(".phone");
    var top = phone ? phone.scrollTop : 0;
    old.replaceWith(fresh);
    fresh.querySelector(".phone").scrollTop = top;
    return fresh;
  }

  function keep() {
    clearTimeout(timer);
    if (busy) { again = true; return; }
    busy = true;
    again = false;
    var sent = new FormData(form);
    sent.delete("pictures");
    var hadCover = form.elements.cover.files.length > 0 || (form.elements.drop_cover && form.elements.drop_cover.checked);
    say("正在保存……");
    fetch(form.action, { method: "POST", body: sent, headers: { "X-Autosave": "1", "HX-Request": "true" } }).then(function (answer) {
      if (answer.status === 401) throw new Error("登录已过期。请在新窗口登录，再回到这里接着写；写的内容还在。");
      return answer.text().then(function (text) {
        var pane = draw(text);
        if (!pane) throw new Error(answer.status === 403 ? "文章已经提交审批或发出，没有保存。" : "没有保存上，请先不要关闭页面。");
        if (pane.dataset.refused) return say(pane.dataset.said, true);
        form.elements.seen.value = pane.dataset.revision;
        say(pane.dataset.said + " " + new Date().toTimeString().slice(0, 5));
        if (!again) form.dataset.kept = "1";
        if (hadCover) { form.dataset.sent = "1"; location.reload(); return; }
        var small = form.querySelector("[data-cover]");
        small.src = pane.querySelector(".phone-cover").src;
      });
    }).catch(function (error) {
      say(error instanceof TypeError ? "没有连上服务器，还没有保存。" : error.message, true);
    }).then(function () {
      busy = false;
      if (again) keep();
    });
  }

  form.addEventListener("input", function (event) {
    if (event.target.type === "file") return;
    delete form.dataset.kept;
    count();
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  });
  form.addEventListener("change", function (event) {
    if (event.target.name === "cover" || event.target.name === "drop_cover") keep();
  });
  form.addEventListener("submit", function () { clearTimeout(timer); });
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden" && timer && !form.dataset.kept) keep();
  });

  // --- signs around what is marked ---

  function put(text, from, to) {
    words.focus();
    words.setSelectionRange(from, to);
    // Typed rather than set, so that Ctrl+Z takes it back.
    if (!document.execCommand("insertText", false, text)) words.setRangeText(text, from, to, "end");
    words.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function around(sign) {
    var from = words.selectionStart;
    var marked = words.value.slice(from, words.selectionEnd) || "要紧的话";
    put(sign + marked + sign, from, words.selectionEnd);
    words.setSelectionRange(from + sign.length, from + sign.length + marked.length);
  }

  function lines(sign) {
    var from = words.value.lastIndexOf("\n", words.selectionStart - 1) + 1;
    var to = words.value.indexOf("\n", words.selectionEnd);
    if (to < 0) to = words.value.length;
    var number = 0;
    var marked = words.value.slice(from, to).split("\n").map(function (line) {
      number += 1;
      var plain = line.replace(/^(#{1,3}|[-*•>]|\d+\.)\s+/, "");
      var mark = sign === "1. " ? number + ". " : sign;
      return line.indexOf(mark) === 0 ? plain : mark + plain;
    });
    put(marked.join("\n"), from, to);
  }

  function link() {
    var from = words.selectionStart;
    var marked = words.value.slice(from, words.selectionEnd) || "文字";
    put("[" + marked + "](https://)", from, words.selectionEnd);
    var at = from + marked.length + 3;
    words.setSelectionRange(at, at + 8);
  }

  var tools = form.querySelector("[data-tools]");
  tools.hidden = false;
  form.querySelector("[data-plain-pictures]").hidden = true;
  tools.addEventListener("click", function (event) {
    var tool = event.target.closest("button");
    if (!tool) return;
    if (tool.dataset.line) lines(tool.dataset.line);
    else if (tool.dataset.around) around(tool.dataset.around);
    else if ("link" in tool.dataset) link();
    else form.elements.pictures.click();
  });
  words.addEventListener("keydown", function (event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "b") { event.preventDefault(); around("**"); }
  });
  document.addEventListener("keydown", function (event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") { event.preventDefault(); keep(); }
  });

  // --- pictures ---

  function upload(files) {
    files = Array.from(files).filter(function (file) { return file.type.indexOf("image/") === 0 || /\.hei[cf]$/i.test(file.name); });
    if (!files.length) return;
    var sent = new FormData();
    sent.append("csrf_token", form.elements.csrf_token.value);
    files.forEach(function (file) { sent.append("pictures", file); });
    say("正在上传 " + files.length + " 张图片……");
    fetch(form.dataset.pictures, { method: "POST", body: sent }).then(function (answer) {
      return answer.json();
    }).then(function (told) {
      if (told.error) return say(told.error, true);
      var at = words.selectionEnd;
      var before = words.value.slice(0, at);
      var gap = !before || /\n\n$/.test(before) ? "" : /\n$/.test(before) ? "\n" : "\n\n";
      put(gap + told.numbers.map(function (number) { return "![](图" + number + ")"; }).join("\n\n") + "\n\n", at, at);
      keep();
    }).catch(function () { say("图片没有传上去，请再试一次。", true); });
  }

  form.elements.pictures.addEventListener("change", function (event) {
    upload(event.target.files);
    event.target.value = "";
  });
  words.addEventListener("paste", function (event) {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    upload(event.clipboardData.files);
  });
  words.addEventListener("dragover", function (event) {
    if (Array.from(event.dataTransfer.types).indexOf("Files") < 0) return;
    event.preventDefault();
    words.classList.add("is-over");
  });
  words.addEventListener("dragleave", function () { words.classList.remove("is-over"); });
  words.addEventListener("drop", function (event) {
    words.classList.remove("is-over");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    upload(event.dataTransfer.files);
  });

  count();
})();
