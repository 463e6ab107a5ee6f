// Comfort only: every page works without this file.
(() => {
  "use strict";

  // "/" puts the cursor into the search, unless somebody is typing.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const search = document.querySelector("[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  // A form marked data-auto is sent when one of its fields changes; the terms of a comparison then follow the hand.
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form || !form.hasAttribute("data-auto") || event.target.hasAttribute("data-still")) return;
    if (form.checkValidity()) form.requestSubmit();
  });

  // Without this file the button that sends an automatic form is needed; with it, it is not.
  for (const button of document.querySelectorAll("form[data-auto] [data-without-script]")) button.hidden = true;

  // A form is sent once: a second press while the first is under way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // An open menu closes on Escape and on a press elsewhere.
  const close = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => close(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close(null);
  });

  // Print is a link to a printable page without this file.
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-print]")) return;
    event.preventDefault();
    window.print();
  });

  // After a mistake the cursor goes to the list of what to change.
  const summary = document.querySelector(".summary[tabindex]");
  if (summary) summary.focus();
})();
