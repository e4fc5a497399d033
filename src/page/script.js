"use strict";
// Some browsers keep a page for the way back, in spite of `no-store`: its buttons would look alive after a decision.
addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("button[name=decision]")) location.reload();
});
const field = document.querySelector("input.code");
if (field) {
  const masks = field.dataset.mask.split(" ").map((mask) => mask.split("-").map((group) => group.length));
  const fits = (text) => (sizes) => sizes.reduce((sum, size) => sum + size, 0) >= text.length;
  const groups = (text) => {
    const sizes = masks.find(fits(text)) || masks[masks.length - 1];
    let rest = text;
    const found = sizes.map((size) => {
      const group = rest.slice(0, size);
      rest = rest.slice(size);
      return group;
    });
    return found.filter(Boolean).join("-") + rest;
  };
  field.addEventListener("input", (event) => {
    if (event.isComposing || field.selectionStart !== field.value.length) return;
    if (event.inputType && event.inputType.startsWith("delete")) return;
    // A sentence with the code in it is the server's to read, whether it is pasted, dropped or put in by a keyboard.
    if (event.data?.length !== 1 && /[^\p{L}\p{N}-]/u.test(field.value.trim())) return;
    field.value = groups(field.value.replace(/[^\p{L}\p{N}]/gu, ""));
  });
}
const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
for (const time of document.querySelectorAll("time")) time.textContent = format.format(new Date(time.dateTime));
const left = document.querySelector("[data-seconds]");
if (left) {
  const end = performance.now() + 1000 * left.dataset.seconds;
  const show = () => {
    const seconds = Math.ceil((end - performance.now()) / 1000);
    if (seconds <= 0) {
      left.textContent = left.dataset.over;
      return;
    }
    const clock = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
    left.textContent = left.dataset.label.replace("{}", clock);
    setTimeout(show, 1000 - (performance.now() % 1000));
  };
  show();
}
