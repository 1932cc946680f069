/** Photos and a voice message made in code, so that a demonstration needs no files. */

const scenes = [drawLeak, drawLamp, drawCanteen];
let turn = 0;

/** Draw the next sample photo. @returns {Promise<File>} a JPEG of 960 × 1280 */
export async function samplePhoto() {
  const canvas = document.createElement("canvas");
  canvas.width = 960;
  canvas.height = 1280;
  const pen = canvas.getContext("2d");
  const scene = scenes[turn % scenes.length];
  turn += 1;
  scene(pen);
  grain(pen);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
  return new File([blob], `示例照片${turn}.jpg`, { type: "image/jpeg" });
}

function fill(pen, color, x, y, width, height) {
  pen.fillStyle = color;
  pen.fillRect(x, y, width, height);
}

function gradient(pen, from, to, y, height) {
  const shade = pen.createLinearGradient(0, y, 0, y + height);
  shade.addColorStop(0, from);
  shade.addColorStop(1, to);
  return shade;
}

function disc(pen, color, x, y, radiusX, radiusY = radiusX) {
  pen.fillStyle = color;
  pen.beginPath();
  pen.ellipse(x, y, radiusX, radiusY, 0, 0, Math.PI * 2);
  pen.fill();
}

function tiles(pen, color, top, bottom, size) {
  pen.strokeStyle = color;
  pen.lineWidth = 3;
  pen.beginPath();
  for (let x = 0; x <= 960; x += size) { pen.moveTo(x, top); pen.lineTo(x, bottom); }
  for (let y = top; y <= bottom; y += size) { pen.moveTo(0, y); pen.lineTo(960, y); }
  pen.stroke();
}

/** A wash basin whose pipe drips into a puddle. */
function drawLeak(pen) {
  fill(pen, gradient(pen, "#dfe8ea", "#b9c8cc", 0, 900), 0, 0, 960, 900);
  tiles(pen, "#a9bbc0", 0, 900, 120);
  fill(pen, gradient(pen, "#8d9494", "#686f70", 900, 380), 0, 900, 960, 380);
  fill(pen, "#f7f9f9", 210, 330, 540, 70);
  disc(pen, "#f2f5f5", 480, 400, 250, 110);
  disc(pen, "#cfd8da", 480, 385, 190, 55);
  fill(pen, "#a8afb2", 462, 220, 36, 120);
  fill(pen, "#bcc3c6", 462, 220, 120, 30);
  fill(pen, "#8b9397", 450, 500, 60, 150);
  pen.strokeStyle = "#8b9397";
  pen.lineWidth = 56;
  pen.beginPath();
  pen.arc(540, 650, 62, Math.PI, 0, true);
  pen.lineTo(602, 560);
  pen.lineTo(960, 560);
  pen.stroke();
  for (const [x, y, size] of [[536, 770, 14], [545, 840, 18], [530, 930, 22]]) disc(pen, "#cfeaf5", x, y, size * 0.7, size);
  disc(pen, "#9fb8c2", 540, 1080, 330, 90);
  disc(pen, "#c9dfe7", 500, 1065, 220, 46);
}

/** A corridor with one dead lamp. */
function drawLamp(pen) {
  fill(pen, gradient(pen, "#3b3f4a", "#20222a", 0, 1280), 0, 0, 960, 1280);
  pen.fillStyle = "#54596a";
  pen.beginPath();
  for (const [x, y] of [[0, 1280], [360, 760], [600, 760], [960, 1280]]) pen.lineTo(x, y);
  pen.fill();
  fill(pen, "#2b2e38", 360, 420, 240, 340);
  for (const [x, y, width] of [[300, 250, 360], [370, 360, 220]]) {
    fill(pen, y === 250 ? "#6b6f7a" : "#fff6d6", x, y, width, y === 250 ? 34 : 20);
  }
  const glow = pen.createRadialGradient(480, 380, 10, 480, 380, 330);
  glow.addColorStop(0, "rgba(255,244,200,.75)");
  glow.addColorStop(1, "rgba(255,244,200,0)");
  fill(pen, glow, 0, 100, 960, 800);
  for (const x of [110, 690]) { fill(pen, "#3d3346", x, 520, 160, 520); disc(pen, "#b99b59", x + 135, 790, 11); }
  pen.fillStyle = "#d8d8de";
  pen.font = "600 54px sans-serif";
  pen.fillText("3F", 150, 480);
}

/** A canteen tray. */
function drawCanteen(pen) {
  fill(pen, gradient(pen, "#c9935f", "#a36f40", 0, 1280), 0, 0, 960, 1280);
  for (let y = 60; y < 1280; y += 150) fill(pen, "rgba(80,45,15,.18)", 0, y, 960, 6);
  pen.fillStyle = "#d6dade";
  pen.beginPath();
  pen.roundRect(90, 250, 780, 760, 60);
  pen.fill();
  for (const [x, y, radius] of [[300, 460, 165], [670, 440, 150], [290, 810, 140], [650, 790, 190]]) {
    disc(pen, "#bfc5ca", x, y + 8, radius + 12);
    disc(pen, "#eef0f1", x, y, radius);
  }
  disc(pen, "#fbfbf4", 650, 785, 150);
  for (let i = 0; i < 60; i += 1) disc(pen, "#e6e4d6", 540 + ((i * 83) % 220), 690 + ((i * 47) % 190), 9, 5);
  disc(pen, "#7aa63c", 300, 460, 125);
  for (let i = 0; i < 26; i += 1) disc(pen, "#4f8026", 215 + ((i * 61) % 170), 385 + ((i * 37) % 150), 26, 10);
  disc(pen, "#c4562e", 670, 440, 112);
  for (let i = 0; i < 16; i += 1) disc(pen, "#8f351b", 600 + ((i * 53) % 140), 380 + ((i * 41) % 120), 24, 18);
  disc(pen, "#f2c14b", 290, 810, 100);
}

/** A little noise makes a drawing look like a picture from a phone. */
function grain(pen) {
  const picture = pen.getImageData(0, 0, 960, 1280);
  for (let i = 0; i < picture.data.length; i += 4) {
    const shift = (Math.random() - 0.5) * 16;
    for (let channel = 0; channel < 3; channel += 1) picture.data[i + channel] += shift;
  }
  pen.putImageData(picture, 0, 0);
}

const frameBytes = 32;

/** A voice message as WeChat delivers one: AMR at 12.2 kbit/s, one frame for 20 ms. It holds near silence. */
export function sampleVoice(seconds = 5) {
  const frames = Math.round(seconds * 50);
  const bytes = new Uint8Array(6 + frames * frameBytes);
  bytes.set(new TextEncoder().encode("#!AMR\n"));
  for (let i = 0; i < frames; i += 1) bytes[6 + i * frameBytes] = 0x3c;
  return new File([bytes], "示例语音.amr", { type: "audio/amr" });
}

/** Seconds a voice file of this size plays, for AMR as above; others are guessed by their usual bit rate. */
export function voiceSeconds(bytes) {
  return Math.min(60, Math.max(1, Math.round((bytes - 6) / frameBytes / 50)));
}
