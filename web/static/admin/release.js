"use strict";
// Draws the phone's view again whenever the writer pauses; without scripts the button does it.

const form = document.getElementById("release");
const preview = form?.querySelector("[data-preview]");
let pause = 0;

function draw() {
  // Sent as the button would send it; what is typed stays where it is.
  const copy = form.cloneNode(false);
  copy.removeAttribute("id");
  copy.removeAttribute("data-dirty");
  copy.action = preview.formAction;
  copy.target = "phone";
  copy.hidden = true;
  for (const [name, value] of new FormData(form)) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    copy.append(field);
  }
  document.body.append(copy);
  copy.submit();
  copy.remove();
}

if (form && preview) {
  form.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(draw, 700); });
  draw();
}
