"use strict";
// Choosing a place without leaving the form: by typing, by opening the tree, by a code or a position from WeChat.

(() => {
  const where = document.querySelector("[data-where]");
  const find = (name) => where.querySelector(`[data-where-${name}]`);
  const [chosen, pick, offer, code] = ["chosen", "pick", "offer", "code"].map(find);
  const words = where.querySelector("[name=place_words]");
  const form = where.closest("form");
  let waiting = 0;
  let newest = 0;

  find("ways").hidden = false;
  where.querySelector("[name=find]").hidden = true;

  function choose(value, name) {
    code.value = value;
    find("label").value = name;
    showChosen();
    where.querySelector("[data-error=place]").hidden = true;
    code.dispatchEvent(new Event("change", { bubbles: true })); // it is kept with the words
    form.dispatchEvent(new CustomEvent("place-chosen"));
  }

  function showChosen() {
    find("name").textContent = find("label").value;
    chosen.hidden = !code.value;
    pick.hidden = Boolean(code.value);
    for (const radio of offer.querySelectorAll("[type=radio]")) radio.checked = false;
  }

  async function show(question) {
    const mine = ++newest;
    try {
      const answer = await fetch(`${where.dataset.places}?${new URLSearchParams(question)}`);
      if (answer.ok && mine === newest) offer.innerHTML = await answer.text();
    } catch { /* what was typed is enough to go by */ }
  }

  words.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => show({ q: words.value.trim() }), 250);
  });
  words.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // it would send the form
    words.blur();
  });
  where.addEventListener("click", (event) => {
    const inside = event.target.closest("[name=inside]");
    if (inside) {
      event.preventDefault();
      show({ inside: inside.value });
    }
    if (event.target.closest("[data-where-change]")) {
      event.preventDefault();
      choose("", "");
      if (!offer.children.length) show({});
      words.focus({ preventScroll: true });
    }
  });
  offer.addEventListener("change", (event) => {
    if (event.target.type === "radio") choose(event.target.value, event.target.dataset.name);
  });

  // Inside WeChat, once its SDK answers
  function scan() {
    wx.scanQRCode({
      needResult: 1,
      scanType: ["qrCode"],
      success: async ({ resultStr }) => {
        const answer = await fetch(`${where.dataset.scanned}?${new URLSearchParams({ text: resultStr })}`).catch(() => null);
        const found = answer?.ok ? await answer.json() : { code: "" };
        if (found.code) choose(found.code, found.name);
        else offer.textContent = "这个码不是服务点的，或者已经停用。请搜一下，或直接写在哪里。";
      },
    });
  }

  function lookAround() {
    wx.getLocation({
      type: "gcj02",
      success: ({ latitude, longitude }) => {
        form.elements.latitude.value = latitude;
        form.elements.longitude.value = longitude;
        show({ lat: latitude, lng: longitude });
      },
      fail: () => { offer.textContent = "没有拿到位置。请搜一下，或直接写在哪里。"; },
    });
  }

  document.addEventListener("wechat-ready", () => {
    for (const [name, act] of [["scan", scan], ["near", lookAround]]) {
      find(name).hidden = false;
      find(name).addEventListener("click", act);
    }
  });

  showChosen(); // a draft may have brought another place than the page
  if (!code.value && !offer.children.length) show({});
})();
