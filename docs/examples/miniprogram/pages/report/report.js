"use strict";

const api = require("../../api");
const drafts = require("../../draft");
const news = require("../../news");

const MOST_PHOTOS = 9;

Page({
  data: {
    kinds: [
      { value: "complaint", label: "投诉" },
      { value: "repair", label: "报修" },
      { value: "suggestion", label: "建议" },
      { value: "question", label: "咨询" },
      { value: "praise", label: "表扬" },
    ],
    most: MOST_PHOTOS,
    kind: "repair",
    text: "",
    place_text: "",
    uploads: [],
    errors: {},
    note: "",
    sending: false,
    uploading: false,
  },

  async onLoad() {
    this.show(drafts.read());
    await news.learn();
    return news.tell();
  },

  show({ kind, text, place_text, uploads }) {
    this.setData({ kind, text, place_text, uploads });
  },

  write(changes) {
    drafts.keep(changes);
    this.setData(changes);
  },

  chooseKind(event) { this.write({ kind: event.detail.value }); },
  writePlace(event) { this.write({ place_text: event.detail.value }); },
  writeText(event) { this.write({ text: event.detail.value }); },

  // Photos are sent as soon as they are chosen, so that submitting is quick and a lost network costs one photo.
  async addPhotos() {
    const chosen = await new Promise((resolve) => {
      const count = MOST_PHOTOS - this.data.uploads.length;
      wx.chooseMedia({ count, mediaType: ["image"], success: ({ tempFiles }) => resolve(tempFiles), fail: () => resolve([]) });
    });
    this.setData({ uploading: true, "errors.uploads": "" });
    try {
      for (const { tempFilePath } of chosen) {
        const { id } = await api.upload(tempFilePath);
        this.write({ uploads: [...this.data.uploads, { id, path: tempFilePath }] });
      }
    } catch (error) {
      this.setData({ "errors.uploads": error.message });
    }
    this.setData({ uploading: false });
  },

  removePhoto(event) {
    this.write({ uploads: this.data.uploads.filter((_, at) => at !== event.currentTarget.dataset.at) });
  },

  async submit() {
    if (this.data.sending) return;
    this.setData({ sending: true, errors: {}, note: "" });
    // WeChat asks only straight after a tap, so before anything is sent; once for each draft.
    if (!drafts.read().asked) await news.ask("file");
    const { key, kind, text, place_text, uploads } = drafts.sending();
    try {
      const filed = await api.post("/complaints", { kind, text, place_text, uploads: uploads.map(({ id }) => id) }, key);
      drafts.forget();
      this.show(drafts.read());
      wx.showToast({ title: `已提交 ${filed.number}`, icon: "none" });
      await news.tell();
      wx.switchTab({ url: "/pages/mine/mine" });
    } catch (error) {
      this.explain(error);
    }
    this.setData({ sending: false });
  },

  // Each refusal at its field; what has none, or has no box on this page, above the button.
  explain(error) {
    const shown = ["kind", "text", "place_text", "uploads"];
    const errors = {};
    error.errors.filter(({ field }) => shown.includes(field)).forEach(({ field, message }) => { errors[field] = message; });
    if (error.code === "unanswered") {
      this.setData({ note: "没有收到回答。请检查网络，再点一次“提交”，不会重复提交。" });
    } else if (error.code === "idempotency_key_reused") {
      // An earlier try did arrive, and something was changed since. What stands here now would be a new one.
      drafts.keep({ key: "" });
      this.setData({ note: "先前写的已经提交成功，请到“我的诉求”里看，改动的内容可以在那里补充。再点“提交”会另提一件。" });
    } else if (error.field in errors) {
      this.setData({ errors });
      // Photos are kept for a day.
      if (errors.uploads) this.write({ uploads: [] });
    } else {
      const minutes = Math.ceil(error.retryAfter / 60);
      this.setData({ errors, note: minutes ? `${error.message}约 ${minutes} 分钟后再试。` : error.message });
    }
  },
});
