/** The list of chats and the person's own page, where WeChat lets one switch accounts. */
import { byId, el, personAvatar } from "./dom.js";
import { accountAvatar, icon } from "./icons.js";
import { chatLog } from "./chat-log.js";
import { closeScreen, openScreen } from "./screens.js";
import { notices, openNotices, unseenNotices } from "./notices.js";
import { openProfile } from "./profile.js";
import { chooseUser, currentUser, session } from "./session.js";
import { addUser } from "./panel.js";
import { listTime, toDate } from "./times.js";

const short = { image: "［图片］", voice: "［语音］", video: "［视频］", location: "［位置］", link: "［链接］", news: "［图文］" };

function preview(item) {
  if (!item) return "";
  if (item.type === "template") return `［通知］${item.template?.title ?? ""}`;
  return short[item.type] ?? (item.text ?? "").replace(/<a\s[^>]*>([\s\S]*?)<\/a>/gi, "$1").replaceAll("\n", " ");
}

function drawChats() {
  const user = currentUser();
  const last = chatLog.lastItem;
  const open = () => { closeScreen("home-screen"); if (!user?.following) openProfile(); };
  const account = el("button", { type: "button", class: "cell chat-cell", onclick: open, "data-testid": "home-chat" },
    accountAvatar(), cellText(session.accountName, last, user?.following ? preview(last) : "你还没有关注这个公众号"));
  // The chat with the latest news stands first.
  const noticed = notices.items.at(-1);
  const cells = noticed ? [account, noticesCell(noticed)] : [account];
  if (noticed && noticed.seq > (last?.seq ?? 0)) cells.reverse();
  byId("home-chats").replaceChildren(...cells);
}

function cellText(name, item, words) {
  return el("span", { class: "cell-text" }, el("span", { class: "cell-line" }, el("span", {}, name), item && el("time", {}, listTime(toDate(item.at)))),
    el("small", {}, words));
}

function noticesCell(item) {
  const unseen = unseenNotices();
  return el("button", { type: "button", class: "cell chat-cell", onclick: openNotices, "data-testid": "home-notices" },
    el("span", { class: "avatar avatar-notices", "aria-hidden": "true" }, icon("bell")), cellText("服务通知", item, item.template?.title ?? ""),
    unseen > 0 && el("span", { class: "badge", "aria-label": `${unseen} 条未读` }, badge(unseen)));
}

function drawMe() {
  const user = currentUser();
  if (!user) return;
  byId("home-me-card").replaceChildren(personAvatar(user, "large"), el("span", { class: "cell-text" }, el("strong", {}, user.nickname), el("small", { class: "openid" }, user.openid)));
  byId("home-accounts").replaceChildren(...session.users.map((other) => el("button", {
    type: "button", class: "cell", "aria-current": other.openid === user.openid ? "true" : undefined, "data-openid": other.openid, "data-testid": "home-user",
    onclick: () => { chooseUser(other.openid); closeScreen("home-screen"); },
  }, personAvatar(other), el("span", { class: "cell-text" }, other.nickname, el("small", {}, other.following ? "已关注公众号" : "未关注公众号")),
  other.unread > 0 && other.openid !== user.openid && el("span", { class: "badge", "aria-label": `${other.unread} 条未读` }, badge(other.unread)))));
}

export const badge = (count) => (count > 99 ? "99+" : String(count));

export function showTab(name) {
  for (const tab of document.querySelectorAll("[data-tab]")) tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
  for (const page of document.querySelectorAll("[data-tab-page]")) page.hidden = page.dataset.tabPage !== name;
  byId("home-title").textContent = { chats: "微信", discover: "发现", me: "我" }[name];
}

export function openHome(tab = "chats") {
  drawChats();
  drawMe();
  showTab(tab);
  openScreen("home-screen");
}

export function setUpHome() {
  byId("home-back").addEventListener("click", () => openHome());
  byId("home-add-user").addEventListener("click", addUser);
  for (const tab of document.querySelectorAll("[data-tab]")) tab.addEventListener("click", () => showTab(tab.dataset.tab));
  for (const name of ["user", "users", "account"]) session.addEventListener(name, () => { drawChats(); drawMe(); });
  chatLog.addEventListener("changed", drawChats);
  notices.addEventListener("changed", drawChats);
}
