/** The screens that slide over the chat. The topmost one has the keyboard; those below are inert. */
import { byId } from "./dom.js";

const stack = [];

function settle() {
  const top = stack.at(-1)?.screen ?? byId("chat-screen");
  for (const screen of document.querySelectorAll("#phone > .screen")) {
    const shown = screen === top;
    screen.inert = !shown;
    screen.classList.toggle("covered", !shown && (screen.id === "chat-screen" || stack.some((entry) => entry.screen === screen)));
  }
}

/** Slide a screen in. `onClose` runs when it goes, however that happens. */
export function openScreen(id, { onClose } = {}) {
  const screen = byId(id);
  if (stack.some((entry) => entry.screen === screen)) return;
  stack.push({ screen, onClose, before: document.activeElement });
  screen.classList.add("open");
  settle();
  (screen.querySelector("[data-first-focus]") ?? screen.querySelector("button"))?.focus({ preventScroll: true });
}

export function closeScreen(id) {
  const index = stack.findIndex((entry) => entry.screen.id === id);
  if (index < 0) return;
  const [entry] = stack.splice(index, 1);
  entry.screen.classList.remove("open");
  settle();
  entry.onClose?.();
  if (entry.before?.isConnected) entry.before.focus({ preventScroll: true });
}

export function closeAllScreens() {
  while (stack.length) closeScreen(stack.at(-1).screen.id);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && stack.length) closeScreen(stack.at(-1).screen.id);
});

for (const button of document.querySelectorAll("[data-close-screen]")) {
  button.addEventListener("click", () => closeScreen(button.dataset.closeScreen));
}
settle();
