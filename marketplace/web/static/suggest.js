// Comfort only: suggestions below the search box while somebody types (the combobox pattern of ARIA's authoring practices).
(() => {
  "use strict";
  const WAIT = 120, LEAST = 2;
  let number = 0;

  const attach = (input) => {
    const list = document.createElement("ul"), id = `suggests-${number++}`;
    Object.assign(list, { id, className: "suggests", hidden: true });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.dataset.label);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id })) input.setAttribute(name, value);
    input.form.append(list);
    let timer = 0, asking = null, chosen = -1, asked = "";
    const options = () => [...list.children];
    const close = () => {
      clearTimeout(timer);
      if (asking) asking.abort();
      list.hidden = true;
      chosen = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const mark = (place) => {
      const all = options();
      chosen = place < -1 ? all.length - 1 : place >= all.length ? -1 : place;
      all.forEach((one, at) => one.setAttribute("aria-selected", String(at === chosen)));
      if (chosen < 0) input.removeAttribute("aria-activedescendant");
      else {
        input.setAttribute("aria-activedescendant", all[chosen].id);
        all[chosen].scrollIntoView({ block: "nearest" });
      }
    };
    const ask = async () => {
      const text = input.value.trim();
      if (text.length < LEAST) { close(); return; }
      if (asking) asking.abort();
      const own = asking = new AbortController();
      try {
        const answer = await fetch(`${input.dataset.suggests}?${new URLSearchParams({ q: text })}`, { signal: own.signal, headers: { accept: "text/html" } });
        if (!answer.ok) { close(); return; }
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (own.signal.aborted || document.activeElement !== input) return;
        asked = text;
        list.replaceChildren(...fresh.querySelectorAll("[role=option]"));
        options().forEach((one, at) => { one.id = `${id}-${at}`; });
        list.hidden = !list.children.length;
        input.setAttribute("aria-expanded", String(!list.hidden));
        mark(-1);
      } catch (error) {
        if (!own.signal.aborted) close();
      }
    };
    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (list.hidden) {
          if (asked === input.value.trim() && list.children.length) { list.hidden = false; input.setAttribute("aria-expanded", "true"); } else { ask(); return; }
        }
        event.preventDefault();
        mark(event.key === "ArrowDown" ? chosen + 1 : chosen - 1);
      } else if (event.key === "Enter" && !list.hidden && chosen >= 0) {
        event.preventDefault();
        location.assign(options()[chosen].dataset.path);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        close();
      }
    });
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const one = event.target.closest("[data-path]");
      if (one) location.assign(one.dataset.path);
    });
    input.addEventListener("blur", close);
    input.form.addEventListener("submit", close);
  };
  for (const input of document.querySelectorAll("[data-suggests]")) attach(input);
})();
