/** The side panel's record of what the platform delivered to the account's server, with attempts and outcome. */
import { api } from "./api.js";
import { byId, el, isSmallScreen } from "./dom.js";
import { setMessageState } from "./chat-log.js";
import { session } from "./session.js";
import { secondsTime, toDate } from "./times.js";

const refreshPause = 2000;
const shownAtMost = 60;
const outcomes = {
  replied: "已回复", success: "已接收", timeout: "超时", refused: "拒绝", bad_reply: "回复有误", error: "出错",
};
const events = {
  subscribe: "关注", unsubscribe: "取消关注", scan: "扫码", click: "菜单", view: "打开网页", location: "上报位置",
  templatesendjobfinish: "通知送达回执", masssendjobfinish: "群发回执", publishjobfinish: "发布回执",
  subscribe_msg_popup_event: "订阅选择", subscribe_msg_change_event: "订阅变更", subscribe_msg_sent_event: "订阅通知回执", wxa_media_check: "内容检测回执",
};
const messages = { text: "文字", image: "图片", voice: "语音", video: "视频", shortvideo: "小视频", location: "位置", link: "链接" };

const known = new Map();
const expanded = new Set();
const drawn = new Map();

const accepted = (attempt) => attempt.outcome === "replied" || attempt.outcome === "success";
export const wasAccepted = (delivery) => (delivery.attempts ?? []).some(accepted);

/** Has the platform stopped trying? */
export const isFinished = (delivery) => delivery.finished === true;

export function noteDelivery(delivery) {
  known.set(String(delivery.delivery_id), delivery);
  draw();
}

/** Keep the log fresh while somebody can see it. */
export async function followDeliveries() {
  for (;;) {
    if (!document.hidden && (!isSmallScreen() || byId("panel").classList.contains("open"))) await refresh();
    await new Promise((resolve) => setTimeout(resolve, refreshPause));
  }
}

async function refresh() {
  const newest = await api.deliveries(shownAtMost).catch(() => null);
  if (!newest) return;
  known.clear();
  for (const delivery of newest) {
    known.set(String(delivery.delivery_id), delivery);
    // A message that failed before this page was opened keeps its red mark.
    if (isFinished(delivery)) setMessageState(delivery.msg_id, wasAccepted(delivery) ? "" : "failed");
  }
  draw();
}


function describe(packet = {}) {
  if (packet.MsgType !== "event") return [messages[packet.MsgType] ?? packet.MsgType ?? "原始报文", packet.Content ?? packet.Label ?? packet.Title ?? ""];
  return [events[String(packet.Event).toLowerCase()] ?? packet.Event, packet.EventKey ?? packet.Status ?? ""];
}

function draw() {
  const mineOnly = byId("log-mine").checked;
  const rows = [...known.values()]
    .filter((delivery) => !mineOnly || delivery.openid === session.openid)
    .sort((a, b) => b.at - a.at)
    .slice(0, shownAtMost);
  byId("log-empty").hidden = rows.length > 0;
  byId("log").replaceChildren(...rows.map(rowOf));
}

/** Rows that did not change are kept, so that an opened one stays opened and the focus stays where it is. */
function rowOf(delivery) {
  const id = String(delivery.delivery_id);
  const version = JSON.stringify([delivery.attempts, delivery.user_sees, delivery.finished]);
  const old = drawn.get(id);
  if (old?.version === version) return old.row;
  const row = newRow(id, delivery);
  drawn.set(id, { version, row });
  return row;
}

function newRow(id, delivery) {
  const attempts = delivery.attempts ?? [];
  const last = attempts.at(-1);
  const [kind, words] = describe(delivery.packet);
  const state = wasAccepted(delivery) ? "good" : isFinished(delivery) ? "bad" : "open";
  const outcome = state === "open" ? (attempts.length ? "重试中" : "投递中") : outcomes[last?.outcome] ?? last?.outcome ?? "未投递";
  const who = session.users.find((user) => user.openid === delivery.openid)?.nickname ?? "";
  const details = el("details", { class: `log-row ${state}`, open: expanded.has(id), "data-testid": "log-row" },
    el("summary", {},
      el("span", { class: "log-dot", "aria-hidden": "true" }),
      el("span", { class: "log-kind" }, kind), el("span", { class: "log-words" }, words),
      el("span", { class: "log-outcome" }, outcome),
      el("span", { class: "log-meta" }, [secondsTime(toDate(delivery.at)), who, attempts.length > 1 ? `第 ${attempts.length} 次` : "", last ? `${Math.round(last.elapsed_ms)} ms` : ""].filter(Boolean).join(" · "))));
  // The rest is made only when somebody looks, so that the page holds each text of a chat once.
  const fill = () => { if (details.childElementCount === 1) details.append(...detailsOf(delivery)); };
  if (details.open) fill();
  details.addEventListener("toggle", () => {
    if (details.open) { expanded.add(id); fill(); } else expanded.delete(id);
  });
  return details;
}

function detailsOf(delivery) {
  const attempts = (delivery.attempts ?? []).map((attempt) => el("li", { class: accepted(attempt) ? "good" : "bad" },
    `${outcomes[attempt.outcome] ?? attempt.outcome}，${attempt.status ? `HTTP ${attempt.status}，` : ""}${Math.round(attempt.elapsed_ms)} ms${attempt.reason ? `：${attempt.reason}` : ""}`));
  const parts = [
    el("ol", { class: "log-attempts" }, attempts),
    delivery.user_sees && el("p", { class: "log-sees" }, `用户看到：${delivery.user_sees}`),
    el("pre", { tabindex: "0", "aria-label": "报文" }, packetText(delivery)),
  ];
  return parts.filter(Boolean);
}

/** A MsgId has more digits than a number of this language holds exactly, so its text form stands in. */
function packetText(delivery) {
  const packet = delivery.packet?.MsgId ? { ...delivery.packet, MsgId: delivery.msg_id } : delivery.packet;
  return JSON.stringify({ packet, reply: delivery.reply }, null, 1);
}

byId("log-mine").addEventListener("change", draw);
session.addEventListener("user", draw);
