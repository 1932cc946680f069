/** The panel's list of articles that are out: publishing tells nobody, so there must be a way to look at them. */
import { api } from "./api.js";
import { byId, el, isSmallScreen } from "./dom.js";
import { openPage } from "./frame.js";
import { closePanel } from "./panel.js";
import { listTime, toDate } from "./times.js";

const pause = 5000;
const ways = { publish: "发布", mass: "群发" };
let shown = "";

async function refresh() {
  const articles = await api.articles().catch(() => null);
  if (!articles) return;
  const version = JSON.stringify(articles);
  if (version === shown) return;
  shown = version;
  byId("articles-section").hidden = articles.length === 0;
  byId("articles").replaceChildren(...articles.map((article) => el("button", {
    type: "button", class: "article-row", "data-testid": "article-row", onclick: () => { closePanel(); openPage(article.url); },
  }, el("span", { class: "article-title" }, article.title), el("small", {}, `${ways[article.via] ?? ""} · ${listTime(toDate(article.at))}`))));
}

export async function followArticles() {
  for (;;) {
    if (!document.hidden && (!isSmallScreen() || byId("panel").classList.contains("open"))) await refresh();
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
