"use strict";
// The photos of a form: shown at once, sent while the rest is filled in, remembered for a day, and waited for when
// the form is sent. How one photo goes: photo_sending.js, which comes before this. Desks use both too.

(function () {
  const AT_ONCE = 2;
  const KEPT = "banshishi:uploads:";
  const KEPT_FOR = 24 * 3600 * 1000;
  const { Photo, ask, madeSmaller } = window.photoSending;
  const fields = new WeakMap();

  class Field {
    constructor(root) {
      this.root = root;
      this.input = root.querySelector("input[type=file]");
      this.list = root.querySelector("[data-chosen]");
      this.note = root.querySelector("[data-photo-note]");
      this.form = root.closest("form");
      this.most = Number(root.dataset.photosMost);
      this.key = KEPT + (this.form.dataset.keep || this.form.getAttribute("action"));
      this.photos = [];
      this.waiting = [];
      this.running = 0;
      this.shrinking = Promise.resolve();
      // The browser's own button says how many files there are; the pictures say it better.
      root.classList.add("photo-field-ready");
      this.takeOver();
      this.input.addEventListener("change", () => this.choose([...this.input.files]));
    }

    // What a refused form brought stands on the page already; otherwise what was left here within a day.
    async takeOver() {
      const kept = [...this.list.querySelectorAll("input[name=uploads]")].map((box) => ({
        id: box.value, name: box.dataset.name, small: box.closest("li").querySelector("img")?.src || "",
      }));
      this.list.replaceChildren();
      if (kept.length) return this.add(kept);
      const { ids = [], lost = 0 } = this.recall();
      if (ids.length) {
        try {
          const { answer } = await ask(this, "GET", `?ids=${ids.join(",")}`);
          this.add((answer && answer.ready) || []);
        } catch { return; } // no network; they stay remembered
      }
      if (lost && this.photos.length === ids.length) this.note.textContent = `上次有 ${lost} 张没有传完，请重新选择。`;
      this.remember(0);
    }

    add(uploads) {
      for (const upload of uploads) this.photos.push(new Photo(this, upload));
      this.changed();
    }

    choose(files) {
      this.input.value = ""; // they go by themselves, not with the form
      const free = this.most - this.photos.length;
      this.add(files.slice(0, free).map((file) => ({ file })));
      for (const photo of this.photos.filter((each) => each.state === "shrinking" && !each.begun)) {
        photo.begun = true;
        // One after the other: a phone has no memory for nine large pictures at once.
        this.shrinking = this.shrinking.then(async () => {
          if (photo.removed) return;
          photo.file = await madeSmaller(photo.file);
          this.enqueue(photo);
        });
      }
      if (files.length > free) this.note.textContent = `最多 ${this.most} 张，多选的 ${files.length - free} 张没有加上。`;
    }

    enqueue(photo) {
      photo.become("queued");
      this.waiting.push(photo);
      this.go();
    }

    async go() {
      while (this.running < AT_ONCE && this.waiting.length) {
        const photo = this.waiting.shift();
        if (photo.removed) continue;
        this.running += 1;
        photo.send().finally(() => { this.running -= 1; this.go(); });
      }
    }

    remove(photo) {
      photo.removed = true;
      if (photo.wake) photo.wake();
      if (photo.image) photo.image.removeAttribute("src"); // what is there no more is not asked for
      if (photo.id) ask(this, "POST", `/${photo.id}/remove`).catch(() => { /* swept after a day */ });
      this.photos = this.photos.filter((each) => each !== photo);
      this.changed();
      this.input.focus();
    }

    // After a form came back: what it says was used or is gone must not be sent again.
    async check() {
      const ids = this.photos.filter((each) => each.state === "ready").map((each) => each.id);
      if (!ids.length) return;
      const { answer } = await ask(this, "GET", `?ids=${ids.join(",")}`).catch(() => ({ answer: null }));
      if (!answer) return;
      const good = new Set(answer.ready.map((each) => each.id));
      this.photos = this.photos.filter((each) => each.state !== "ready" || good.has(each.id));
      this.changed();
    }

    get open() { return this.photos.filter((each) => !each.settled); }

    changed() {
      if (!this.photos) return;
      this.photos.forEach((photo, index) => photo.number(index));
      const items = this.photos.map((photo) => photo.item);
      if (items.length !== this.list.children.length || items.some((item, index) => item !== this.list.children[index])) {
        this.list.replaceChildren(...items);
      }
      this.list.hidden = items.length === 0;
      this.say();
      this.remember(this.open.length);
    }

    say() {
      const bad = this.photos.filter((each) => ["refused", "failed"].includes(each.state));
      const done = this.photos.filter((each) => each.settled).length;
      let words = "";
      if (this.open.length) {
        const resting = this.open.some((each) => each.state === "waiting");
        words = resting ? "网络不通，恢复后会接着传。" : `正在上传照片（${done}/${this.photos.length}）……`;
        if (this.submitter) words += "传完就自动提交。";
      } else if (bad.length) words = `有 ${bad.length} 张没有传上，请${bad.some((each) => each.state === "failed") ? "重试或" : ""}去掉后再提交。`;
      else if (this.said) words = "照片都传好了。";
      this.said = Boolean(this.open.length);
      if (this.note.textContent !== words) this.note.textContent = words;
      this.settle(bad.length > 0);
    }

    // The form waits for what is on its way, and goes by itself once all has come.
    hold(submitter) {
      this.submitter = submitter;
      this.label = submitter.textContent;
      submitter.textContent = "等照片传完……";
      submitter.disabled = true;
      this.say();
    }

    settle(bad) {
      if (!this.submitter || this.open.length) return;
      const submitter = this.submitter;
      this.submitter = null;
      submitter.disabled = false;
      submitter.textContent = this.label;
      if (!bad) setTimeout(() => this.form.requestSubmit(submitter));
    }

    // What could not come beforehand goes with the form, as it does without this script.
    handOver() {
      const box = new DataTransfer();
      for (const photo of this.photos) if (photo.state === "with-form") box.items.add(photo.file);
      this.input.files = box.files;
    }

    remember(lost) {
      const ids = this.photos.filter((each) => each.state === "ready").map((each) => each.id);
      try {
        if (ids.length || lost) localStorage.setItem(this.key, JSON.stringify({ ids, lost, at: Date.now() }));
        else localStorage.removeItem(this.key);
      } catch { /* a full or forbidden store only means that nothing is remembered */ }
    }

    recall() {
      try {
        const kept = JSON.parse(localStorage.getItem(this.key));
        return kept && Date.now() - kept.at < KEPT_FOR ? kept : {};
      } catch { return {}; }
    }
  }

  function begin(within) {
    for (const root of within.querySelectorAll("[data-photo-field]")) {
      const field = fields.get(root);
      if (field) {
        field.form = root.closest("form");
        field.check();
      } else fields.set(root, new Field(root));
    }
  }

  document.addEventListener("submit", (event) => {
    const root = event.target.querySelector("[data-photo-field]");
    const field = root && fields.get(root);
    if (!field) return;
    const bad = field.photos.some((each) => ["refused", "failed"].includes(each.state));
    if (!field.open.length && !bad) return field.handOver();
    event.preventDefault();
    event.stopImmediatePropagation();
    if (field.open.length) {
      if (!field.submitter) field.hold(event.submitter || event.target.querySelector("button[type=submit]"));
    } else {
      field.say();
      root.scrollIntoView({ block: "center" });
    }
  }, true);

  // What another tab has sent meanwhile is used up here too.
  window.addEventListener("focus", () => {
    for (const root of document.querySelectorAll("[data-photo-field]")) fields.get(root)?.check();
  });
  document.addEventListener("htmx:load", (event) => begin(event.detail.elt.parentElement || document));
  begin(document);
})();
