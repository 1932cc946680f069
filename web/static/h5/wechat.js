"use strict";
// Inside WeChat only: its scanner, its chooser of several photos, its viewer, its question for 订阅通知. Whatever
// of this does not work, the page goes on without: the buttons stay hidden and the file field opens as everywhere.
// Other scripts of a page that has `data-wx` somewhere hear "wechat-ready" once `wx` can be called.

(() => {
  const { sdk, config } = document.currentScript.dataset;
  const scanners = document.querySelectorAll("[data-wx-scan]");
  const previews = document.querySelectorAll("[data-wx-preview]");
  // WeChat on Android lets a file field take one photo at a time; on iPhones it takes many.
  const fields = /Android/i.test(navigator.userAgent) ? document.querySelectorAll("[data-photo-field] input[type=file]") : [];
  const offers = document.querySelectorAll("[data-subscribe]");
  const others = document.querySelector("[data-wx]");
  if (!scanners.length && !previews.length && !fields.length && !offers.length && !others) return;

  function loadSdk() {
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = sdk;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
  }

  async function signed() {
    const page = location.href.split("#")[0];
    const answer = await fetch(`${config}?url=${encodeURIComponent(page)}`);
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  }

  function configure(values) {
    return new Promise((done, failed) => {
      wx.error(failed); // first: `ready` is called after a failure too
      wx.ready(done);
      wx.config({
        ...values,
        jsApiList: [
          "scanQRCode", "chooseImage", "getLocalImgData", "previewImage", "getLocation",
          "startRecord", "stopRecord", "onVoiceRecordEnd", "uploadVoice",
          "updateAppMessageShareData", "updateTimelineShareData",
        ],
        openTagList: offers.length ? ["wx-open-subscribe"] : [],
      });
    });
  }

  function scan() {
    wx.scanQRCode({ needResult: 0, scanType: ["qrCode"] }); // WeChat acts on the code itself: it opens the chat
  }

  function preview(event) {
    event.preventDefault();
    const group = event.currentTarget.dataset.wxPreview;
    const urls = [...previews].filter((each) => each.dataset.wxPreview === group).map((each) => each.href);
    wx.previewImage({ current: event.currentTarget.href, urls });
  }

  function fileOf(localId) {
    return new Promise((done, failed) => {
      wx.getLocalImgData({
        localId,
        fail: failed,
        success: ({ localData }) => {
          // Android gives bare base64, iPhones a data address of the type "jgp".
          const bytes = Uint8Array.from(atob(localData.replace(/^data:[^,]*,/, "").replace(/\s/g, "")), (one) => one.charCodeAt(0));
          const type = bytes[0] === 0x89 ? "png" : "jpeg";
          done(new File([bytes], `photo.${type === "png" ? "png" : "jpg"}`, { type: `image/${type}` }));
        },
      });
    });
  }

  function takeOver(field) {
    const choose = (event) => {
      event.preventDefault();
      const root = field.closest("[data-photo-field]");
      const chosen = root.querySelectorAll("[data-chosen] > li").length;
      const count = Math.min(9, Math.max(1, Number(root.dataset.photosMost) - chosen));
      wx.chooseImage({
        count,
        sizeType: ["compressed"],
        fail: () => field.removeEventListener("click", choose), // the next tap opens the field itself
        success: async ({ localIds }) => {
          try {
            const box = new DataTransfer();
            for (const localId of localIds) box.items.add(await fileOf(localId)); // WeChat reads one at a time
            field.files = box.files;
            field.dispatchEvent(new Event("change", { bubbles: true }));
          } catch {
            field.removeEventListener("click", choose);
          }
        },
      });
    };
    field.addEventListener("click", choose);
  }

  // WeChat draws its own button, from markup of ours that it takes out of a script of a type no browser runs.
  function subscribe(offer) {
    const tag = document.createElement("wx-open-subscribe");
    tag.setAttribute("template", offer.dataset.subscribe);
    const markup = document.createElement("script");
    markup.type = "text/wxtag-template";
    const look = "width:100%;height:48px;border:0;border-radius:8px;background:#067a3e;color:#fff;font-size:17px;font-weight:600";
    markup.text = `<button style="${look}">订阅办理进度通知</button>`;
    tag.append(markup);
    const words = offer.querySelector("[data-subscribe-words]");
    tag.addEventListener("success", ({ detail }) => {
      const accepted = /accept/.test(JSON.stringify(detail?.subscribeDetails ?? ""));
      words.textContent = accepted ? "已订阅，有结果会通知您。" : "没有订阅也没关系，进展随时可以在这里看。";
      if (accepted) tag.remove();
    });
    tag.addEventListener("error", () => { offer.hidden = true; });
    offer.querySelector("[data-subscribe-button]").replaceChildren(tag);
    offer.hidden = false;
  }

  // Told of when this WeChat, or this phone, is too old for its tags.
  document.addEventListener("WeixinOpenTagsError", () => { for (const offer of offers) offer.hidden = true; });

  Promise.all([loadSdk(), signed()]).then(([, values]) => configure(values)).then(() => {
    for (const button of scanners) {
      button.hidden = false;
      button.addEventListener("click", scan);
    }
    for (const link of previews) link.addEventListener("click", preview);
    for (const field of fields) takeOver(field);
    for (const offer of offers) subscribe(offer);
    document.dispatchEvent(new CustomEvent("wechat-ready"));
  }).catch(() => { /* see above */ });
})();
