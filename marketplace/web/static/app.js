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

  // On a phone the places are one line that scrolls: the present one is in sight.
  const line = document.querySelector(".side"), present = line && line.querySelector("[aria-current]");
  if (present && line.scrollWidth > line.clientWidth) {
    const [whole, own] = [line.getBoundingClientRect(), present.getBoundingClientRect()];
    line.scrollLeft += own.left + own.width / 2 - whole.left - whole.width / 2;
  }

  // A form marked data-auto is sent when one of its fields changes; the terms of a comparison then follow the hand.
  // Keys change a list or a date at every press, so these wait until the reader leaves the field or presses Enter.
  const send = (field) => {
    const form = field.form;
    delete field.dataset.waits;
    if (form.checkValidity()) form.requestSubmit();
  };
  const isPicked = (field) => field.matches("select, input[type=date]");
  document.addEventListener("pointerdown", (event) => { if (isPicked(event.target)) delete event.target.dataset.keys; });
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!isPicked(field)) return;
    if (event.key !== "Enter") field.dataset.keys = "1";
    // Enter that closes an open list changes its field only after this.
    else if (field.tagName === "SELECT") setTimeout(() => { if (field.dataset.waits) send(field); });
  });
  document.addEventListener("change", (event) => {
    const field = event.target, form = field.form;
    if (!form || !form.hasAttribute("data-auto") || field.hasAttribute("data-still")) return;
    if (isPicked(field) && field.dataset.keys) field.dataset.waits = "1";
    else send(field);
  });
  document.addEventListener("focusout", (event) => { if (event.target.dataset.waits) send(event.target); });

  // data-auto="parts": only what is marked data-part is fetched anew, so that hand, eye and keyboard stay where they are.
  const answers = "a[href], button, input, select, summary";
  let shown = location.pathname + location.search, asking = null;
  const placeIn = (part) => {
    const held = document.activeElement, near = part.contains(held) && held.closest("[id]");
    return near && part.contains(near) ? [near.id, [near, ...near.querySelectorAll(answers)].indexOf(held)] : null;
  };
  const exchange = (fresh) => {
    for (const part of document.querySelectorAll("[data-part]")) {
      const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`), place = placeIn(part);
      part.replaceChildren(...next.childNodes);
      const near = place && document.getElementById(place[0]);
      const again = near && [near, ...near.querySelectorAll(answers)][place[1]];
      if (again) again.focus({ preventScroll: true });
    }
    document.title = fresh.title;
    for (const link of document.querySelectorAll("[hreflang]")) link.href = fresh.querySelector(`${link.tagName}[hreflang="${link.hreflang}"]`).href;
    const tells = document.querySelector("[data-tells]"), told = document.querySelector("[data-told]");
    if (told) told.textContent = tells ? tells.textContent : "";
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.dataset.auto !== "parts") return;
    event.preventDefault();
    for (const field of form.elements) delete field.dataset.waits;
    const address = `${location.pathname}?${new URLSearchParams(new FormData(form))}`;
    // Enter changes a field and sends its form: one question.
    if (asking && asking.address === address) return;
    if (asking) asking.abort();
    const own = asking = Object.assign(new AbortController(), { address });
    try {
      const answer = await fetch(address, { signal: own.signal, headers: { accept: "text/html" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (own.signal.aborted) return;
      if (!fresh.querySelector("[data-part=result]")) throw new Error("another page");
      if (address !== shown) history.pushState(null, "", address);
      shown = address;
      exchange(fresh);
    } catch (error) {
      if (!own.signal.aborted) location.assign(address);
    } finally {
      if (asking === own) asking = null;
    }
  });
  // Back and forward show the page of that address, whole. Places within a page pass here too, and need nothing.
  window.addEventListener("popstate", () => { if (location.pathname + location.search !== shown) location.reload(); });

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
