/** Times as WeChat writes them, always in Beijing time and counted from the simulator's own clock. */

const zone = "Asia/Shanghai";
let offset = 0;

/** Take a time of the API (Unix seconds or ISO text) as a Date. */
export function toDate(value) {
  if (typeof value === "number") return new Date(value < 1e11 ? value * 1000 : value);
  return new Date(value);
}

/** Tell this module what the simulator's clock says now. */
export function setNow(date) {
  offset = date.getTime() - Date.now();
}

export function now() {
  return new Date(Date.now() + offset);
}

const parts = (date, options) => new Intl.DateTimeFormat("zh-CN", { timeZone: zone, hourCycle: "h23", ...options }).format(date);
const dayNumber = (date) => Math.floor((date.getTime() + 8 * 3600e3) / 86400e3);

export const clockTime = (date) => parts(date, { hour: "2-digit", minute: "2-digit" });
export const secondsTime = (date) => parts(date, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const monthDay = (date) => parts(date, { month: "long", day: "numeric" });
export const fullDate = (date) => parts(date, { year: "numeric", month: "long", day: "numeric", weekday: "short" });

/** The separator above a message: "10:32", "昨天 10:32", "星期二 10:32", "10月11日 10:32". */
export function chatTime(date) {
  const days = dayNumber(now()) - dayNumber(date);
  if (days <= 0) return clockTime(date);
  if (days === 1) return `昨天 ${clockTime(date)}`;
  if (days < 7) return `${parts(date, { weekday: "long" })} ${clockTime(date)}`;
  const sameYear = parts(date, { year: "numeric" }) === parts(now(), { year: "numeric" });
  return `${sameYear ? monthDay(date) : parts(date, { year: "numeric", month: "long", day: "numeric" })} ${clockTime(date)}`;
}

/** The short form in the list of chats. */
export function listTime(date) {
  const days = dayNumber(now()) - dayNumber(date);
  if (days <= 0) return clockTime(date);
  if (days === 1) return "昨天";
  return days < 7 ? parts(date, { weekday: "long" }) : monthDay(date);
}
