/** The account's menu at the bottom of the chat. */
import { api } from "./api.js";
import { byId, el } from "./dom.js";
import { showKeyboard } from "./composer.js";
import { openPage } from "./frame.js";
import { toast } from "./overlays.js";
import { choosePlace } from "./places.js";
import { openScan } from "./scan.js";
import { clickMenu, viewMenu } from "./sending.js";
import { currentUser, session } from "./session.js";

const holder = byId("menu-buttons");
let shown = "";

/** Ask for the live menu; redraw only what changed. With no menu there is only the keyboard. */
export async function loadMenu({ first = false } = {}) {
  const menu = await api.menu(session.openid).catch(() => null);
  if (!menu) return;
  const buttons = (menu.button ?? menu.menu?.button ?? []).slice(0, 3);
  const version = JSON.stringify(buttons);
  if (version === shown && !first) return;
  shown = version;
  holder.replaceChildren(...buttons.map(topButton));
  byId("menu-toggle").hidden = buttons.length === 0;
  showKeyboard(buttons.length === 0);
}

function topButton(button) {
  const choices = button.sub_button ?? [];
  if (choices.length === 0) {
    return el("div", { class: "menu-slot" },
      el("button", { type: "button", class: "menu-button", "data-testid": "menu-button", onclick: () => run(button) }, el("span", {}, button.name)));
  }
  const list = el("div", { class: "submenu", role: "menu", hidden: true, "aria-label": button.name }, choices.slice(0, 5).map((choice) => el("button", {
    type: "button", role: "menuitem", "data-testid": "menu-item", onclick: () => { closeMenus(); run(choice); },
  }, choice.name)));
  const opener = el("button", { type: "button", class: "menu-button has-submenu", "data-testid": "menu-button", "aria-haspopup": "menu", "aria-expanded": "false" }, el("span", {}, button.name));
  opener.addEventListener("click", () => {
    const open = list.hidden;
    closeMenus();
    list.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    if (open) list.querySelector("button").focus({ preventScroll: true });
  });
  return el("div", { class: "menu-slot" }, opener, list);
}

function closeMenus() {
  for (const list of holder.querySelectorAll(".submenu")) list.hidden = true;
  for (const opener of holder.querySelectorAll("[aria-expanded]")) opener.setAttribute("aria-expanded", "false");
}

function run(button) {
  if (!currentUser()?.following) {
    toast("先关注公众号，才能使用菜单", { error: true });
    return;
  }
  switch (button.type) {
    case "view": viewMenu(button.url); openPage(button.url); break;
    case "miniprogram": viewMenu(button.url); openPage(button.url); toast("小程序在模拟器里用网页代替"); break;
    case "scancode_push":
    case "scancode_waitmsg": openScan(); break;
    case "pic_sysphoto":
    case "pic_photo_or_album":
    case "pic_weixin": byId("photo-input").click(); break;
    case "location_select": choosePlace(); break;
    default: clickMenu(button.key ?? button.name);
  }
}

document.addEventListener("pointerdown", (event) => { if (!holder.contains(event.target)) closeMenus(); });
holder.addEventListener("keydown", (event) => {
  const list = event.target.closest(".submenu");
  if (!list) return;
  const rows = [...list.querySelectorAll("button")];
  const at = rows.indexOf(event.target);
  if (event.key === "Escape") { event.stopPropagation(); closeMenus(); list.previousSibling.focus(); }
  if (event.key === "ArrowDown") rows[(at + 1) % rows.length].focus();
  if (event.key === "ArrowUp") rows[(at + rows.length - 1) % rows.length].focus();
});
