"use strict";
// Asks whether we may write when something happens (订阅消息), and tells the server what was answered: one yes is
// good for one message. Nothing here ever keeps somebody from filing.
// https://developers.weixin.qq.com/miniprogram/dev/api/open-api/subscribe-message/wx.requestSubscribeMessage.html

const api = require("./api");
const config = require("./config");

const NAME = "banshishi.taps";
const RESULTS = ["accept", "reject", "ban", "filter"];
const LONGEST_KEPT = 24 * 3600;

// WeChat has several words for yes, such as acceptWithAudio.
const plain = (result) => (result.startsWith("accept") ? "accept" : result);

// Asks; to be called straight in what a tap binds. Resolves also where somebody has switched all messages off.
function ask() {
  if (!config.templates.length) return Promise.resolve();
  return new Promise((resolve) => {
    wx.requestSubscribeMessage({
      tmplIds: config.templates,
      success(answer) {
        const results = config.templates
          .filter((id) => typeof answer[id] === "string" && RESULTS.includes(plain(answer[id])))
          .map((template_id) => ({ template_id, result: plain(answer[template_id]) }));
        if (results.length) wx.setStorageSync(NAME, [...waiting(), { key: api.newKey(), at: Date.now(), results }]);
        resolve();
      },
      fail: () => resolve(),
    });
  });
}

const waiting = () => wx.getStorageSync(NAME) || [];

// Tells of every tap that the server does not know of yet, each under its own key; what fails is told next time.
async function tell() {
  for (const { key, at, results } of waiting()) {
    // How long ago, not when: the clock of a phone may be wrong.
    const seconds_ago = Math.min(LONGEST_KEPT, Math.max(0, Math.round((Date.now() - at) / 1000)));
    try {
      await api.post("/me/subscriptions", { results, seconds_ago }, key);
    } catch (error) {
      if (error.code === "unanswered" || error.status === 401 || error.retryAfter) return;
    }
    wx.setStorageSync(NAME, waiting().filter((tap) => tap.key !== key));
  }
}

module.exports = { ask, tell };
