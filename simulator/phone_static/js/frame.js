/** A web page opened from the chat, inside the phone. */
import { api } from "./api.js";
import { byId } from "./dom.js";
import { actionSheet, confirmDialog, copyText, orToast } from "./overlays.js";
import { closeScreen, openScreen } from "./screens.js";
import { webAddress } from "./rich-text.js";
import { session } from "./session.js";

const frame = byId("frame");
// On the platform these hosts serve the authorisation page and QR pictures; here the simulator does.
const platformHosts = ["open.weixin.qq.com", "mp.weixin.qq.com", "api.weixin.qq.com"];

let titleIsTold = false;

export function localAddress(url) {
  const address = webAddress(url);
  if (!address) return null;
  const { host, pathname, search, hash } = new URL(address);
  return platformHosts.includes(host) ? location.origin + pathname + search + hash : address;
}

/** The simulator's own files are asked for at the host this page came from, whatever name it is known by. */
export function mediaAddress(url) {
  const at = String(url ?? "").indexOf("/_sim/media/");
  if (at >= 0) return url.slice(at);
  return String(url).startsWith("blob:") ? url : localAddress(url);
}

const readerKey = "phone-reader";

/** All users share this browser's cookies: pages of an app that signs people in are asked about anew when
 *  another than before holds the phone. */
function asHolder(address) {
  const door = session.settings.sign_in_url;
  if (!door) return address;
  const { origin, pathname, search, hash } = new URL(address);
  const folder = new URL(door).pathname.split("/")[1];
  if (origin !== new URL(door).origin || !pathname.startsWith(`/${folder}/`)) return address;
  let before = null;
  try {
    before = localStorage.getItem(readerKey);
    localStorage.setItem(readerKey, session.openid);
  } catch { /* a store that is forbidden only means that we ask each time */ }
  return before === session.openid ? address : door + encodeURIComponent(pathname + search) + hash;
}

/** Open an http(s) address in the framed view. Anything else is ignored, as WeChat does. */
export function openPage(url) {
  const address = localAddress(url);
  if (!address) return;
  titleIsTold = false;
  byId("frame-title").textContent = "网页";
  byId("frame-host").textContent = new URL(address).host;
  byId("frame-screen").classList.add("loading");
  frame.src = asHolder(address);
  openScreen("frame-screen", { onClose: () => { frame.src = "about:blank"; } });
}

function pageTitle() {
  try {
    return frame.contentDocument?.title || "网页";
  } catch {
    return "网页"; // another origin keeps its title to itself unless it tells us, see below
  }
}

function reload() {
  byId("frame-screen").classList.add("loading");
  const address = frame.src;
  frame.src = address;
}

frame.addEventListener("load", () => {
  if (frame.getAttribute("src") === "about:blank") return;
  byId("frame-screen").classList.remove("loading");
  if (!titleIsTold) byId("frame-title").textContent = pageTitle();
  titleIsTold = false; // the next page in the frame speaks for itself
});

// A page may say its title and may close the view, as it can through WeChat's own bridge.
window.addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow || typeof event.data !== "object" || event.data === null) return;
  if (event.data.type === "title" && typeof event.data.title === "string") {
    titleIsTold = true;
    byId("frame-title").textContent = event.data.title || "网页";
  }
  if (event.data.type === "closeWindow") closeScreen("frame-screen");
  if (event.data.type === "subscribe" && Array.isArray(event.data.templates)) {
    orToast(() => askToSubscribe(event.data.templates.map(String), event.origin));
  }
});

/** What wx-open-subscribe asks on a real phone; the answer goes to the account, and the page is told of it. */
async function askToSubscribe(wanted, origin) {
  const openid = session.openid;
  const known = await api.templates();
  const titles = wanted.map((id) => known.find((one) => one.template_id === id)?.title ?? id);
  const allowed = await confirmDialog(`「${session.accountName}」想给你发送一次：${titles.join("、")}`, { yes: "允许", no: "取消" });
  const answers = Object.fromEntries(wanted.map((id) => [id, allowed ? "accept" : "reject"]));
  await api.answerPage(openid, answers);
  frame.contentWindow.postMessage({ type: "subscribed", answers }, origin);
}

byId("frame-more").addEventListener("click", () => actionSheet(`网页由 ${byId("frame-host").textContent} 提供`, [
  { label: "在浏览器打开", action: () => window.open(frame.src, "_blank", "noopener") },
  { label: "刷新", action: reload },
  { label: "复制链接", action: () => copyText(frame.src) },
]));
