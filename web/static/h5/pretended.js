"use strict";
// In the demo the pages are shown by the simulator's phone, which has no SDK: it is asked by messages for what
// WeChat's open tag would do, and answers with what the person chose. Alone in a window, nothing is shown.

if (window.parent !== window) {
  window.parent.postMessage({ type: "title", title: document.title.split(" · ")[0] }, "*");
  for (const offer of document.querySelectorAll("[data-subscribe]")) {
    const button = document.createElement("button");
    const words = offer.querySelector("[data-subscribe-words]");
    button.type = "button";
    button.className = "button button-plain";
    button.textContent = "订阅办理进度通知";
    button.addEventListener("click", () => {
      window.parent.postMessage({ type: "subscribe", templates: offer.dataset.subscribe.split(",") }, "*");
    });
    window.addEventListener("message", (event) => {
      if (event.source !== window.parent || event.data?.type !== "subscribed") return;
      const accepted = Object.values(event.data.answers ?? {}).includes("accept");
      words.textContent = accepted ? "已订阅，有结果会通知您。" : "没有订阅也没关系，进展随时可以在这里看。";
      if (accepted) button.remove();
    });
    offer.querySelector("[data-subscribe-button]").replaceChildren(button);
    offer.hidden = false;
  }
}
