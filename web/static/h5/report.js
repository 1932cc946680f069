"use strict";
// The form for raising something: says at once when it is urgent, shows what others have raised, and is sent
// without leaving the page, so that a lost network loses neither words nor photos. Without any of this the form
// is sent as forms are.

(() => {
  const form = document.querySelector("form[data-report]");
  const box = form.querySelector("textarea");
  const button = form.querySelector("[data-send]");
  const note = form.querySelector("[data-send-note]");
  const list = form.querySelector("[data-alike-list]");
  const urgent = form.querySelector("[data-urgent]");
  const urgentWords = form.dataset.urgentWords.split(" ").filter(Boolean);
  const AGAIN = "banshishi:again";

  // Urgent, and what others raised
  let asked = "";
  let waiting = 0;

  function lookAtWords() {
    const dense = box.value.replace(/\s/g, "");
    urgent.hidden = !urgentWords.some((word) => dense.includes(word));
    clearTimeout(waiting);
    waiting = setTimeout(askWhatOthersRaised, 500);
  }

  async function askWhatOthersRaised() {
    const place = form.querySelector("[data-where-code]").value;
    const question = new URLSearchParams({ place, words: box.value.trim().slice(0, 300) }).toString();
    if (question === asked) return;
    asked = question;
    try {
      const answer = await fetch(`${form.dataset.alike}?${question}`);
      if (answer.ok && question === asked) list.innerHTML = await answer.text();
    } catch { asked = ""; }
  }

  async function join(event) {
    const pressed = event.target.closest("[data-join]");
    if (!pressed) return;
    event.preventDefault();
    pressed.disabled = true;
    try {
      const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
      const answer = await fetch(pressed.getAttribute("formaction"), { method: "POST", body, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const { said, to } = await answer.json();
      const line = document.createElement("p");
      const link = document.createElement("a");
      line.className = "alike-joined";
      link.href = to;
      link.textContent = "看进展";
      line.append(said, link);
      pressed.parentElement.replaceChildren(line);
    } catch {
      pressed.disabled = false;
      pressed.textContent = "没有成功，再点一次";
    }
  }

  // Sending
  let sending = false;

  function tell(words) {
    note.textContent = words;
    note.hidden = !words;
  }

  function showRefusal(field, message) {
    for (const line of form.querySelectorAll("[data-error]")) {
      const here = line.dataset.error === field;
      line.hidden = !here;
      line.textContent = here ? message : "";
    }
    for (const each of form.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
    const line = form.querySelector(`[data-error="${field}"]`) ?? form.querySelector("[data-error='']");
    line.hidden = false;
    line.textContent = message;
    const fold = line.closest("details");
    if (fold) fold.open = true;
    if (field === "place") form.querySelector("[data-where-change]").click();
    const entry = form.querySelector(`[aria-describedby="${field}-error"]`);
    entry?.setAttribute("aria-invalid", "true");
    entry?.focus({ preventScroll: true });
    line.scrollIntoView({ block: "center" });
  }

  function clearRefusals() {
    for (const line of form.querySelectorAll("[data-error]")) line.hidden = true;
    for (const each of form.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
  }

  function ready() {
    sending = false;
    button.disabled = false;
    button.textContent = "提交";
  }

  async function send() {
    if (!navigator.onLine) {
      tell("现在没有网络。写的都存好了，一连上就自动提交。");
      return;
    }
    sending = true;
    button.disabled = true;
    button.textContent = "正在提交……";
    tell("");
    clearRefusals();
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    } catch {
      // It may have arrived all the same; the key of the form sees to it that it counts once.
      ready();
      tell("网络断了一下，没有收到回应。写的都在，请再点一次，不会重复提交。");
      return;
    }
    await understand(answer);
  }

  async function understand(answer) {
    const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
    if (answer.ok && isJson) {
      location.replace((await answer.json()).to);
      return;
    }
    ready();
    if (isJson) {
      const { field, message } = await answer.json();
      showRefusal(field, message);
    } else if (answer.status === 400 || answer.status === 401) {
      // Signed out meanwhile: the page itself asks WeChat anew, and what was typed is put back into it.
      try { sessionStorage.setItem(AGAIN, "1"); } catch { /* then nothing is said of it */ }
      location.reload();
    } else if (answer.status === 413) tell("照片太大了。请去掉几张再提交，其余的可以之后补充。");
    else if (answer.status === 429) tell("短时间内提交了太多次，请过几分钟再点。写的都在。");
    else tell("服务器没有应答好。写的都在，请过一会儿再点一次，不会重复提交。");
  }

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || (event.submitter && event.submitter !== button)) return;
    event.preventDefault();
    if (!sending) send();
  });
  window.addEventListener("online", () => { if (!note.hidden && !sending) form.requestSubmit(button); });
  window.addEventListener("offline", () => tell("现在没有网络。写的都存好了，连上再提交也来得及。"));

  box.addEventListener("input", lookAtWords);
  form.addEventListener("place-chosen", askWhatOthersRaised);
  form.addEventListener("click", join);
  form.addEventListener("change", (event) => {
    if (event.target.name === "kind" && event.target.value === "repair") form.querySelector(".contact").open = true;
  });
  try {
    if (sessionStorage.getItem(AGAIN)) tell("刚才登录过期了，已经重新确认。写的都在，请看一下照片，再点提交。");
    sessionStorage.removeItem(AGAIN);
  } catch { /* see above */ }
  if (box.value) lookAtWords();
})();
