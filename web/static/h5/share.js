"use strict";
// Copies an address, offers the phone's own way of passing things on, and inside WeChat tells it what to pass on.

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { return false; /* the address stands in the field, to be copied by hand */ }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const copied = await copy(button.dataset.copy);
    const told = button.closest("section").querySelector("[data-copied]");
    told.textContent = copied ? "已复制，去粘贴给别人或浏览器吧。" : "没能复制，请长按上面的链接复制。";
  });
}

for (const card of document.querySelectorAll("[data-share]")) {
  const { title, words, share: link } = card.dataset;
  const button = card.querySelector("[data-share-now]");
  if (navigator.share) {
    button.hidden = false;
    button.addEventListener("click", () => navigator.share({ title, text: words, url: link }).catch(() => { /* thought better of it */ }));
  }
  document.addEventListener("wechat-ready", () => {
    const picture = card.dataset.picture;
    wx.updateAppMessageShareData({ title, desc: words, link, imgUrl: picture });
    wx.updateTimelineShareData({ title, link, imgUrl: picture });
    button.hidden = true;
    card.querySelector("[data-in-wechat]").hidden = false;
  });
}
