/** Put the phone together and keep it running. */
import { connection } from "./api.js";
import { byId, isSmallScreen } from "./dom.js";
import { placeIcons } from "./icons.js";
import { followArticles } from "./articles.js";
import { chatLog, openChat, setChatActions, toEnd } from "./chat-log.js";
import { followClock } from "./clock-panel.js";
import { setUpComposer, showKeyboard } from "./composer.js";
import { followDeliveries } from "./delivery-log.js";
import { badge, openHome, setUpHome } from "./home.js";
import { loadMenu } from "./menu-bar.js";
import { notices, unseenNotices } from "./notices.js";
import { actionSheet } from "./overlays.js";
import { openPanel, setUpPanel } from "./panel.js";
import { openProfile, setUpProfile } from "./profile.js";
import { openScan } from "./scan.js";
import { closeAllScreens } from "./screens.js";
import { followAccount, resend, sendReply } from "./sending.js";
import { chooseUser, currentUser, loadUsers, session, startSession } from "./session.js";

const usersPause = 3000;
const menuPause = 15000;

function drawChatHeader() {
  byId("chat-title").textContent = session.accountName;
  byId("follow-name").textContent = session.accountName;
  byId("phone").classList.toggle("not-following", currentUser()?.following === false);
  const others = session.users.filter((user) => user.openid !== session.openid).reduce((sum, user) => sum + (user.unread ?? 0), 0);
  const elsewhere = others + unseenNotices();
  byId("others-unread").hidden = elsewhere === 0;
  byId("others-unread").textContent = badge(elsewhere);
  const name = currentUser()?.nickname;
  document.title = name ? `${name}的微信` : "微信";
}

function onUser() {
  closeAllScreens();
  openChat(session.openid);
  drawChatHeader();
  loadMenu(); // a tag may give this user another one
}

async function refreshUsers() {
  await loadUsers().catch(() => {});
  // A simulator that was started anew may know other people.
  if (session.users.length && !currentUser()) chooseUser(session.users[0].openid);
}

/** The page and the account's pages must share one host name, or their cookies would not meet. */
function leaveOtherLoopbackName() {
  const base = session.settings.app_base_url;
  const names = ["127.0.0.1", "localhost"];
  if (!base || !names.includes(location.hostname)) return;
  const wanted = new URL(base).hostname;
  if (names.includes(wanted) && wanted !== location.hostname) location.hostname = wanted;
}

async function start() {
  for (;;) {
    try {
      await startSession();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
  }
}

placeIcons();
setChatActions({ onReply: sendReply, onResend: resend });
setUpComposer();
setUpPanel();
setUpProfile();
setUpHome();
session.addEventListener("user", onUser);
session.addEventListener("users", drawChatHeader);
session.addEventListener("account", drawChatHeader);
connection.addEventListener("lost", () => { byId("connection").hidden = false; });
connection.addEventListener("restored", () => { byId("connection").hidden = true; refreshUsers(); loadMenu(); });
chatLog.addEventListener("changed", drawChatHeader);
notices.addEventListener("changed", drawChatHeader);
byId("follow-here").addEventListener("click", followAccount);
byId("chat-more").addEventListener("click", () => (isSmallScreen() ? actionSheet("", [
  { label: "公众号资料", action: openProfile },
  { label: "扫一扫", action: openScan },
  { label: "切换用户", action: () => openHome("me") },
  { label: "模拟器面板", testid: "panel-open", action: openPanel },
]) : openProfile()));

await start();
leaveOtherLoopbackName();
await loadMenu({ first: true });
if (new URLSearchParams(location.search).has("keyboard")) showKeyboard(true);
toEnd();
followClock();
followDeliveries();
followArticles();
setInterval(refreshUsers, usersPause);
setInterval(() => loadMenu(), menuPause);
document.documentElement.dataset.ready = "true";
