"use strict";
// WeChat as far as a mini program sees it, around the files of one, unchanged: requests go out over HTTP, and
// what WeChat would show is kept. One JSON line in, one JSON line out:
//   {"open": "report", "with": {query}}    shows a page
//   {"tap": "submit", "with": {event}}     calls what a page binds, and waits for it
//   {"set": {"lose": {"POST /a": 1}}}       changes the phone: how many answers are lost, which photos are chosen
//   {"forget": true}                       empties the storage
//   {"look": true}                         nothing
// -> {"data", "binds", "storage", "shown", "waits", "sent"}
// Waits are told and cut to a tenth.

const { readFileSync } = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");

const [folder, server, loginCodes] = process.argv.slice(2);
const phone = { lose: {}, photos: [], accepts: "accept", agrees: true };
const storage = {};
const waits = [];
const shown = [];
const sent = [];
const pages = {};
let page;

const config = require(path.join(folder, "config.js"));

const realTimeout = setTimeout;
global.setTimeout = (done, milliseconds, ...more) => {
  // Node waits too, in the midst of fetch.
  if (!new Error().stack.includes(folder)) return realTimeout(done, milliseconds, ...more);
  waits.push(milliseconds / 1000);
  return realTimeout(done, milliseconds / 10);
};

// Does the request whole before it is lost, as a network does that breaks on the way back.
async function exchange(address, options, told) {
  const asked = `${options.method} ${new URL(address).pathname}`;
  sent.push(asked);
  let answer;
  try {
    answer = await fetch(address, options);
    told.data = await answer.text();
  } catch (error) {
    return told.fail({ errMsg: `request:fail ${error.message}` });
  }
  if (answer.ok && phone.lose[asked] > 0) {
    phone.lose[asked] -= 1;
    return told.fail({ errMsg: "request:fail timeout" });
  }
  return told.success(told.read({ statusCode: answer.status, header: Object.fromEntries(answer.headers), data: told.data }));
}

function parsed(answer) {
  try { return { ...answer, data: JSON.parse(answer.data) }; } catch { return answer; }
}

global.wx = {
  request({ url, method = "GET", data, header, success, fail }) {
    const body = data === undefined ? undefined : JSON.stringify(data);
    const headers = { "content-type": "application/json", ...header };
    exchange(url, { method, headers, body }, { success, fail, read: parsed });
  },
  uploadFile({ url, filePath, name, header, success, fail }) {
    const body = new FormData();
    body.append(name, new Blob([readFileSync(filePath)]), path.basename(filePath));
    exchange(url, { method: "POST", headers: header, body }, { success, fail, read: (answer) => answer });
  },
  login({ success, fail }) {
    fetch(loginCodes, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" })
      .then((answer) => answer.json()).then(success, fail);
  },
  requestSubscribeMessage({ tmplIds, success }) {
    shown.push({ subscribe: tmplIds });
    success({ errMsg: "requestSubscribeMessage:ok", ...Object.fromEntries(tmplIds.map((id) => [id, phone.accepts])) });
  },
  chooseMedia({ count, success }) {
    success({ tempFiles: phone.photos.slice(0, count).map((tempFilePath) => ({ tempFilePath })) });
  },
  getDeviceInfo: () => ({ model: "iPhone 15" }),
  getStorageSync: (name) => (name in storage ? structuredClone(storage[name]) : ""),
  setStorageSync: (name, value) => { storage[name] = structuredClone(value); },
  removeStorageSync: (name) => { delete storage[name]; },
  showModal(options) {
    shown.push({ modal: options.content });
    options.success({ confirm: phone.agrees });
  },
  showToast: ({ title }) => { shown.push({ toast: title }); },
  switchTab: ({ url }) => { shown.push({ url }); },
  stopPullDownRefresh() {},
};

global.App = () => {};
global.Page = (definition) => { pages.newest = definition; };

// "errors.text" and "items[0].name" name what lies deeper, as in WeChat.
function setData(changes) {
  for (const [name, value] of Object.entries(changes)) {
    const steps = name.replace(/\[(\d+)\]/g, ".$1").split(".");
    const last = steps.pop();
    steps.reduce((inner, step) => inner[step], this.data)[last] = structuredClone(value);
  }
}

async function open(name, query) {
  if (!pages[name]) {
    require(path.join(folder, "pages", name, `${name}.js`));
    pages[name] = pages.newest;
  }
  page = { ...pages[name], data: structuredClone(pages[name].data), setData };
  await page.onLoad?.(query);
  await page.onShow?.();
}

const bound = () => Object.keys(page).filter((name) => typeof page[name] === "function");

async function act(asked) {
  if (asked.set) Object.assign(phone, asked.set);
  if (asked.forget) Object.keys(storage).forEach((name) => delete storage[name]);
  if (asked.open) await open(asked.open, asked.with ?? {});
  if (asked.tap) await page[asked.tap](asked.with ?? {});
  return { data: page?.data, binds: page ? bound() : [], storage, shown, waits, sent };
}

(async () => {
  config.server = server;
  require(path.join(folder, "app.js"));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let told;
    try { told = await act(JSON.parse(line)); } catch (error) { told = { error: error.stack }; }
    console.log(JSON.stringify(told));
  }
})();
