/** What the person does: send, scan, tap a menu, follow. Each becomes a delivery that is watched to its end. */
import { api } from "./api.js";
import { addPending, dropPending, numberPending, refusePending, setMessageState } from "./chat-log.js";
import { mediaAddress } from "./frame.js";
import { isFinished, noteDelivery, wasAccepted } from "./delivery-log.js";
import { confirmDialog, orToast, toast } from "./overlays.js";
import { currentUser, loadUsers, session } from "./session.js";
import { now } from "./times.js";

const largestPicture = 10 * 1024 * 1024;
const watchPause = 350;
const watchLimit = 60e3;

/** Follow a delivery until the platform is through with it. */
async function watch(delivery) {
  const end = Date.now() + watchLimit;
  let current = delivery;
  noteDelivery(current);
  setMessageState(current.msg_id, "sending");
  while (!isFinished(current) && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, watchPause));
    current = await api.delivery(delivery.delivery_id).catch(() => current);
    noteDelivery(current);
  }
  setMessageState(current.msg_id, wasAccepted(current) || !isFinished(current) ? "" : "failed");
  return current;
}

async function post(item, call) {
  if (!currentUser()?.following) {
    toast("先关注公众号，才能发消息", { error: true });
    return;
  }
  const entry = addPending(item, now().getTime());
  try {
    const delivery = await call();
    numberPending(entry, delivery.msg_id);
    watch(delivery);
  } catch (error) {
    toast(error.message, { error: true });
    refusePending(entry, () => { dropPending(entry); post(item, call); });
  }
}

export function sendText(text, extra = {}) {
  const openid = session.openid;
  return post({ type: "text", text }, () => api.send(openid, { type: "text", content: text, ...extra }));
}

/** An answer tapped in a message (`weixin://bizmsgmenu`). */
export function sendReply(text, id) {
  return sendText(text, id ? { bizmsgmenuid: id } : {});
}

export function sendLocation(place) {
  const openid = session.openid;
  const { latitude, longitude, label } = place;
  return post({ type: "location", text: label, latitude, longitude }, () => api.send(openid, { type: "location", latitude, longitude, label }));
}

/** @param {"image"|"voice"|"video"} type */
export function sendMedia(type, file) {
  if (type === "image" && file.size > largestPicture) {
    toast(`「${file.name}」超过 10 MB，微信发不出去`, { error: true });
    return Promise.resolve();
  }
  const openid = session.openid;
  return post({ type, media_url: URL.createObjectURL(file) }, () => api.sendMedia(openid, type, file));
}

/** Send again what the platform gave up on. */
export async function resend(item) {
  if (!(await confirmDialog("重发该消息？", { yes: "重发" }))) return;
  if (item.type === "text") await sendText(item.text);
  else if (item.type === "location") await sendLocation({ latitude: item.latitude, longitude: item.longitude, label: item.label ?? item.text });
  else if (item.media_url) {
    const blob = await orToast(async () => (await fetch(mediaAddress(item.media_url))).blob());
    if (blob) await sendMedia(item.type, new File([blob], `重发.${blob.type.split("/")[1] || "bin"}`, { type: blob.type }));
  }
}

async function act(call) {
  const delivery = await orToast(call);
  if (delivery) watch(delivery).then(() => loadUsers().catch(() => {}));
  await loadUsers().catch(() => {});
  return delivery;
}

export const scanCode = (scene) => act(() => api.scan(session.openid, scene));
export const clickMenu = (key) => act(() => api.click(session.openid, key));
export const viewMenu = (url) => act(() => api.view(session.openid, url));
export const followAccount = () => act(() => api.follow(session.openid));

export async function unfollowAccount() {
  const sure = await confirmDialog("取消关注后，将不再收到「" + session.accountName + "」的消息和通知。", { yes: "不再关注", no: "仍然关注", danger: true });
  return sure ? act(() => api.unfollow(session.openid)) : undefined;
}
