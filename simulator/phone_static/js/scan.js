/** 「扫一扫」: the codes that hang on the campus, and those on screens; tapping one is holding the camera at it. */
import { api } from "./api.js";
import { byId, el } from "./dom.js";
import { openPage } from "./frame.js";
import { icon } from "./icons.js";
import { orToast } from "./overlays.js";
import { closeAllScreens, openScreen } from "./screens.js";
import { scanCode } from "./sending.js";
import { session } from "./session.js";
import { toEnd } from "./chat-log.js";

const search = byId("scan-search");
const finder = byId("viewfinder");
const focusMilliseconds = 450;
let codes = [];

export async function openScan() {
  openScreen("scan-screen");
  byId("scan-list").replaceChildren(el("p", { class: "scan-hint" }, "正在看看附近有哪些二维码…"));
  const answer = await orToast(api.codes);
  codes = Array.isArray(answer) ? answer : answer?.codes ?? [];
  search.value = "";
  search.hidden = codes.length === 0;
  draw();
}

const titleOf = (code) => code.title || code.scene;

function draw() {
  const wanted = search.value.trim().toLowerCase();
  const found = codes.filter((code) => `${titleOf(code)} ${code.place ?? ""} ${code.scene}`.toLowerCase().includes(wanted));
  const empty = codes.length === 0
    ? "附近还没有张贴二维码。\n在管理后台生成服务点二维码后，会出现在这里。"
    : `没有找到与「${search.value.trim()}」有关的二维码`;
  byId("scan-list").replaceChildren(...(found.length ? found.map(tile) : [el("p", { class: "scan-hint" }, empty)]));
}

function tile(code) {
  return el("button", { type: "button", class: "scan-item", "data-testid": "scan-item", "data-scene": code.scene, onclick: (event) => aim(code, event.currentTarget) },
    el("span", { class: "scan-picture" }, picture(code)),
    el("span", { class: "scan-title" }, titleOf(code)),
    el("span", { class: "scan-place" }, code.place ?? ""));
}

function picture(code) {
  if (!code.ticket) return icon("scan");
  const image = el("img", { src: `/cgi-bin/showqrcode?ticket=${encodeURIComponent(code.ticket)}`, alt: "", loading: "lazy" });
  image.addEventListener("error", () => image.replaceWith(icon("scan")));
  return image;
}

/** The code appears in the viewfinder for a moment, then the chat answers. */
async function aim(code, button) {
  if (finder.classList.contains("found")) return;
  const openid = session.openid;
  finder.querySelector(".finder-code").replaceChildren(picture(code));
  finder.classList.add("found");
  button.setAttribute("aria-busy", "true");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  await new Promise((resolve) => setTimeout(resolve, calm ? 0 : focusMilliseconds));
  finder.classList.remove("found");
  finder.querySelector(".finder-code").replaceChildren();
  if (session.openid !== openid) return;
  closeAllScreens();
  if (code.link) {
    openPage(code.link);
    return;
  }
  await scanCode(code.scene);
  toEnd({ smooth: true });
}

search.addEventListener("input", draw);
for (const button of document.querySelectorAll("[data-open-scan]")) button.addEventListener("click", openScan);
