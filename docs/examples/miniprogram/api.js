"use strict";
// The API of 办实事 as a mini program calls it: signs in by itself, sends again what may be sent again, and
// rejects with an ApiError, whose message is a Chinese sentence for the person. See docs/api.md.

const config = require("./config");

const TOKEN = "banshishi.token";
// Somebody looks at the screen meanwhile; after longer than this, better ask them to come back.
const LONGEST_WAIT = 10;
// Seconds before each further try where no answer came.
const PAUSES = [1, 2, 4];
const UNANSWERED = "没有收到回答，请检查网络后再试。";

// status, code, field, errors and request_id are those of the API; code is "unanswered" where nobody knows
// whether the request had its effect. retryAfter: seconds, 0 where waiting does not help.
class ApiError extends Error {
  constructor(problem, status = 0, retryAfter = 0) {
    super(problem.detail || UNANSWERED);
    this.status = status;
    this.code = problem.code || "unanswered";
    this.field = problem.field || "";
    this.errors = problem.errors || [];
    this.request_id = problem.request_id || "";
    this.retryAfter = retryAfter;
  }
}

function headerOf(answer, name) {
  const found = Object.keys(answer.header || {}).find((each) => each.toLowerCase() === name);
  return found ? answer.header[found] : "";
}

// uploadFile gives text, request gives what it could read; a proxy on the way may have answered with a page.
function contentOf(answer) {
  if (typeof answer.data !== "string") return answer.data || {};
  try { return JSON.parse(answer.data); } catch { return {}; }
}

// Calls wx.request or wx.uploadFile once.
function sendOnce(call, options) {
  return new Promise((resolve, reject) => {
    call({
      ...options,
      success(answer) {
        const content = contentOf(answer);
        if (answer.statusCode < 400) resolve(content);
        else reject(new ApiError(content, answer.statusCode, Number(headerOf(answer, "retry-after")) || 0));
      },
      fail: () => reject(new ApiError({})),
    });
  });
}

const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

// Gives the seconds to wait before the next try, or -1 where there is none.
function pauseAfter(error, tries, mayRepeat) {
  if (tries >= PAUSES.length) return -1;
  // Refused with a time to come back: it had no effect, so it can always be sent again.
  if (error.retryAfter > 0) return error.retryAfter <= LONGEST_WAIT ? error.retryAfter : -1;
  return error.code === "unanswered" && mayRepeat ? PAUSES[tries] : -1;
}

async function withRetries(send, mayRepeat) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await send();
    } catch (error) {
      const pause = pauseAfter(error, tries, mayRepeat);
      if (pause < 0) throw error;
      await wait(pause);
    }
  }
}

const loginCode = () => new Promise((resolve, reject) => {
  wx.login({ success: ({ code }) => resolve(code), fail: () => reject(new ApiError({})) });
});

const agrees = (content) => new Promise((resolve) => {
  wx.showModal({ title: "重新开始", content, success: ({ confirm }) => resolve(confirm), fail: () => resolve(false) });
});

// A code is good once, also where its answer was lost: every try takes a fresh one.
const exchange = async (begin_anew) => sendOnce(wx.request, {
  url: `${config.server}/api/v1/sessions`,
  method: "POST",
  data: { code: await loginCode(), device: wx.getDeviceInfo().model.slice(0, 60), begin_anew },
});

async function signIn() {
  let opened;
  try {
    opened = await exchange(false);
  } catch (error) {
    if (error.code !== "person_left" || !(await agrees(error.message))) throw error;
    opened = await exchange(true);
  }
  wx.setStorageSync(TOKEN, opened.token);
  return opened.token;
}

// Pages that call at the same moment share one sign-in.
let signingIn = null;

function token() {
  const kept = wx.getStorageSync(TOKEN);
  if (kept) return kept;
  if (!signingIn) signingIn = signIn().finally(() => { signingIn = null; });
  return signingIn;
}

// What opens nothing any more is dropped, unless another page has already signed in anew.
function drop(spent) {
  if (wx.getStorageSync(TOKEN) === spent) wx.removeStorageSync(TOKEN);
}

// Sends with the token; where that opens nothing any more, signs in anew once. Never in a circle.
async function asMe(send) {
  const first = await token();
  try {
    return await send({ Authorization: `Bearer ${first}` });
  } catch (error) {
    if (error.status !== 401) throw error;
    drop(first);
    return send({ Authorization: `Bearer ${await token()}` });
  }
}

const queryOf = (query) => Object.keys(query)
  .filter((name) => query[name] !== undefined && query[name] !== null && query[name] !== "")
  .map((name, at) => `${at ? "&" : "?"}${name}=${encodeURIComponent(query[name])}`)
  .join("");

// Calls an operation below /api/v1. A POST is sent again only with a key, by which the server knows it again.
function call(method, path, { query = {}, body, key } = {}) {
  const url = `${config.server}/api/v1${path}${queryOf(query)}`;
  const named = key ? { "Idempotency-Key": key } : {};
  const send = () => asMe((header) => sendOnce(wx.request, { url, method, data: body, header: { ...header, ...named } }));
  return withRetries(send, method !== "POST" || Boolean(key));
}

// Sends one photo; of one that came twice, the one that no form names is thrown away after a day.
function upload(filePath) {
  const url = `${config.server}/api/v1/uploads`;
  const send = () => asMe((header) => sendOnce(wx.uploadFile, { url, filePath, name: "file", header }));
  return withRetries(send, true);
}

// Makes an Idempotency-Key; only its person's own ones have to differ.
function newKey() {
  const part = () => Math.random().toString(36).slice(2, 12).padEnd(10, "0");
  return `${Date.now().toString(36)}-${part()}${part()}`;
}

module.exports = {
  ApiError,
  newKey,
  upload,
  get: (path, query) => call("GET", path, { query }),
  post: (path, body, key) => call("POST", path, { body, key }),
  put: (path, body) => call("PUT", path, { body }),
};
