"use strict";
// The link is used up by this form, not by opening the address; the button does the same without scripts.
const form = document.querySelector("form[data-send-at-once]");
form.querySelector("button").disabled = true; // a tap would now send it a second time
form.submit();
// Where nothing came of it, or the person came back, the button works again.
setTimeout(() => { form.querySelector("button").disabled = false; }, 8000);
