/** The calm panel beside the phone: whose phone it is, following, and the way to the scan. */
import { api } from "./api.js";
import { byId, el, personAvatar } from "./dom.js";
import { askText, orToast } from "./overlays.js";
import { followAccount, unfollowAccount } from "./sending.js";
import { chooseUser, currentUser, loadUsers, session } from "./session.js";

function drawUsers() {
  byId("users").replaceChildren(...session.users.map((user) => el("button", {
    type: "button", class: "user", "data-testid": "user-switch", "data-openid": user.openid,
    "aria-pressed": String(user.openid === session.openid),
    onclick: () => { chooseUser(user.openid); closePanel(); },
  }, personAvatar(user, "small"),
  el("span", { class: "user-name" }, user.nickname, el("small", {}, user.following ? "已关注" : "未关注")),
  user.unread > 0 && user.openid !== session.openid && el("span", { class: "badge", "aria-label": `${user.unread} 条未读` }, user.unread > 99 ? "99+" : String(user.unread)))));
}

function drawFollow() {
  const button = byId("follow");
  const following = currentUser()?.following ?? false;
  button.textContent = following ? "取消关注" : "关注公众号";
  button.classList.toggle("primary", !following);
  button.setAttribute("aria-pressed", String(following));
}

/** A new person with a phone; the phone is handed over at once. */
export async function addUser() {
  const nickname = await askText("新用户的昵称", { placeholder: "例如：李一鸣" });
  if (!nickname) return;
  const user = await orToast(() => api.addUser(nickname));
  if (!user) return;
  await orToast(loadUsers);
  chooseUser(user.openid);
}

export function openPanel() {
  byId("panel").classList.add("open");
  byId("panel-close").focus();
}

export function closePanel() {
  byId("panel").classList.remove("open");
}

export function setUpPanel() {
  byId("follow").addEventListener("click", () => {
    closePanel();
    if (currentUser()?.following) unfollowAccount();
    else followAccount();
  });
  byId("add-user").addEventListener("click", () => { closePanel(); addUser(); });
  byId("panel-close").addEventListener("click", closePanel);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") closePanel(); });
  for (const name of ["user", "users"]) session.addEventListener(name, () => { drawUsers(); drawFollow(); });
}
