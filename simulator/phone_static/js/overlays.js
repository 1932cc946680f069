/** What lies over the phone for a moment: toast, action sheet, question, enlarged picture. */
import { byId, el } from "./dom.js";

let toastTimer = 0;

/** A short word in the middle of the phone. Errors are read out at once. */
export function toast(message, { error = false } = {}) {
  const holder = byId("toast");
  holder.textContent = message;
  holder.setAttribute("role", error ? "alert" : "status");
  holder.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { holder.hidden = true; }, error ? 4000 : 1800);
}

/** Run something that may fail and show the failure as a toast. @returns the result, or undefined after a failure */
export async function orToast(work) {
  try {
    return await work();
  } catch (error) {
    if (error.name !== "AbortError") toast(error.message, { error: true });
    return undefined;
  }
}

/** Show a layer, hold the keyboard inside it, give the focus back when it goes. @returns {() => void} close */
function openLayer(layer, { onDismiss } = {}) {
  const before = document.activeElement;
  const close = () => {
    layer.remove();
    document.removeEventListener("keydown", onKey, true);
    if (before?.isConnected) before.focus({ preventScroll: true });
  };
  const dismiss = () => { close(); onDismiss?.(); };
  const onKey = (event) => {
    if (event.key === "Escape") { event.stopPropagation(); dismiss(); }
    if (event.key === "Tab") keepInside(layer, event);
  };
  document.addEventListener("keydown", onKey, true);
  layer.addEventListener("click", (event) => { if (event.target === layer) dismiss(); });
  byId("phone").append(layer);
  (layer.querySelector("[autofocus], button, input") ?? layer).focus({ preventScroll: true });
  return close;
}

function keepInside(layer, event) {
  const stops = [...layer.querySelectorAll("button, input, a[href]")].filter((stop) => !stop.disabled);
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  if (document.activeElement !== edge && layer.contains(document.activeElement)) return;
  event.preventDefault();
  (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
}

/** The sheet that rises from below. @param {{label: string, action: () => void, danger?: boolean, testid?: string}[]} choices */
export function actionSheet(title, choices) {
  let close = () => {};
  const rows = choices.map((choice) => el("button", {
    type: "button", class: `sheet-row${choice.danger ? " danger" : ""}`, "data-testid": choice.testid,
    onclick: () => { close(); choice.action(); },
  }, choice.label));
  const sheet = el("div", { class: "sheet", role: "dialog", "aria-modal": "true", "aria-label": title || "选项" },
    title && el("p", { class: "sheet-title" }, title), rows,
    el("button", { type: "button", class: "sheet-row sheet-cancel", onclick: () => close() }, "取消"));
  close = openLayer(el("div", { class: "layer layer-bottom" }, sheet));
}

/** Ask yes or no. @returns {Promise<boolean>} */
export function confirmDialog(question, { yes = "确定", no = "取消", danger = false } = {}) {
  return new Promise((resolve) => {
    let close = () => {};
    const answer = (value) => () => { close(); resolve(value); };
    const dialog = el("div", { class: "dialog", role: "alertdialog", "aria-modal": "true", "aria-label": question },
      el("p", { class: "dialog-text" }, question),
      el("div", { class: "dialog-buttons" },
        el("button", { type: "button", onclick: answer(false) }, no),
        el("button", { type: "button", class: danger ? "danger" : "strong", autofocus: true, "data-testid": "dialog-yes", onclick: answer(true) }, yes)));
    close = openLayer(el("div", { class: "layer layer-middle" }, dialog), { onDismiss: () => resolve(false) });
  });
}

/** Ask for one line of text. @returns {Promise<string|null>} */
export function askText(question, { placeholder = "", yes = "完成", maxlength = 20 } = {}) {
  return new Promise((resolve) => {
    let close = () => {};
    const input = el("input", { class: "dialog-input", type: "text", placeholder, maxlength, autofocus: true, "aria-label": question, "data-testid": "dialog-input" });
    const finish = (event) => { event.preventDefault(); close(); resolve(input.value.trim() || null); };
    const dialog = el("form", { class: "dialog", role: "dialog", "aria-modal": "true", "aria-label": question, onsubmit: finish },
      el("p", { class: "dialog-text" }, question), input,
      el("div", { class: "dialog-buttons" },
        el("button", { type: "button", onclick: () => { close(); resolve(null); } }, "取消"),
        el("button", { type: "submit", class: "strong", "data-testid": "dialog-yes" }, yes)));
    close = openLayer(el("div", { class: "layer layer-middle" }, dialog), { onDismiss: () => resolve(null) });
  });
}

/** A picture as large as the phone; a tap closes it. */
export function enlarge(address, description) {
  let close = () => {};
  const button = el("button", { type: "button", class: "enlarged", "aria-label": "关闭图片", "data-testid": "enlarged", onclick: () => close() },
    el("img", { src: address, alt: description }));
  close = openLayer(el("div", { class: "layer layer-black", role: "dialog", "aria-modal": "true", "aria-label": description }, button));
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("已复制");
  } catch {
    toast("浏览器不允许复制，请手动选择", { error: true });
  }
}

/** What WeChat offers for a telephone number in a message. */
export function phoneSheet(number) {
  actionSheet(`${number} 可能是一个电话号码，你可以`, [
    { label: "呼叫", action: () => toast("模拟器不能打电话") },
    { label: "复制号码", action: () => copyText(number) },
  ]);
}
