/** The bar under the chat: text, voice, emoji and the panel behind the plus. */
import { byId, el } from "./dom.js";
import { icon } from "./icons.js";
import { orToast, toast } from "./overlays.js";
import { choosePlace } from "./places.js";
import { samplePhoto, sampleVoice } from "./samples.js";
import { openScan } from "./scan.js";
import { sendMedia, sendText } from "./sending.js";
import { session } from "./session.js";
import { toEnd } from "./chat-log.js";

const input = byId("message");
const bar = byId("composer");
const talk = byId("talk");
const drafts = new Map();
const emoji = [..."😊😂😅🙂😍🤔😭😡👍👏🙏💪❤️🌹🎉☕🔥💧⚡🚿🚰🍜🍚🛏️🔧💡🚌🏥📷✅❌❓"];

/** Which drawer is open under the bar: "", "emoji" or "plus". */
function openDrawer(name) {
  bar.dataset.drawer = bar.dataset.drawer === name ? "" : name;
  byId("emoji-drawer").hidden = bar.dataset.drawer !== "emoji";
  byId("plus-drawer").hidden = bar.dataset.drawer !== "plus";
  byId("emoji-button").setAttribute("aria-expanded", String(bar.dataset.drawer === "emoji"));
  byId("plus-button").setAttribute("aria-expanded", String(bar.dataset.drawer === "plus"));
  if (bar.dataset.drawer) setTalking(false);
}

export function closeDrawers() {
  if (bar.dataset.drawer) openDrawer(bar.dataset.drawer);
}

/** Switch between the account's menu and the keyboard. */
export function showKeyboard(wanted) {
  bar.classList.toggle("menu-mode", !wanted);
  byId("menu-toggle").setAttribute("aria-label", wanted ? "切换到菜单" : "切换到键盘");
  byId("menu-toggle").title = wanted ? "切换到菜单" : "切换到键盘";
  byId("menu-toggle").replaceChildren(icon(wanted ? "list" : "keyboard"));
  closeDrawers();
}

function grow() {
  input.style.height = "auto";
  input.style.height = `${Math.min(input.scrollHeight, 120)}px`;
  const filled = input.value.trim() !== "";
  byId("send").hidden = !filled;
  byId("plus-button").hidden = filled;
}

function submit() {
  const text = input.value.replace(/\s+$/, "");
  if (text.trim() === "") {
    toast("不能发送空白消息");
    return;
  }
  input.value = "";
  grow();
  sendText(text);
}

function onKey(event) {
  // While an input method is composing, Enter chooses a word (229 is what Safari reports then).
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
}

function insert(text) {
  input.setRangeText(text, input.selectionStart, input.selectionEnd, "end");
  grow();
}

async function sendPhotos(files) {
  closeDrawers();
  // One after another, so that they arrive in the order they were chosen.
  for (const file of files) {
    if (file.type.startsWith("image/")) await sendMedia("image", file);
    else toast(`「${file.name}」不是图片`, { error: true });
  }
}

function setTalking(wanted) {
  bar.classList.toggle("talking", wanted);
  byId("voice-button").setAttribute("aria-label", wanted ? "切换到键盘" : "切换到按住说话");
  byId("voice-button").replaceChildren(icon(wanted ? "keyboard" : "voice"));
  talk.hidden = !wanted;
  input.hidden = wanted;
  if (wanted) closeDrawers();
}

/** Hold to talk: a sample as long as the button was held. */
function setUpTalk() {
  let since = 0;
  const start = (event) => {
    if (since || (event.type === "keydown" && event.key !== " " && event.key !== "Enter")) return;
    event.preventDefault();
    since = performance.now();
    talk.textContent = "松开 发送";
    byId("recording").hidden = false;
  };
  const stop = (cancelled) => () => {
    if (!since) return;
    const seconds = (performance.now() - since) / 1000;
    since = 0;
    talk.textContent = "按住 说话";
    byId("recording").hidden = true;
    if (cancelled) return;
    if (seconds < 0.6) toast("说话时间太短");
    else sendMedia("voice", sampleVoice(Math.min(60, Math.max(1, seconds))));
  };
  talk.addEventListener("pointerdown", start);
  talk.addEventListener("keydown", start);
  talk.addEventListener("pointerup", stop(false));
  talk.addEventListener("keyup", stop(false));
  for (const name of ["pointerleave", "pointercancel", "blur"]) talk.addEventListener(name, stop(true));
}

/** A picture from the clipboard is sent as a photo, as the desktop client does. */
function onPaste(event) {
  const files = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
  if (files.length === 0) return;
  event.preventDefault();
  sendPhotos(files);
}

const plusActions = {
  photo: () => byId("photo-input").click(),
  sample: async () => { closeDrawers(); const file = await orToast(samplePhoto); if (file) sendMedia("image", file); },
  place: () => { closeDrawers(); choosePlace(); },
  voice: () => { closeDrawers(); sendMedia("voice", sampleVoice(6)); },
  scan: () => { closeDrawers(); openScan(); },
};

/** Each user keeps the text that was not sent yet. */
function keepDrafts() {
  let holder = session.openid;
  session.addEventListener("user", () => {
    if (holder) drafts.set(holder, input.value);
    holder = session.openid;
    input.value = drafts.get(holder) ?? "";
    closeDrawers();
    grow();
  });
}

export function setUpComposer() {
  input.addEventListener("keydown", onKey);
  input.addEventListener("input", grow);
  input.addEventListener("focus", closeDrawers);
  input.addEventListener("paste", onPaste);
  byId("send").addEventListener("click", submit);
  // Keep the focus in the text so that a phone's keyboard stays up.
  byId("send").addEventListener("mousedown", (event) => event.preventDefault());
  byId("menu-toggle").addEventListener("click", () => showKeyboard(bar.classList.contains("menu-mode")));
  byId("voice-button").addEventListener("click", () => setTalking(!bar.classList.contains("talking")));
  byId("emoji-button").addEventListener("click", () => openDrawer("emoji"));
  byId("plus-button").addEventListener("click", () => openDrawer("plus"));
  for (const button of document.querySelectorAll("[data-plus]")) button.addEventListener("click", () => plusActions[button.dataset.plus]());
  byId("photo-input").addEventListener("change", (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    sendPhotos(files);
  });
  byId("emoji-drawer").append(...emojiParts().map((face) => el("button", { type: "button", class: "emoji", "aria-label": `表情 ${face}`, onclick: () => insert(face) }, face)));
  byId("chat").addEventListener("pointerdown", closeDrawers);
  new ResizeObserver(() => toEnd()).observe(bar);
  setUpTalk();
  keepDrafts();
  grow();
}

/** Join what belongs together: a heart is two code points. */
function emojiParts() {
  return [...new Intl.Segmenter("zh", { granularity: "grapheme" }).segment(emoji.join(""))].map((part) => part.segment);
}
