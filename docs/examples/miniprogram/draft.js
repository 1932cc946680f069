"use strict";
// What somebody is writing, kept on the phone until the server has it. Its key is made once, before the first
// try, and goes with every further try of the same draft, also after the mini program was closed.

const { newKey } = require("./api");

const NAME = "banshishi.draft";
const EMPTY = { key: "", asked: false, kind: "repair", text: "", place_text: "", uploads: [] };

const read = () => ({ ...EMPTY, ...wx.getStorageSync(NAME) });

function keep(changes) {
  const draft = { ...read(), ...changes };
  wx.setStorageSync(NAME, draft);
  return draft;
}

// Gives the draft as it is about to be sent.
const sending = () => keep({ asked: true, key: read().key || newKey() });

const forget = () => wx.removeStorageSync(NAME);

module.exports = { read, keep, sending, forget };
