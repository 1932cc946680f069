"use strict";
// Shows photos over the whole screen, with the others of their row; without scripts each is a plain link.

function makeViewer() {
  const viewer = document.createElement("dialog");
  viewer.className = "viewer";
  viewer.setAttribute("aria-label", "看照片");
  const image = new Image();
  const count = document.createElement("p");
  count.className = "viewer-count";
  const button = (name, label, sign, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = name;
    made.setAttribute("aria-label", label);
    made.textContent = sign;
    made.addEventListener("click", (event) => { event.stopPropagation(); act(); });
    return made;
  };
  let links = [];
  let at = 0;
  const show = (index) => {
    at = (index + links.length) % links.length;
    image.src = links[at].href;
    image.alt = links[at].querySelector("img").alt;
    count.textContent = links.length > 1 ? `${at + 1} / ${links.length}` : "";
    earlier.hidden = later.hidden = links.length < 2;
  };
  const earlier = button("viewer-earlier", "上一张", "‹", () => show(at - 1));
  const later = button("viewer-later", "下一张", "›", () => show(at + 1));
  viewer.append(image, count, earlier, later, button("viewer-close", "关闭", "×", () => viewer.close()));
  viewer.addEventListener("click", () => viewer.close());
  viewer.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") show(at - 1);
    if (event.key === "ArrowRight") show(at + 1);
  });
  let from = null;
  viewer.addEventListener("touchstart", (event) => {
    from = event.touches.length === 1 ? event.touches[0].clientX : null;
  }, { passive: true });
  viewer.addEventListener("touchend", (event) => {
    const moved = from === null ? 0 : event.changedTouches[0].clientX - from;
    if (Math.abs(moved) > 48) { event.preventDefault(); show(at + (moved < 0 ? 1 : -1)); }
  });
  viewer.addEventListener("close", () => { image.removeAttribute("src"); links[at]?.focus(); });
  document.body.append(viewer);
  return (group, index) => { links = group; show(index); viewer.showModal(); };
}

let open = null;
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-photo]");
  if (!link || !("showModal" in HTMLDialogElement.prototype)) return;
  event.preventDefault();
  const row = link.closest("[data-photos]").dataset.photos;
  const group = [...document.querySelectorAll(`[data-photos="${CSS.escape(row)}"] a[data-photo]`)];
  open ??= makeViewer();
  open(group, group.indexOf(link));
});
