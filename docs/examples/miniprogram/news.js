"use strict";
// Asks whether we may write when something happens (订阅消息), and tells the server what was answered: one yes is
// good for one message. Nothing here ever keeps somebody from filing.
// https://developers.weixin.qq.com/miniprogram/dev/api/open-api/subscribe-message/wx.requestSubscribeMessage.html

const api = require("./api");

const NAME = "banshishi.taps";
const TEMPLATES = "banshishi.templates";
const RESULTS = ["accept", "reject", "ban", "filter"];
const LONGEST_KEPT = 24 * 3600;

// WeChat has several words for yes, such as acceptWithAudio.
const plain = (result) => (result.startsWith("accept") ? "accept" : result);

// Reads which templates to ask for, as the office has set them; where it cannot, those of last time hold.
async function learn() {
  try {
    const { items } = await api.get("/me/subscriptions/templates");
    wx.setStorageSync(TEMPLATES, items);
  } catch {
    // There is nothing to tell anybody.
  }
}

function templatesAt(moment) {
  const found = (wx.getStorageSync(TEMPLATES) || []).find((each) => each.moment === moment);
  return found ? found.template_ids : [];
}

// Asks at a moment ("file", "follow"); to be called straight in what a tap binds. Resolves also where somebody has
// switched all messages off.
function ask(moment) {
  const templates = templatesAt(moment);
  if (!templates.length) return Promise.resolve();
  return new Promise((resolve) => {
    wx.requestSubscribeMessage({
      tmplIds: templates,
      success(answer) {
        const results = templates
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

module.exports = { ask, learn, tell };
