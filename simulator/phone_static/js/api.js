/** Calls to the simulator's control API. Every failure is a ControlError with a sentence a person can read. */

export class ControlError extends Error {
  /** @param {boolean} lost the simulator could not be reached at all */
  constructor(message, { lost = false } = {}) {
    super(message);
    this.lost = lost;
  }
}

/** Fires "lost" and "restored" when the way to the simulator breaks or heals. */
export const connection = new EventTarget();
let isLost = false;

function noteConnection(lost) {
  if (lost === isLost) return;
  isLost = lost;
  connection.dispatchEvent(new Event(lost ? "lost" : "restored"));
}

// What the control API says to programs, put for people. Its other sentences are shown as they are.
const sentences = [
  [/already follows/, "已经关注过这个公众号了"],
  [/does not follow/, "还没有关注公众号，请先关注"],
  [/no user with openid/, "没有这位用户，模拟器可能重新启动过"],
  [/a nickname has/, "昵称要有 1 到 32 个字"],
  [/file is empty/, "这个文件是空的"],
  [/content is empty/, "不能发送空白消息"],
];

function inChinese(sentence) {
  const known = sentences.find(([pattern]) => pattern.test(sentence));
  if (known) return known[1];
  return /[\u4e00-\u9fff]/.test(sentence) ? sentence : `操作没有成功：${sentence}`;
}

async function call(method, path, { json, form, signal } = {}) {
  const options = { method, signal, cache: "no-store" };
  if (json !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(json);
  } else if (form) {
    options.body = form;
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    noteConnection(true);
    throw new ControlError("连不上模拟器，请稍后再试", { lost: true });
  }
  noteConnection(false);
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new ControlError(body?.error ? inChinese(body.error) : `模拟器出错了（${response.status}）`);
  if (body === null) throw new ControlError("模拟器的回答看不懂");
  return body;
}

const user = (openid) => `/_sim/users/${encodeURIComponent(openid)}`;

export const api = {
  users: () => call("GET", "/_sim/users"),
  addUser: (nickname) => call("POST", "/_sim/users", { json: { nickname } }),
  follow: (openid) => call("POST", `${user(openid)}/follow?wait=0`, { json: {} }),
  unfollow: (openid) => call("POST", `${user(openid)}/unfollow?wait=0`, { json: {} }),
  scan: (openid, scene) => call("POST", `${user(openid)}/scan?wait=0`, { json: { scene } }),
  click: (openid, key) => call("POST", `${user(openid)}/click?wait=0`, { json: { key } }),
  view: (openid, url) => call("POST", `${user(openid)}/view?wait=0`, { json: { url } }),
  send: (openid, message) => call("POST", `${user(openid)}/send?wait=0`, { json: message }),
  sendMedia(openid, type, file) {
    const form = new FormData();
    form.append("type", type);
    form.append("media", file, file.name);
    return call("POST", `${user(openid)}/send?wait=0`, { form });
  },
  answerPage: (openid, answers) => call("POST", `${user(openid)}/subscribe?wait=0`, { json: { answers } }),
  templates: () => call("GET", "/_sim/templates"),
  chat: (openid, after, wait, signal) => call("GET", `${user(openid)}/chat?after=${after}&wait=${wait}`, { signal }),
  delivery: (id) => call("GET", `/_sim/deliveries/${encodeURIComponent(id)}`),
  deliveries: (limit = 100) => call("GET", `/_sim/deliveries?limit=${limit}`),
  menu: (openid) => call("GET", `/_sim/menu?openid=${encodeURIComponent(openid ?? "")}`),
  articles: () => call("GET", "/_sim/articles"),
  codes: () => call("GET", "/_sim/codes"),
  clock: () => call("GET", "/_sim/clock"),
  setClock: (change) => call("POST", "/_sim/clock", { json: change }),
  settings: () => call("GET", "/_sim/settings"),
};
