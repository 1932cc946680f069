/** 服务通知: what a mini program, or an account one does not follow, was allowed to send. */
import { byId, el } from "./dom.js";
import { noticeCard } from "./cards.js";
import { openScreen } from "./screens.js";
import { session } from "./session.js";
import { chatTime, toDate } from "./times.js";

const list = byId("notice-list");

export const notices = Object.assign(new EventTarget(), { items: [] });

const seenKey = () => `notices-seen:${session.openid}`;
const lastSeen = () => Number(localStorage.getItem(seenKey())) || 0;
const isOpen = () => byId("notices-screen").classList.contains("open");

/** How many have come since the list was last looked at. */
export const unseenNotices = () => notices.items.filter((item) => item.seq > lastSeen()).length;

export function forgetNotices() {
  notices.items = [];
  list.replaceChildren();
  byId("notices-empty").hidden = false;
}

/** Take one out of the stream of the chat. */
export function takeNotice(item) {
  // The simulator was reset, and counts from the beginning again.
  if (notices.items.length === 0 && item.seq < lastSeen()) localStorage.removeItem(seenKey());
  notices.items.push(item);
  const at = toDate(item.at);
  list.append(el("div", { class: "chat-time" }, el("time", { datetime: at.toISOString() }, chatTime(at))),
    el("div", { class: "chat-wide", "data-testid": "service-notice" }, noticeCard(item)));
  byId("notices-empty").hidden = true;
  if (isOpen()) markSeen();
  notices.dispatchEvent(new Event("changed"));
}

function markSeen() {
  localStorage.setItem(seenKey(), String(notices.items.at(-1)?.seq ?? 0));
  byId("notices").scrollTop = byId("notices").scrollHeight;
}

export function openNotices() {
  openScreen("notices-screen");
  markSeen();
  notices.dispatchEvent(new Event("changed"));
}
