/** Places on a campus that a person can send as a location. */
import { byId, el } from "./dom.js";
import { icon } from "./icons.js";
import { closeScreen, openScreen } from "./screens.js";
import { sendLocation } from "./sending.js";

const places = [
  { label: "东区第一食堂", detail: "东区学生生活区", latitude: 30.309842, longitude: 120.079512 },
  { label: "北苑3号宿舍楼", detail: "北苑学生公寓", latitude: 30.311205, longitude: 120.081934 },
  { label: "图书馆", detail: "教学区中心广场", latitude: 30.307118, longitude: 120.083276 },
  { label: "教学楼A座", detail: "教学区", latitude: 30.306245, longitude: 120.081467 },
  { label: "东区浴室", detail: "东区学生生活区", latitude: 30.310377, longitude: 120.078658 },
  { label: "校医院", detail: "西门旁", latitude: 30.304991, longitude: 120.076803 },
  { label: "校车站（南门）", detail: "南门广场", latitude: 30.302618, longitude: 120.080944 },
];

/** Let the person choose a place; it is sent at once. */
export function choosePlace() {
  openScreen("place-screen");
}

function send(place) {
  closeScreen("place-screen");
  sendLocation({ ...place, label: place.label });
}

byId("place-list").replaceChildren(...places.map((place) => el("button", {
  type: "button", class: "cell", "data-testid": "place-item", onclick: () => send(place),
}, icon("place"), el("span", { class: "cell-text" }, place.label, el("small", {}, place.detail)))));
