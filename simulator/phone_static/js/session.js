/** Who is holding the phone, who else is there, and what the account is called. */
import { api } from "./api.js";

export const session = Object.assign(new EventTarget(), {
  users: [], openid: null, accountName: "后勤办实事", settings: {},
});

export const currentUser = () => session.users.find((user) => user.openid === session.openid);

function announce(name) {
  session.dispatchEvent(new Event(name));
}

export async function loadUsers() {
  session.users = await api.users();
  announce("users");
}

/** Hold the phone of another user; the address keeps the choice, so that a second window can open the same user. */
export function chooseUser(openid) {
  if (session.openid === openid) return;
  session.openid = openid;
  // Read by the simulator's authorisation page, so that a framed page is opened by the person whose phone this is.
  document.cookie = `sim_openid=${encodeURIComponent(openid)}; path=/connect; SameSite=Lax`;
  if (hashUser() !== openid) history.replaceState(null, "", `#${openid}`);
  announce("user");
}

export const hashUser = () => decodeURIComponent(location.hash.slice(1)) || null;

/** Read users and settings, then choose the user in the address, or the first. */
export async function startSession() {
  const [settings] = await Promise.all([api.settings().catch(() => ({})), loadUsers()]);
  session.settings = settings;
  session.accountName = settings.account_name || session.accountName;
  announce("account");
  const wanted = session.users.find((user) => user.openid === hashUser()) ?? session.users[0];
  if (wanted) chooseUser(wanted.openid);
}

window.addEventListener("hashchange", () => {
  if (session.users.some((user) => user.openid === hashUser())) chooseUser(hashUser());
});
