"use strict";
// Inside WeChat only: its scanner, its chooser of several photos, its viewer. Whatever of this does not work,
// the page goes on without: the buttons stay hidden and the file field opens as everywhere.

(() => {
  const { sdk, config } = document.currentScript.dataset;
  const scanners = document.querySelectorAll("[data-wx-scan]");
  const previews = document.querySelectorAll("[data-wx-preview]");
  // WeChat on Android lets a file field take one photo at a time; on iPhones it takes many.
  const fields = /Android/i.test(navigator.userAgent) ? document.querySelectorAll("input[data-photos-most]") : [];
  if (!scanners.length && !previews.length && !fields.length) return;

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
      wx.config({ ...values, jsApiList: ["scanQRCode", "chooseImage", "getLocalImgData", "previewImage"] });
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
      const count = Math.min(9, Math.max(1, Number(field.dataset.photosMost) - field.files.length));
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

  Promise.all([loadSdk(), signed()]).then(([, values]) => configure(values)).then(() => {
    for (const button of scanners) {
      button.hidden = false;
      button.addEventListener("click", scan);
    }
    for (const link of previews) link.addEventListener("click", preview);
    for (const field of fields) takeOver(field);
  }).catch(() => { /* see above */ });
})();
