"use strict";
// One photo of a form: made smaller, sent piece by piece, and sent on from where it stopped when the network comes
// back. What is spoken: web/upload_protocol.py. The field that holds photos is photos.js, which comes after this.

(function () {
  const LONGEST_SIDE = 2048;
  const LARGE_ENOUGH = 1024 * 1024;
  const LONGEST_PAUSE = 20_000;
  const TRIES = 6; // without a network nobody counts
  const WORDS = { waiting: "等待网络", shrinking: "处理中", queued: "排队中", sending: "上传中", checking: "检查中" };

  class Refused extends Error {}

  const pause = (time) => new Promise((done) => setTimeout(done, time));

  async function madeSmaller(file) {
    if (file.size < LARGE_ENOUGH || !/^image\/(?!gif)/.test(file.type)) return file;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      canvas.width = 0; // phones give the memory back only so
      if (!blob || blob.size >= file.size) return file;
      return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
    } catch {
      return file; // a kind this browser cannot draw; the server says whether it can
    }
  }

  // --- speaking to the server ---

  function ask(field, method, path, { body = null, headers = {}, progress = null } = {}) {
    return new Promise((done, fail) => {
      const request = new XMLHttpRequest();
      request.open(method, field.root.dataset.uploads + path);
      request.timeout = 90_000;
      if (method === "POST") request.setRequestHeader("X-CSRFToken", field.form.querySelector("[name=csrf_token]").value);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      if (progress) request.upload.onprogress = (event) => progress(event.loaded);
      request.onload = () => {
        let answer = null;
        try { answer = JSON.parse(request.responseText); } catch { /* a page, not ours to read */ }
        done({ status: request.status, answer });
      };
      request.onerror = request.ontimeout = () => fail(new Error("no network"));
      request.send(body);
    });
  }

  function judged({ status, answer }, ...fine) {
    if (fine.includes(status) && answer) return answer;
    if (status === 429 || status >= 500 || status === 0) throw new Error(String(status));
    if (status === 401 || status === 200) throw new Refused("登录已过期，请刷新页面");
    if (status === 400) throw new Refused("页面开得太久，请刷新页面");
    throw new Refused((answer && answer.error) || "没有传上");
  }

  async function sendOnce(photo, field) {
    if (!photo.id) {
      const body = new FormData();
      body.append("name", photo.file.name);
      body.append("size", photo.file.size);
      const outcome = await ask(field, "POST", "", { body });
      // Something between us and the server knows nothing of uploads: let the photo go with the form.
      if ([403, 404, 405].includes(outcome.status) && !outcome.answer) return photo.become("with-form");
      const begun = judged(outcome, 201);
      Object.assign(photo, { id: begun.id, sent: 0, chunk: begun.chunk });
    } else if (photo.unsure) {
      const outcome = await ask(field, "GET", `/${photo.id}`);
      if (outcome.status === 404) {
        photo.id = "";
        throw new Error("gone");
      }
      photo.sent = judged(outcome, 200).offset;
    }
    photo.unsure = true; // until the last answer has come
    photo.become("sending");
    while (photo.sent < photo.file.size && !photo.removed) {
      const piece = photo.file.slice(photo.sent, photo.sent + photo.chunk);
      const headers = { "Upload-Offset": photo.sent, "Content-Type": "application/octet-stream" };
      const before = photo.sent;
      const progress = (loaded) => photo.show((before + loaded) / photo.file.size);
      photo.sent = judged(await ask(field, "POST", `/${photo.id}/chunks`, { body: piece, headers, progress }), 200, 409).offset;
      if (photo.sent <= before) throw new Error("no further");
      photo.tries = 0;
    }
    if (photo.removed) return undefined;
    photo.become("checking");
    const finished = judged(await ask(field, "POST", `/${photo.id}/finish`), 200);
    if (photo.removed) return undefined;
    if (finished.small && photo.image) photo.image.src = finished.small;
    return photo.become("ready");
  }

  // --- one photo ---

  class Photo {
    constructor(field, { file = null, id = "", name = "", small = "" }) {
      Object.assign(this, { field, file, id, name: file ? file.name : name, sent: 0, tries: 0 });
      this.state = file ? "shrinking" : "ready";
      this.draw(small);
      this.become(this.state);
    }

    draw(small) {
      const is_picture = this.file ? this.file.type.startsWith("image/") || /\.hei[cf]$/i.test(this.name) : Boolean(small);
      this.item = document.createElement("li");
      this.item.className = "photo-chosen";
      const title = document.createElement("span");
      title.className = "photo-name";
      title.textContent = this.name;
      this.item.append(title);
      if (is_picture) {
        this.image = new Image();
        this.image.onload = () => { title.hidden = true; if (this.image.src.startsWith("blob:")) URL.revokeObjectURL(this.image.src); };
        this.image.onerror = () => { title.hidden = false; }; // this browser cannot show it; the server will
        this.image.src = small || URL.createObjectURL(this.file);
        this.item.append(this.image);
      }
      this.bar = document.createElement("progress");
      this.bar.max = 1;
      this.again = document.createElement("button");
      this.again.type = "button";
      this.again.className = "photo-again";
      this.again.addEventListener("click", () => this.retry());
      this.word = document.createElement("span");
      this.word.className = "photo-word";
      const remove = document.createElement("button");
      const sign = document.createElement("span");
      remove.type = "button";
      remove.className = "photo-remove";
      sign.textContent = "×";
      sign.setAttribute("aria-hidden", "true");
      remove.append(sign);
      remove.addEventListener("click", () => this.field.remove(this));
      this.removeButton = remove;
      this.input = document.createElement("input");
      this.input.type = "hidden";
      this.item.append(this.bar, this.word, this.again, remove);
    }

    number(index) {
      const what = this.image ? `第 ${index + 1} 张照片` : `文件 ${this.name}`;
      if (this.image) this.image.alt = what;
      this.bar.setAttribute("aria-label", `${what}的上传进度`);
      this.removeButton.setAttribute("aria-label", `去掉${what}`);
      this.what = what;
      this.again.setAttribute("aria-label", `${this.again.textContent}：${what}`);
    }

    get settled() { return ["ready", "refused", "failed", "with-form"].includes(this.state); }

    show(part) { this.bar.value = part; }

    become(state, words = "") {
      this.state = state;
      this.item.dataset.state = state;
      this.bar.hidden = this.settled || state === "waiting";
      if (["shrinking", "queued", "checking"].includes(state)) this.bar.removeAttribute("value");
      this.again.hidden = !["failed", "waiting"].includes(state);
      this.again.textContent = state === "failed" ? "没传上，点一下重试" : "等待网络";
      this.word.textContent = state === "refused" ? words : WORDS[state] || "";
      this.word.hidden = !this.word.textContent || !this.again.hidden;
      if (state === "ready") {
        this.input.name = "uploads";
        this.input.value = this.id;
        this.item.append(this.input);
      }
      this.field.changed();
    }

    retry() {
      if (this.state === "failed") {
        this.tries = 0;
        this.field.enqueue(this);
      } else if (this.wake) this.wake();
    }

    async send() {
      while (!this.removed && document.contains(this.field.root)) {
        try {
          await sendOnce(this, this.field);
          return;
        } catch (trouble) {
          if (trouble instanceof Refused) return this.become("refused", trouble.message);
          if (navigator.onLine) this.tries += 1;
          if (this.tries >= TRIES) return this.become("failed");
          this.become("waiting");
          await this.rest();
        }
      }
    }

    // Until some time has passed, the network is back, or somebody taps.
    async rest() {
      const woken = new Promise((done) => { this.wake = done; });
      const time = Math.min(LONGEST_PAUSE, 1000 * 2 ** this.tries);
      window.addEventListener("online", this.wake, { once: true });
      await Promise.race([woken, pause(time)]);
      window.removeEventListener("online", this.wake);
      this.wake = null;
    }
  }

  window.photoSending = { Photo, ask, madeSmaller };
})();
