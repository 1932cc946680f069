/** The larger kinds of message: notification cards, articles, places, voice, links. */
import { el } from "./dom.js";
import { accountAvatar, icon } from "./icons.js";
import { localAddress, mediaAddress, openPage } from "./frame.js";
import { session } from "./session.js";
import { toast } from "./overlays.js";
import { monthDay, toDate } from "./times.js";
import { voiceSeconds } from "./samples.js";

/** A notification exactly as the client lays it out: title, date, rows of label and value, 「详情」. */
export function templateCard(item) {
  const template = item.template ?? {};
  const content = [
    el("div", { class: "template-source" }, accountAvatar("tiny"), el("span", {}, session.accountName)),
    el("div", { class: "template-title" }, template.title ?? "服务通知"),
    el("div", { class: "template-date" }, monthDay(toDate(item.at))),
    template.first && el("p", { class: "template-words" }, template.first),
    templateRows(template),
    template.remark && el("p", { class: "template-words" }, template.remark),
    template.url && el("div", { class: "template-more" }, el("span", {}, "详情"), icon("chevron")),
  ];
  if (!template.url) return el("div", { class: "card template" }, content);
  return el("button", { type: "button", class: "card template", onclick: () => openPage(template.url) }, content);
}

function templateRows(template) {
  return el("dl", { class: "template-rows" }, (template.fields ?? []).map((field) => el("div", { class: "template-row" },
    el("dt", {}, field.label), el("dd", {}, field.value))));
}

/** A card of 服务通知: from which mini program or account, and the way into it. */
export function noticeCard(item) {
  const template = item.template ?? {};
  const page = template.url || template.miniprogram?.pagepath || "";
  const address = localAddress(page);
  const open = () => (address ? openPage(address) : toast(`小程序页面：${page}`));
  const content = [
    el("div", { class: "template-source" }, accountAvatar("tiny"), el("span", {}, session.accountName)),
    el("div", { class: "template-title" }, template.title ?? "服务通知"),
    templateRows(template),
    page && el("div", { class: "template-more" }, el("span", {}, address ? "详情" : "进入小程序查看"), icon("chevron")),
  ];
  if (!page) return el("div", { class: "card template" }, content);
  return el("button", { type: "button", class: "card template", onclick: open }, content);
}

/** One large article, or a large first one with rows under it. */
export function newsCard(articles) {
  const [first, ...rest] = articles.map(articleFields);
  if (!first) return el("div", { class: "card news" }, el("p", { class: "news-empty" }, "（内容已被删除）"));
  const open = (article) => () => (article.url ? openPage(article.url) : toast("这篇文章没有链接"));
  const single = rest.length === 0;
  return el("div", { class: "card news" },
    el("button", { type: "button", class: "news-first", onclick: open(first) },
      el("div", { class: "news-cover" }, cover(first), !single && el("span", { class: "news-cover-title" }, first.title)),
      single && el("div", { class: "news-title" }, first.title),
      single && first.description && el("div", { class: "news-summary" }, first.description)),
    rest.map((article) => el("button", { type: "button", class: "news-next", onclick: open(article) },
      el("span", {}, article.title), el("span", { class: "news-thumb" }, cover(article)))));
}

/** Articles come as written in the packet (Title, PicUrl, …) or as in the API call (title, picurl, …). */
function articleFields(article) {
  const lower = Object.fromEntries(Object.entries(article).map(([key, value]) => [key.toLowerCase().replace("_", ""), value]));
  return { title: lower.title ?? "", description: lower.description ?? lower.digest ?? "", url: lower.url ?? "", picture: lower.picurl || lower.thumburl || lower.mediaurl || "" };
}

function cover(article) {
  const blank = el("span", { class: "cover-blank", "aria-hidden": "true" }, icon("house"));
  const address = mediaAddress(article.picture);
  if (!address) return blank;
  const picture = el("img", { src: address, alt: "", loading: "lazy" });
  picture.addEventListener("error", () => picture.replaceWith(blank));
  return picture;
}

export function locationCard(item) {
  const label = item.label || item.text || "位置";
  return el("div", { class: "card location" },
    el("div", { class: "location-label" }, label),
    el("div", { class: "location-map" }, el("span", { class: "location-pin" }, icon("place"))));
}

export function linkCard(item) {
  const address = item.url ? localAddress(item.url) : null;
  return el("button", { type: "button", class: "card link-card", onclick: () => address && openPage(address) },
    el("div", { class: "link-title" }, item.title || item.text || item.url || "链接"),
    el("div", { class: "link-summary" }, item.description ?? ""));
}

export function videoCard(item) {
  if (!item.media_url) return el("div", { class: "bubble" }, "［视频］");
  return el("video", { class: "picture", src: mediaAddress(item.media_url), controls: true, preload: "metadata" });
}

/** A voice message. What the browser cannot play (AMR) still runs its waves for as long as it lasts. */
export function voiceBubble(item) {
  const length = el("span", { class: "voice-length" }, "");
  const bubble = el("button", { type: "button", class: "bubble voice", "aria-label": "播放语音" }, icon("wave"), length);
  let seconds = 1;
  const show = (bytes) => {
    seconds = voiceSeconds(bytes);
    length.textContent = `${seconds}″`;
    bubble.setAttribute("aria-label", `播放语音，${seconds}秒`);
    bubble.style.setProperty("--voice-width", `${64 + Math.min(seconds, 30) * 5}px`);
  };
  const address = mediaAddress(item.media_url);
  if (address) fetch(address).then((answer) => answer.blob()).then((blob) => show(blob.size)).catch(() => {});
  bubble.addEventListener("click", async () => {
    bubble.classList.add("playing");
    await new Audio(address).play().catch(() => {});
    setTimeout(() => bubble.classList.remove("playing"), seconds * 1000);
  });
  return bubble;
}
