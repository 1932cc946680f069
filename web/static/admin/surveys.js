"use strict";
// Moves a question or a section by Alt and an arrow, and keeps the place where somebody was at work.

document.addEventListener("keydown", (event) => {
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  if (event.target.matches("input, textarea, select")) return;
  const row = event.target.closest("[data-movable]");
  const button = row?.querySelector(event.key === "ArrowUp" ? "[data-up]" : "[data-down]");
  if (!button) return;
  event.preventDefault();
  button.click();
});

const reached = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
if (reached) reached.focus({ preventScroll: true });
