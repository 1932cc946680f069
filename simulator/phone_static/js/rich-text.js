/** Text of a message with its links made clickable. Nothing here is ever parsed as HTML by the browser. */
import { el } from "./dom.js";

const anchor = /<a\s+([^>]*)>([\s\S]*?)<\/a>/gi;
const attribute = /([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/g;
// An address ends at a blank, at Chinese text or punctuation, or at a quotation mark.
const plain = /(https?:\/\/[^\s<>"'\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”‘’]+)|(?<![\d-])(1[3-9]\d{9}|0\d{2,3}-\d{7,8})(?![\d-])/g;

/** The address as a safe http(s) one, or null. */
export function webAddress(text) {
  try {
    const address = new URL(String(text).trim());
    return address.protocol === "http:" || address.protocol === "https:" ? address.href : null;
  } catch {
    return null;
  }
}

/**
 * Turn text into nodes.
 * @param {{anchors: boolean, onLink: (url: string) => void, onPhone: (number: string) => void, onReply: (text: string, id: string) => void}} options
 *   `anchors`: the account's texts may carry `<a href>`; a person's own text may not. `onReply`: WeChat's
 *   `weixin://bizmsgmenu?msgmenucontent=…` links, which answer in the user's name.
 */
export function richText(text, options) {
  if (!options.anchors) return plainNodes(text, options);
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(anchor)) {
    nodes.push(...plainNodes(text.slice(end, match.index), options));
    nodes.push(...anchorNodes(match[1], match[2], options));
    end = match.index + match[0].length;
  }
  nodes.push(...plainNodes(text.slice(end), options));
  return nodes;
}

function anchorNodes(attributes, label, options) {
  const href = hrefOf(attributes);
  const answer = /^weixin:\/\/bizmsgmenu\?(.*)$/i.exec(href ?? "");
  if (answer) {
    const query = new URLSearchParams(answer[1]);
    const content = query.get("msgmenucontent") ?? label;
    return [el("button", { type: "button", class: "text-link", onclick: () => options.onReply(content, query.get("msgmenuid") ?? "") }, label)];
  }
  const address = webAddress(href);
  return address ? [webLink(address, label, options)] : [label];
}

function hrefOf(attributes) {
  for (const match of attributes.matchAll(attribute)) {
    if (match[1].toLowerCase() === "href") return (match[2] ?? match[3] ?? match[4]).replaceAll("&amp;", "&");
  }
  return null;
}

function plainNodes(text, options) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(plain)) {
    const found = match[1] ? match[1].replace(/[.,;:!?)]+$/, "") : match[2];
    nodes.push(text.slice(end, match.index));
    nodes.push(match[1] ? webLink(found, found, options) : phoneLink(found, options));
    end = match.index + found.length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

function webLink(address, label, options) {
  const open = (event) => {
    event.preventDefault();
    options.onLink(address);
  };
  return el("a", { href: address, class: "text-link", rel: "noopener noreferrer", onclick: open }, label);
}

function phoneLink(number, options) {
  return el("button", { type: "button", class: "text-link", onclick: () => options.onPhone(number) }, number);
}
