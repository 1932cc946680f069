/** A web page opened from the chat, inside the phone. */
import { byId } from "./dom.js";
import { actionSheet, copyText } from "./overlays.js";
import { closeScreen, openScreen } from "./screens.js";
import { webAddress } from "./rich-text.js";

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

/** Open an http(s) address in the framed view. Anything else is ignored, as WeChat does. */
export function openPage(url) {
  const address = localAddress(url);
  if (!address) return;
  titleIsTold = false;
  byId("frame-title").textContent = "网页";
  byId("frame-host").textContent = new URL(address).host;
  byId("frame-screen").classList.add("loading");
  frame.src = address;
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
});

byId("frame-more").addEventListener("click", () => actionSheet(`网页由 ${byId("frame-host").textContent} 提供`, [
  { label: "在浏览器打开", action: () => window.open(frame.src, "_blank", "noopener") },
  { label: "刷新", action: reload },
  { label: "复制链接", action: () => copyText(frame.src) },
]));
