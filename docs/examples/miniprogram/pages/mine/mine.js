"use strict";

const api = require("../../api");

Page({
  data: {
    tabs: [
      { value: "all", label: "全部" },
      { value: "open", label: "办理中" },
      { value: "to_rate", label: "待评价" },
      { value: "to_supplement", label: "待补充" },
      { value: "ended", label: "已结束" },
    ],
    tab: "all",
    told: null,
    items: [],
    loading: false,
    note: "",
  },

  // A 订阅消息 opens this page with the number of its notice, which is read then.
  async onLoad({ notice }) {
    if (!notice) return;
    try {
      const { title, body } = await api.get(`/notices/${notice}`);
      this.setData({ told: { title, body } });
      await api.post(`/notices/${notice}/read`);
    } catch (error) {
      this.setData({ note: error.message });
    }
  },

  // Something may have been filed, or have gone on, since the list was last looked at.
  onShow() { return this.begin(); },

  async onPullDownRefresh() {
    await this.begin();
    wx.stopPullDownRefresh();
  },

  onReachBottom() { return this.cursor ? this.more() : undefined; },

  again() { return this.cursor ? this.more() : this.begin(); },

  chooseTab(event) {
    this.setData({ tab: event.currentTarget.dataset.tab });
    return this.begin();
  },

  begin() {
    this.cursor = "";
    this.setData({ items: [] });
    return this.more();
  },

  async more() {
    // What is answered after somebody chose another tab is of no use any more.
    const wish = `${this.data.tab} ${this.cursor}`;
    if (this.wish === wish) return;
    this.wish = wish;
    this.setData({ loading: true, note: "" });
    try {
      const page = await api.get("/complaints", { tab: this.data.tab, cursor: this.cursor, limit: 20 });
      if (this.wish !== wish) return;
      this.cursor = page.next_cursor;
      this.setData({ items: [...this.data.items, ...page.items] });
    } catch (error) {
      if (this.wish !== wish) return;
      // Cursors are not for ever; the list then begins anew.
      if (error.field === "cursor") this.cursor = "";
      this.setData({ note: error.message });
    }
    this.wish = "";
    this.setData({ loading: false });
  },
});
