// Comfort only: of the form of an attribute, the parts that its kind has no use for step back.
(() => {
  "use strict";
  const kind = document.querySelector("#form select[name=kind]");
  if (!kind) return;
  const parts = document.querySelectorAll("#form [data-for]");
  const show = () => {
    for (const part of parts) {
      // What was typed stays in sight, so that nothing is sent that nobody sees.
      const isTyped = [...part.querySelectorAll("input, textarea")].some((field) => field.value.trim());
      part.hidden = !part.dataset.for.split(" ").includes(kind.value) && !isTyped;
    }
  };
  kind.addEventListener("change", show);
  show();
})();
