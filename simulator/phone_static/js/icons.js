/** The page's own line drawings, 24 × 24. Only the constants below are ever parsed as markup. */

const stroke = (paths) => `<g fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">${paths}</g>`;

const drawings = {
  back: stroke('<path d="M15 4.5 7.5 12l7.5 7.5"/>'),
  close: stroke('<path d="m6 6 12 12M18 6 6 18"/>'),
  more: '<g fill="currentColor"><circle cx="5" cy="12" r="1.7"/><circle cx="12" cy="12" r="1.7"/><circle cx="19" cy="12" r="1.7"/></g>',
  scan: stroke('<path d="M4 8.5V6a2 2 0 0 1 2-2h2.5M15.5 4H18a2 2 0 0 1 2 2v2.5M20 15.5V18a2 2 0 0 1-2 2h-2.5M8.5 20H6a2 2 0 0 1-2-2v-2.5M3.5 12h17"/>'),
  keyboard: stroke('<circle cx="12" cy="12" r="9.2"/><path d="M7.5 9.7h.01M10.5 9.7h.01M13.5 9.7h.01M16.5 9.7h.01M7.5 12.5h.01M10.5 12.5h.01M13.5 12.5h.01M16.5 12.5h.01M9 15.5h6"/>'),
  list: stroke('<circle cx="12" cy="12" r="9.2"/><path d="M8 9h8M8 12h8M8 15h8"/>'),
  voice: stroke('<circle cx="12" cy="12" r="9.2"/><path d="M9.3 14.7a3.5 3.5 0 0 0 0-5.4M12 16.5a6.4 6.4 0 0 0 0-9M8 12h.01"/>'),
  smile: stroke('<circle cx="12" cy="12" r="9.2"/><path d="M8.3 14.2a4.6 4.6 0 0 0 7.4 0M9 9.6v.6M15 9.6v.6"/>'),
  plus: stroke('<circle cx="12" cy="12" r="9.2"/><path d="M12 7.5v9M7.5 12h9"/>'),
  photo: stroke('<rect x="3.5" y="5" width="17" height="14" rx="2"/><circle cx="8.5" cy="10" r="1.5"/><path d="m4 17 5-4 3.5 2.5L16 11.5l4.5 5"/>'),
  sketch: stroke('<path d="M4 20l1-4L16 5l3 3L8 19l-4 1ZM13.5 7.5l3 3"/>'),
  place: stroke('<path d="M12 21s6.5-6 6.5-11a6.5 6.5 0 0 0-13 0c0 5 6.5 11 6.5 11Z"/><circle cx="12" cy="10" r="2.3"/>'),
  microphone: stroke('<rect x="9" y="3.5" width="6" height="10.5" rx="3"/><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v2.5"/>'),
  chat: stroke('<path d="M12 4.5c-4.7 0-8.5 3-8.5 6.9 0 2.2 1.2 4.1 3.1 5.4l-.6 2.7 3-1.5c.9.3 1.9.4 3 .4 4.7 0 8.5-3.1 8.5-7s-3.8-6.9-8.5-6.9Z"/>'),
  compass: stroke('<circle cx="12" cy="12" r="9"/><path d="m15.5 8.5-2 5-5 2 2-5 5-2Z"/>'),
  person: stroke('<circle cx="12" cy="8.2" r="4"/><path d="M4.5 20c.8-4 3.7-6 7.5-6s6.7 2 7.5 6"/>'),
  search: stroke('<circle cx="10.8" cy="10.8" r="6.3"/><path d="m15.5 15.5 4.5 4.5"/>'),
  chevron: stroke('<path d="m9.5 5.5 6.5 6.5-6.5 6.5"/>'),
  reload: stroke('<path d="M19.5 12a7.5 7.5 0 1 1-2.3-5.4M19.5 4v4h-4"/>'),
  outside: stroke('<path d="M13.5 4.5h6v6M19.5 4.5 11 13M17.5 13.5v4a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2h4"/>'),
  copy: stroke('<rect x="8.5" y="8.5" width="11" height="11" rx="2"/><path d="M15.5 8.5v-2a2 2 0 0 0-2-2h-7a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h2"/>'),
  panel: stroke('<rect x="3.5" y="4.5" width="17" height="15" rx="2"/><path d="M14.5 4.5v15"/>'),
  swap: stroke('<path d="M4.5 9h14l-3.5-3.5M19.5 15h-14L9 18.5"/>'),
  wave: '<g fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"><path class="wave-1" d="M7.5 12h.01"/><path class="wave-2" d="M11 8.8a4.5 4.5 0 0 1 0 6.4"/><path class="wave-3" d="M14.5 6a8.4 8.4 0 0 1 0 12"/></g>',
  account: '<rect width="24" height="24" rx="4" fill="#07c160"/><path d="M12 5.2 5.6 10.4v8h12.8v-8L12 5.2Z" fill="#fff"/><path d="m8.9 13.3 2.3 2.3 4.1-4.3" fill="none" stroke="#07c160" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/>',
  house: '<path d="M12 3.5 3 10.8V21h18V10.8L12 3.5Z" fill="#fff"/><path d="m7.6 14.2 3.2 3.2 5.8-6.1" fill="none" stroke="#0a9a70" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>',
  bell: stroke('<path d="M6.5 16.5v-5.2a5.5 5.5 0 0 1 11 0v5.2l1.5 1.7H5l1.5-1.7ZM10 20.5h4M12 3.8v2"/>'),
  signal: '<g fill="currentColor"><rect x="2" y="14" width="3.6" height="5" rx="1"/><rect x="7.2" y="11" width="3.6" height="8" rx="1"/><rect x="12.4" y="8" width="3.6" height="11" rx="1"/><rect x="17.6" y="5" width="3.6" height="14" rx="1"/></g>',
  wifi: '<g fill="none" stroke="currentColor" stroke-width="2.3" stroke-linecap="round"><path d="M3.5 9.8a12 12 0 0 1 17 0M7 13.4a7 7 0 0 1 10 0M10.5 17a2.2 2.2 0 0 1 3 0"/></g>',
  battery: '<rect x="1.5" y="7.5" width="18" height="9.5" rx="2.6" fill="none" stroke="currentColor" stroke-width="1.3"/><rect x="3.2" y="9.2" width="12" height="6.1" rx="1.3" fill="currentColor"/><path d="M21.5 10.5v3.5" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/>',
};

/** A fresh `<svg>` of the named drawing. */
export function icon(name, extraClass = "") {
  const markup = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" class="icon ${extraClass}" aria-hidden="true" focusable="false">${drawings[name]}</svg>`;
  return document.importNode(new DOMParser().parseFromString(markup, "image/svg+xml").documentElement, true);
}

/** Fill every `<i data-icon="name">` of the static page. */
export function placeIcons(root = document) {
  for (const holder of root.querySelectorAll("i[data-icon]")) holder.replaceWith(icon(holder.dataset.icon, holder.className));
}

/** The official account's picture. */
export function accountAvatar(size = "") {
  const holder = document.createElement("span");
  holder.className = `avatar avatar-account ${size}`;
  holder.setAttribute("aria-hidden", "true");
  holder.append(icon("account"));
  return holder;
}
