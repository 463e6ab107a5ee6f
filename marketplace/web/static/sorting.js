// Makes correcting many products quick: keys, a count, and ticking a range with Shift. Without it the same form works.
(() => {
  "use strict";
  const form = document.querySelector("form[data-sorting]");
  const count = form && form.querySelector("[data-count]");
  if (!count) return;
  const boxes = [...form.querySelectorAll("input[name=chosen]")];
  const tell = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    count.textContent = ticked ? count.dataset.word.replace("#", ticked) : "";
  };
  form.querySelector("[data-keys]").hidden = false;
  let last = null;
  form.addEventListener("click", (event) => {
    const at = boxes.indexOf(event.target);
    if (at < 0) return;
    if (event.shiftKey && last !== null) {
      for (let i = Math.min(at, last); i <= Math.max(at, last); i += 1) boxes[i].checked = boxes[at].checked;
    }
    last = at;
    tell();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    const at = boxes.indexOf(document.activeElement);
    const go = { j: 1, k: -1 }[event.key];
    if (go) boxes[Math.min(boxes.length - 1, Math.max(0, at + go))].focus();
    else if (event.key === "x" && at >= 0) boxes[at].click();
    else if (event.key === "a") {
      const all = boxes.some((box) => !box.checked);
      boxes.forEach((box) => { box.checked = all; });
      tell();
    } else if (event.key === "c") form.querySelector("#f-category_id").focus();
    else return;
    event.preventDefault();
  });
  tell();
})();
