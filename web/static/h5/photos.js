"use strict";
// Shows the photos chosen, lets them be added to and taken out, and makes large ones smaller before sending.

const LONGEST_SIDE = 2048;
const LARGE_ENOUGH = 1024 * 1024;

async function madeSmaller(file) {
  if (file.size < LARGE_ENOUGH || file.type === "image/gif") return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  } catch {
    return file; // a kind this browser cannot draw; the server says whether it can
  }
}

function watchPhotos(input) {
  const list = input.parentElement.querySelector("[data-chosen]");
  const note = input.parentElement.querySelector("[data-photo-note]");
  const most = Number(input.dataset.photosMost);
  const submit = input.form.querySelector("button[type=submit]");
  let chosen = [];
  // The browser's own button says how many files there are; the pictures say it better.
  input.parentElement.classList.add("photo-field-ready");

  const hand = () => {
    const box = new DataTransfer();
    for (const file of chosen) box.items.add(file);
    input.files = box.files;
    list.hidden = chosen.length === 0;
    list.replaceChildren(...chosen.map(thumbnail));
  };
  const thumbnail = (file, index) => {
    const item = document.createElement("li");
    const image = new Image();
    image.alt = `第 ${index + 1} 张照片`;
    image.src = URL.createObjectURL(file);
    image.onload = () => URL.revokeObjectURL(image.src);
    const remove = document.createElement("button");
    const sign = document.createElement("span");
    remove.type = "button";
    remove.className = "photo-remove";
    remove.setAttribute("aria-label", `去掉第 ${index + 1} 张照片`);
    sign.textContent = "×";
    remove.append(sign);
    remove.addEventListener("click", () => {
      chosen = chosen.filter((each) => each !== file);
      note.textContent = "";
      hand();
    });
    item.append(image, remove);
    return item;
  };

  input.addEventListener("change", async () => {
    submit.disabled = true;
    note.textContent = "正在处理照片……";
    const added = await Promise.all([...input.files].map(madeSmaller));
    const left = added.length - (most - chosen.length);
    chosen = [...chosen, ...added].slice(0, most);
    hand();
    note.textContent = left > 0 ? `最多 ${most} 张，多选的 ${left} 张没有加上。` : "";
    submit.disabled = false;
  });
}

for (const input of document.querySelectorAll("[data-photos-most]")) watchPhotos(input);
