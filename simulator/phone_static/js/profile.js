/** The account's own page: who it is, follow or stop following. */
import { byId } from "./dom.js";
import { actionSheet } from "./overlays.js";
import { closeAllScreens, openScreen } from "./screens.js";
import { followAccount, unfollowAccount } from "./sending.js";
import { currentUser, session } from "./session.js";

export function openProfile() {
  draw();
  openScreen("profile-screen");
}

function draw() {
  const following = currentUser()?.following ?? false;
  byId("profile-name").textContent = session.accountName;
  byId("profile-action").textContent = following ? "发消息" : "关注公众号";
  byId("profile-more").hidden = !following;
  byId("profile-state").textContent = following ? "已关注" : "未关注";
}

async function act() {
  if (!currentUser()?.following) await followAccount();
  closeAllScreens();
}

export function setUpProfile() {
  byId("profile-open").addEventListener("click", openProfile);
  byId("profile-action").addEventListener("click", act);
  byId("profile-more").addEventListener("click", () => actionSheet("", [
    { label: "不再关注", danger: true, testid: "profile-unfollow", action: unfollowAccount },
  ]));
  for (const name of ["user", "users", "account"]) session.addEventListener(name, draw);
}
