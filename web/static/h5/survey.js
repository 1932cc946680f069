"use strict";
// Keeps a sheet on this phone until it was handed in, tells how far it is, and sends it only once.

const KEPT = "banshishi:survey:";
const KEPT_FOR = 14 * 24 * 3600 * 1000;

function stored(act) {
  try { return act(localStorage); } catch { return null; /* a full or forbidden store only means that nothing is kept */ }
}

function entered(form) {
  return [...new FormData(form)].filter(([name]) => name !== "csrf_token" && typeof name === "string");
}

function keep(form) {
  const said = JSON.stringify({ said: entered(form), at: Date.now() });
  stored((store) => store.setItem(KEPT + form.dataset.survey, said));
}

function fillIn(form) {
  const kept = stored((store) => JSON.parse(store.getItem(KEPT + form.dataset.survey)));
  if (!kept || Date.now() - kept.at > KEPT_FOR) return;
  for (const [name, value] of kept.said) {
    for (const field of form.elements) {
      if (field.name !== name) continue;
      if (field.tagName === "TEXTAREA") field.value = value;
      else if (field.value === value) field.checked = true;
    }
  }
}

function isAnswered(question) {
  const words = question.querySelector("textarea");
  return words ? words.value.trim() !== "" : question.querySelector("input:checked") !== null;
}

function showProgress(form) {
  const bar = document.querySelector("[data-progress]");
  const asked = [...form.querySelectorAll("[data-question]")].filter(
    (question) => !question.closest(".survey-section").querySelector("[name=skip]:checked"),
  );
  const done = asked.filter(isAnswered).length;
  const progress = bar.querySelector("progress");
  progress.max = asked.length || 1;
  progress.value = asked.length ? done : 1;
  bar.querySelector("[data-progress-words]").textContent = `已答 ${done} / ${asked.length}`;
  bar.hidden = false;
}

function clearError(event) {
  const question = event.target.closest(".question-wrong");
  if (!question || !isAnswered(question)) return;
  question.classList.remove("question-wrong");
  question.querySelector(".question-error")?.remove();
  for (const field of question.querySelectorAll("[aria-describedby]")) field.removeAttribute("aria-describedby");
  for (const field of question.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

function sendOnce(form) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button[type=submit]");
    // Disabled only after the browser has taken the form, or it would not send at all.
    setTimeout(() => { button.disabled = true; button.textContent = "正在提交……"; });
  });
}

const handedIn = document.querySelector("[data-handed-in]");
if (handedIn) stored((store) => store.removeItem(KEPT + handedIn.dataset.handedIn));

const sheet = document.querySelector("form[data-survey]");
if (sheet) {
  if (!("refused" in sheet.dataset)) fillIn(sheet);
  showProgress(sheet);
  sheet.addEventListener("input", (event) => { keep(sheet); showProgress(sheet); clearError(event); });
  sendOnce(sheet);
  const wrong = sheet.querySelector(".question-wrong");
  wrong?.scrollIntoView({ block: "center" });
  wrong?.querySelector("input, textarea")?.focus({ preventScroll: true });
}
// Coming back by the back button shows the page as it was left: let it be sent again.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
