"use strict";
// Keeps what is being typed until it has been sent, offers ready sentences, and sends a form only once.

const KEPT = "banshishi:words:";
const SENT = "banshishi:sent";
const KEPT_FOR = 3 * 24 * 3600 * 1000;

function remember(key, words, fields) {
  try {
    if (words || fields) localStorage.setItem(KEPT + key, JSON.stringify({ words, fields, at: Date.now() }));
    else localStorage.removeItem(KEPT + key);
  } catch { /* a full or forbidden store only means that nothing is kept */ }
}

function recall(key) {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT + key));
    return kept && Date.now() - kept.at < KEPT_FOR ? kept : null;
  } catch { return null; }
}

function forgetWhatWasSent() {
  const arrived = document.querySelector("[data-sent], .said");
  const refused = document.querySelector(".refusal:not([hidden])");
  try {
    const key = sessionStorage.getItem(SENT);
    if (key && arrived && !refused) remember(key, "");
    sessionStorage.removeItem(SENT);
  } catch { /* see above */ }
}

function fieldsOf(form, names) {
  return Object.fromEntries(names.map((name) => [name, new FormData(form).get(name) ?? ""]));
}

function fill(form, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const first = form.querySelector(`[name="${name}"]`);
    if (first?.type === "radio") form.querySelectorAll(`[name="${name}"]`).forEach((each) => { each.checked = each.value === value; });
    else if (first?.type === "checkbox") first.checked = first.value === value;
    else if (first) first.value = value;
    const fold = value && first?.closest("details");
    if (fold) fold.open = true;
  }
}

function keepWords(form) {
  const key = form.dataset.keep;
  const box = form.querySelector("textarea");
  // Beside the words, what else is worth keeping; the form names it.
  const names = (form.dataset.keepFields ?? "").split(" ").filter(Boolean);
  const keep = () => {
    const fields = fieldsOf(form, names);
    remember(key, box.value, box.value || fields.place ? fields : undefined);
  };
  if (!box.value) {
    const kept = recall(key);
    box.value = kept?.words ?? "";
    if (kept?.fields) fill(form, kept.fields);
    const fold = box.closest("details");
    if (box.value && fold) fold.open = true;
  } else if (box.value !== box.defaultValue) keep(); // typed while this script was on its way
  box.addEventListener("input", keep);
  if (names.length) for (const type of ["input", "change"]) form.addEventListener(type, keep);
  form.addEventListener("submit", () => {
    keep();
    try { sessionStorage.setItem(SENT, key); } catch { /* see above */ }
  });
}

function offerSentences(form) {
  const offers = form.querySelector("[data-suggestions]");
  const box = form.querySelector("textarea");
  if (!offers) return;
  const show = () => {
    const stars = form.querySelector("[name=stars]:checked")?.value;
    for (const group of offers.children) group.hidden = !group.dataset.forStars.split(" ").includes(stars);
    offers.hidden = !stars;
  };
  form.addEventListener("change", show);
  offers.addEventListener("click", (event) => {
    const said = event.target.dataset.say;
    if (!said || box.value.includes(said)) return;
    box.value += (box.value && !/[，。！？\s]$/.test(box.value) ? "，" : "") + said;
    box.dispatchEvent(new Event("input"));
  });
  show();
}

function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter ?? form.querySelector("button[type=submit]");
    // Disabled only after the browser has taken the form, or it would not send at all; unless a script sends it.
    setTimeout(() => {
      if (event.defaultPrevented) return;
      button.disabled = true;
      button.textContent = "正在提交……";
    });
  });
}

forgetWhatWasSent();
for (const form of document.querySelectorAll("form[data-keep]")) keepWords(form);
for (const form of document.querySelectorAll("form.rate")) offerSentences(form);
for (const form of document.querySelectorAll("form[method=post]")) sendOnce(form);
// Coming back by the back button shows the page as it was left: let it be sent again.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
