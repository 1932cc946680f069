/** The platform's clock in the side panel and in the phone's status bar. */
import { api } from "./api.js";
import { byId } from "./dom.js";
import { refreshTimes } from "./chat-log.js";
import { orToast } from "./overlays.js";
import { clockTime, fullDate, now, secondsTime, setNow, toDate } from "./times.js";

const refreshPause = 5000;
let frozen = false;
let frozenAt = null;

function take(clock) {
  if (!clock) return;
  const moment = toDate(clock.now ?? clock.iso ?? clock.unix);
  frozen = Boolean(clock.frozen);
  frozenAt = moment;
  setNow(moment);
  const shifted = frozen || Math.abs(moment.getTime() - Date.now()) > 5000;
  byId("clock-state").textContent = frozen ? "已停住" : shifted ? "已调快" : "与电脑一致";
  byId("clock-state").classList.toggle("shifted", shifted);
  byId("clock-reset").disabled = !shifted;
  draw();
  refreshTimes();
}

function draw() {
  const moment = frozen ? frozenAt : now();
  byId("clock-day").textContent = fullDate(moment);
  byId("clock-time").textContent = secondsTime(moment);
  byId("status-time").textContent = clockTime(moment);
}

export async function followClock() {
  for (const button of document.querySelectorAll("[data-advance]")) {
    button.addEventListener("click", async () => take(await orToast(() => api.setClock({ advance: Number(button.dataset.advance) }))));
  }
  byId("clock-reset").addEventListener("click", async () => take(await orToast(() => api.setClock({ reset: true }))));
  setInterval(draw, 1000);
  for (;;) {
    take(await api.clock().catch(() => null));
    await new Promise((resolve) => setTimeout(resolve, refreshPause));
  }
}
