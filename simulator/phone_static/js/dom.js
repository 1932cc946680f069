/** Small helpers to build the page. Foreign text only ever enters the page as text nodes. */

/**
 * Make an element: `on…` properties are listeners, `data` fills the dataset, `style` sets custom properties.
 * Children that are null, undefined or false are left out, so that callers may write `condition && element`.
 */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "style") for (const [key, part] of Object.entries(value)) node.style.setProperty(key, part);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function byId(id) {
  return document.getElementById(id);
}

/** The rounded square WeChat shows for a person: the last two characters of the name on the person's colour. */
export function personAvatar(user, size = "") {
  const letters = [...(user?.nickname ?? "我")].slice(-2).join("");
  return el("span", {
    class: `avatar avatar-person ${size}`, "aria-hidden": "true", "data-letters": letters, style: { "--avatar-color": safeColor(user?.avatar_color) },
  });
}

function safeColor(color) {
  return /^#[0-9a-f]{3,8}$/i.test(color ?? "") ? color : "#5b8def";
}

/** Is the page shown as a real phone (no frame around it, the side panel in a drawer)? */
export function isSmallScreen() {
  return window.matchMedia("(max-width: 760px)").matches;
}
