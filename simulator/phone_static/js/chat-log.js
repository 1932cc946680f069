/** The messages of the chosen user: asked for by long polling, shown, and kept in view. */
import { api } from "./api.js";
import { byId, el } from "./dom.js";
import { chatItem, markSending } from "./bubbles.js";
import { forgetNotices, takeNotice } from "./notices.js";
import { session } from "./session.js";
import { chatTime, toDate } from "./times.js";

const list = byId("chat-list");
const scroller = byId("chat");
const newer = byId("newer");
const waitSeconds = 20;
const separatorGap = 5 * 60e3;

export const chatLog = Object.assign(new EventTarget(), { lastItem: null });

let polling = null;
let lastSeq = 0;
let lastAt = 0;
let unseen = 0;
let pending = [];
const states = new Map();
let actions = { onReply: () => {}, onResend: () => {} };

/** Say what taps inside messages do. */
export function setChatActions(wanted) {
  actions = wanted;
}

/** Show the chat of a user from its beginning and follow it until another is opened. */
export function openChat(openid) {
  polling?.abort();
  polling = new AbortController();
  forget();
  follow(openid, polling.signal);
}

function forget() {
  lastSeq = 0;
  lastAt = 0;
  pending = [];
  chatLog.lastItem = null;
  list.replaceChildren();
  forgetNotices();
  byId("chat-empty").hidden = true;
  showUnseen(0);
}

async function follow(openid, signal) {
  let pause = 0;
  let first = true;
  let wait = 0;
  while (!signal.aborted) {
    try {
      const answer = await api.chat(openid, lastSeq, wait, signal);
      wait = waitSeconds;
      // The simulator was reset: what is on the screen no longer exists.
      if (answer.last_seq < lastSeq) { forget(); first = true; wait = 0; continue; }
      addItems(answer.items, { jump: first });
      // Not last_seq: a message may have come between reading the items and reading that number.
      lastSeq = answer.items.at(-1)?.seq ?? lastSeq;
      first = false;
      pause = 0;
      byId("chat-empty").hidden = list.childElementCount > 0;
    } catch (error) {
      if (signal.aborted) return;
      pause = Math.min(5, pause + 1);
      wait = 0; // after a restart the numbers may start anew: ask once without waiting
      await new Promise((resolve) => setTimeout(resolve, pause * 1000));
    }
  }
}

function addItems(items, { jump }) {
  const atEnd = jump || nearEnd();
  let fromAccount = 0;
  for (const item of items) {
    if (item.seq <= lastSeq) continue;
    if (item.service_notice) { takeNotice(item); continue; }
    addItem(item);
    if (item.from !== "me") fromAccount += 1;
  }
  if (items.length === 0) return;
  if (atEnd || items.some((item) => item.from === "me")) toEnd({ smooth: !jump });
  else showUnseen(unseen + fromAccount);
  chatLog.dispatchEvent(new Event("changed"));
}

function addItem(item) {
  const resend = () => actions.onResend(item);
  const element = chatItem(item, { onReply: actions.onReply });
  const waiting = item.from === "me" ? takePending(item) : null;
  if (waiting) {
    waiting.element.replaceWith(element);
    waiting.element = element;
    element.dataset.msgid = waiting.msgid ?? "";
    if (waiting.msgid === null) markSending(element, "sending");
  } else {
    separate(item.at);
    list.append(element);
  }
  element.resend = resend;
  if (item.msgid !== undefined) element.dataset.msgid = item.msgid;
  const state = states.get(element.dataset.msgid);
  if (item.from === "me" && state) markSending(element, state, resend);
  chatLog.lastItem = item;
}

function separate(at) {
  const time = toDate(at).getTime();
  if (time - lastAt > separatorGap) list.append(el("div", { class: "chat-time" }, el("time", { datetime: new Date(time).toISOString() }, chatTime(new Date(time)))));
  lastAt = Math.max(lastAt, time);
}

/** Word the separators anew: what was today is yesterday when the clock has moved on. */
export function refreshTimes() {
  for (const time of list.querySelectorAll("time")) time.textContent = chatTime(new Date(time.dateTime));
}

/** Show a message at once, before the simulator has it. It is replaced when the real one comes. */
export function addPending(item, at) {
  separate(at);
  const element = chatItem({ ...item, from: "me", at }, { onReply: actions.onReply });
  markSending(element, "sending");
  list.append(element);
  byId("chat-empty").hidden = true;
  const entry = { item, element, msgid: null, refused: false };
  pending.push(entry);
  toEnd({ smooth: true });
  return entry;
}

function takePending(item) {
  const index = pending.findIndex((entry) => entry.item.type === item.type && !entry.refused && (item.type !== "text" || entry.item.text === item.text));
  return index < 0 ? null : pending.splice(index, 1)[0];
}

/** The simulator took it and says under which number. */
export function numberPending(entry, msgid) {
  entry.msgid = String(msgid);
  entry.element.dataset.msgid = entry.msgid;
}

/** The simulator did not take it: keep it with a red mark. */
export function refusePending(entry, onResend) {
  entry.refused = true;
  markSending(entry.element, "failed", onResend);
}

export function dropPending(entry) {
  pending = pending.filter((other) => other !== entry);
  entry.element.remove();
}

/** The delivery of a message moved on: "sending", "failed" or "". */
export function setMessageState(msgid, state) {
  if (msgid === undefined || msgid === null) return;
  states.set(String(msgid), state);
  const element = list.querySelector(`[data-from="me"][data-msgid="${CSS.escape(String(msgid))}"]`);
  if (element) markSending(element, state, element.resend);
}

function nearEnd() {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 120;
}

export function toEnd({ smooth = false } = {}) {
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  scroller.scrollTo({ top: scroller.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
  showUnseen(0);
}

function showUnseen(count) {
  unseen = count;
  newer.hidden = count === 0;
  newer.textContent = `↓ ${count} 条新消息`;
}

newer.addEventListener("click", () => toEnd({ smooth: true }));
scroller.addEventListener("scroll", () => { if (unseen && nearEnd()) showUnseen(0); }, { passive: true });
// A picture gets its height when it has loaded; stay at the end if that is where we were.
list.addEventListener("load", () => { if (scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 420) toEnd(); }, { capture: true });
new ResizeObserver(() => { if (session.openid && !unseen) toEnd(); }).observe(scroller);
