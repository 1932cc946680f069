"use strict";
// Puts the next page below this one; without scripts, or when it fails, the link opens that page as usual.

async function addNextPage(link) {
  const rows = document.getElementById("rows");
  const answer = await fetch(link.href, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const first = page.querySelector("#rows > li a");
  rows.append(...page.querySelectorAll("#rows > li"));
  const more = page.getElementById("more");
  if (more) document.getElementById("more").replaceWith(more);
  else document.getElementById("more").remove();
  first?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-more]");
  if (!link) return;
  event.preventDefault();
  link.textContent = "正在加载……";
  addNextPage(link).catch(() => location.assign(link.href));
});
