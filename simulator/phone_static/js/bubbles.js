/** One message of the chat as an element. */
import { el, personAvatar } from "./dom.js";
import { accountAvatar, icon } from "./icons.js";
import { richText } from "./rich-text.js";
import { currentUser, session } from "./session.js";
import { enlarge, phoneSheet } from "./overlays.js";
import { mediaAddress, openPage } from "./frame.js";
import { linkCard, locationCard, newsCard, templateCard, videoCard, voiceBubble } from "./cards.js";

const names = { text: "文字", image: "图片", voice: "语音", video: "视频", location: "位置", link: "链接", news: "图文", template: "通知" };

/**
 * @param item one item of the chat as the control API gives it
 * @param {{onReply: (text: string, id: string) => void, onResend: () => void}} actions
 */
export function chatItem(item, actions) {
  const place = { "data-testid": "chat-item", "data-from": item.from, "data-type": item.type, "data-seq": item.seq };
  if (item.from === "system" || item.type === "event") {
    return note(item, place, actions);
  }
  if (item.type === "template") return el("div", { ...place, class: "chat-wide" }, templateCard(item));
  if (item.type === "news") return el("div", { ...place, class: "chat-wide" }, newsCard(item.articles ?? []));
  const mine = item.from === "me";
  const speaker = mine ? `我（${currentUser()?.nickname ?? ""}）` : session.accountName;
  return el("div", { ...place, class: `chat-row ${mine ? "mine" : "theirs"}`, role: "article", "aria-label": `${speaker}的${names[item.type] ?? "消息"}` },
    mine ? personAvatar(currentUser()) : accountAvatar(),
    el("div", { class: "chat-body" }, body(item, actions)),
    mine && el("span", { class: "send-state" }));
}

/** A grey line. What the person did is put as WeChat puts it; tapping a menu leaves no trace in a real chat. */
function note(item, place, actions) {
  const mine = item.from === "me";
  const hidden = mine && /^(点击|打开)了菜单/.test(item.text ?? "");
  const shown = mine ? { ...item, text: `你${item.text ?? ""}` } : item;
  return el("div", { ...place, class: "chat-note", role: "note", hidden }, textNodes(shown, actions));
}

function body(item, actions) {
  switch (item.type) {
    case "image": return pictureBubble(item);
    case "voice": return voiceBubble(item);
    case "video": return videoCard(item);
    case "location": return locationCard(item);
    case "link": return linkCard(item);
    default: return el("div", { class: "bubble" }, item.msgmenu ? choiceNodes(item.msgmenu, actions) : textNodes(item, actions));
  }
}

/** A question with answers to tap, as the account sends it by `msgmenu`. */
function choiceNodes(menu, actions) {
  const answers = (menu.list ?? []).map((choice) => el("button", {
    type: "button", class: "text-link choice", onclick: () => actions.onReply(String(choice.content), String(choice.id)),
  }, String(choice.content)));
  return [menu.head_content && el("span", { class: "choice-words" }, menu.head_content), answers, menu.tail_content && el("span", { class: "choice-words" }, menu.tail_content)].flat();
}

function textNodes(item, actions) {
  const text = item.text || `［${names[item.type] ?? item.type}］`;
  return richText(text, { anchors: item.from !== "me", onLink: openPage, onPhone: phoneSheet, onReply: actions.onReply });
}

function pictureBubble(item) {
  const address = mediaAddress(item.media_url);
  const description = item.from === "me" ? "我发送的图片" : "收到的图片";
  const picture = el("img", { src: address, alt: description, class: "picture" });
  const button = el("button", { type: "button", class: "picture-button", "aria-label": "查看大图", onclick: () => enlarge(address, description) }, picture);
  picture.addEventListener("error", () => button.replaceWith(el("div", { class: "bubble lost-picture" }, icon("photo"), "图片已过期或已被清理")));
  return button;
}

/** Show how far a message of mine has come: "sending", "failed" or "" (arrived). */
export function markSending(element, state, onResend) {
  const holder = element.querySelector(".send-state");
  if (!holder || holder.dataset.state === state) return;
  holder.dataset.state = state;
  element.dataset.state = state || "sent";
  if (state === "sending") holder.replaceChildren(el("span", { class: "spinner", role: "img", "aria-label": "正在发送" }));
  else if (state === "failed") holder.replaceChildren(el("button", { type: "button", class: "failed-mark", "aria-label": "发送失败，点按重发", "data-testid": "resend", onclick: onResend }, "!"));
  else holder.replaceChildren();
}
