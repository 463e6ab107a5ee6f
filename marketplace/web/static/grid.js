// Makes the price grid as quick as a spreadsheet. Without it the same table is a form with the same buttons.
(() => {
  "use strict";
  const form = document.querySelector("form[data-grid]");
  if (!form) return;
  const table = form.querySelector("table.grid");
  const told = form.querySelector("[data-unsaved]");
  const was = form.querySelector("[data-was][data-word]");
  form.querySelector("[data-keys]").hidden = false;
  const cells = () => [...table.querySelectorAll("input.cell")];
  const rowOf = (cell) => cell.closest("tr");
  const kind = (cell) => cell.name[0] + cell.name.slice(cell.name.indexOf("."));
  const done = [], undone = [];
  let leaving = false;

  // What is unsaved: marked at its cell, counted above the table.
  const mark = (cell) => {
    const changed = cell.value.trim() !== cell.dataset.was;
    // A reason belongs to what was refused: once something else stands there, it says nothing.
    if (cell.value !== cell.defaultValue && cell.hasAttribute("aria-invalid")) {
      document.getElementById(cell.getAttribute("aria-describedby"))?.remove();
      cell.removeAttribute("aria-invalid");
      cell.removeAttribute("aria-describedby");
      document.querySelector(`.summary a[href="#${cell.id}"]`)?.parentElement.remove();
      if (!table.querySelector("[aria-invalid], .error")) document.querySelector(".summary")?.remove();
    }
    cell.classList.toggle("changed", changed);
    cell.title = changed ? was.dataset.word.replace("#", cell.dataset.was) : "";
    const fold = cell.closest("details.rest");
    if (fold) fold.firstElementChild.classList.toggle("changed", fold.querySelector(".cell.changed") !== null);
  };
  const count = () => {
    const changed = cells().filter((cell) => cell.classList.contains("changed"));
    const rows = new Set(changed.map(rowOf)).size;
    told.textContent = changed.length ? told.dataset.cells.replace("##", rows).replace("#", changed.length) : told.dataset.none;
    return changed.length;
  };
  const tell = (cell) => { was.textContent = cell && cell.classList.contains("changed") ? cell.title : ""; };

  // One step of undoing is a list of [cell, before, after].
  const put = (step, at) => { for (const part of step) { part[0].value = part[at]; mark(part[0]); } count(); };
  const act = (step) => {
    const real = step.filter(([, before, after]) => before !== after);
    if (!real.length) return;
    done.push(real);
    undone.length = 0;
    put(real, 2);
  };
  const back = (from, to, at) => { const step = from.pop(); if (step) { to.push(step); put(step, at); step[0][0].focus(); step[0][0].select(); tell(step[0][0]); } };

  let start = "", editing = false;
  const settle = (cell) => { if (cell.value !== start) { const typed = cell.value; cell.value = start; act([[cell, start, typed]]); start = typed; } };
  table.addEventListener("focusin", (event) => {
    if (!event.target.matches("input.cell")) return;
    start = event.target.value;
    editing = false;
    event.target.select();
    tell(event.target);
  });
  table.addEventListener("focusout", (event) => { if (event.target.matches("input.cell")) settle(event.target); });
  table.addEventListener("input", (event) => { if (event.target.matches("input.cell")) { mark(event.target); count(); tell(event.target); } });

  // Cells of one column stand in rows one below the other; closed tiers are passed over.
  // What a closed fold holds has a box all the same, and cannot be focused.
  const visible = (cell) => cell.getClientRects().length > 0 && !cell.closest("details:not([open])");
  const vertical = (cell, by) => {
    const column = cells().filter((one) => kind(one) === kind(cell) && visible(one));
    return column[column.indexOf(cell) + by];
  };
  const sideways = (cell, by) => { const line = [...rowOf(cell).querySelectorAll("input.cell")].filter(visible); return line[line.indexOf(cell) + by]; };
  const go = (cell) => { if (cell) { cell.focus(); cell.scrollIntoView({ block: "nearest", inline: "nearest" }); } };
  const rtl = document.documentElement.dir === "rtl" ? -1 : 1;

  table.addEventListener("keydown", (event) => {
    const cell = event.target;
    if (!cell.matches("input.cell") || event.isComposing) return;
    const key = event.key, strong = event.ctrlKey || event.metaKey;
    let handled = true;
    if (strong && key.toLowerCase() === "z" && !event.shiftKey) { settle(cell); back(done, undone, 1); start = cell.value; }
    else if (strong && (key.toLowerCase() === "y" || (key.toLowerCase() === "z" && event.shiftKey))) { back(undone, done, 2); start = cell.value; }
    else if (strong && key.toLowerCase() === "d") { settle(cell); fill(cell); }
    else if (strong && key.toLowerCase() === "s") { settle(cell); form.querySelector("button.primary").click(); }
    else if (strong || event.altKey) handled = false;
    else if (key === "ArrowDown" || (key === "Enter" && !event.shiftKey)) go(vertical(cell, 1));
    else if (key === "ArrowUp" || key === "Enter") go(vertical(cell, -1));
    else if (key === "Escape") { cell.value = editing || cell.value !== start ? start : cell.dataset.was; const to = cell.value; cell.value = start; act([[cell, start, to]]); mark(cell); count(); start = to; editing = false; cell.select(); tell(cell); }
    else if (key === "F2") { editing = true; cell.setSelectionRange(cell.value.length, cell.value.length); }
    else if ((key === "ArrowRight" || key === "ArrowLeft") && !editing && cell.selectionEnd - cell.selectionStart === cell.value.length) go(sideways(cell, (key === "ArrowRight" ? 1 : -1) * rtl));
    else handled = false;
    if (handled) event.preventDefault();
  });

  // Fill down: the cell above into this one; with rows selected, this one into all of them.
  const fill = (cell) => {
    const picked = cells().filter((one) => kind(one) === kind(cell) && rowOf(one).querySelector("[name=pick]").checked);
    if (picked.length > 1) act(picked.map((one) => [one, one.value, cell.value]));
    else { const above = vertical(cell, -1); if (above) act([[cell, cell.value, above.value]]); }
    start = cell.value;
  };

  // A block copied from a spreadsheet goes into the cells from here on, as it stands: the server reads and refuses it.
  table.addEventListener("paste", (event) => {
    const cell = event.target;
    if (!cell.matches("input.cell")) return;
    const lines = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
    if (lines.length === 1 && lines[0].length === 1) return;
    event.preventDefault();
    settle(cell);
    const step = [];
    let first = cell;
    for (const line of lines) {
      if (!first) break;
      let at = first;
      for (const text of line) { if (!at) break; step.push([at, at.value, text.trim()]); at = sideways(at, 1); }
      first = vertical(first, 1);
    }
    act(step);
    start = cell.value;
  });

  // Rows: a press with Shift selects all between.
  let last = null;
  table.addEventListener("click", (event) => {
    if (event.target.name !== "pick") return;
    const boxes = [...table.querySelectorAll("[name=pick]")];
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(event.target)].sort((a, b) => a - b);
    if (event.shiftKey && last) for (const box of boxes.slice(from, to + 1)) box.checked = event.target.checked;
    last = event.target;
    for (const box of boxes) rowOf(box).classList.toggle("picked", box.checked);
  });

  form.querySelector("[data-everything]").addEventListener("change", (event) => {
    for (const box of table.querySelectorAll("[name=pick]")) { box.checked = event.target.checked; rowOf(box).classList.toggle("picked", box.checked); }
  });

  // What was refused is shown as it is without this file.
  const again = (value) => {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "act", value });
    form.append(field);
    leaving = true;
    form.submit();
  };

  // The preview comes part by part, with what is counted so far; the steps that can be taken back stay.
  const preview = async (by) => {
    const rows = [...table.querySelectorAll("[data-row]")].filter((row) => row.querySelector(".cell.changed"));
    let panel = null, tally = "";
    for (let at = 0; at < Math.max(rows.length, 1); at += 50) {
      was.textContent = by.dataset.wait.replace("##", at).replace("#", rows.length);
      const sent = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, act: "preview", part: "1", so_far: tally });
      for (const row of rows.slice(at, at + 50)) for (const field of row.querySelectorAll("input:not([type=checkbox])")) sent.append(field.name, field.value);
      const answer = await fetch(form.action, { method: "POST", body: sent, credentials: "same-origin" });
      const part = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#preview");
      if (!part) return again("preview");
      tally = part.dataset.tally;
      if (panel) {
        panel.querySelector(".jumps").replaceWith(part.querySelector(".jumps"));
        const body = panel.querySelector("tbody"), all = [...body.children, ...part.querySelectorAll("tbody tr")];
        body.append(...all.sort((one, other) => one.dataset.order.localeCompare(other.dataset.order)));
      } else {
        document.getElementById("preview")?.remove();
        form.before(panel = document.adoptNode(part));
      }
    }
    was.textContent = "";
    panel.querySelector("h2").focus();
  };

  // What is done to selected rows is worked out by the server, by the same rules as without this file, and comes back as one step.
  form.addEventListener("submit", async (event) => {
    const by = event.submitter;
    if (by && ["percent", "ending", "stock"].includes(by.value)) {
      event.preventDefault();
      const sent = new FormData(form, by);
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(sent), credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.ok) return again(by.value);
      const step = [];
      for (const cell of cells()) { const fresh = page.getElementById(cell.id); if (fresh) step.push([cell, cell.value, fresh.value]); }
      act(step);
      return;
    }
    if (by && by.value === "preview") {
      event.preventDefault();
      preview(by);
      return;
    }
    // Rows in which nothing was changed need not travel.
    for (const row of table.querySelectorAll("[data-row]")) if (!row.querySelector(".cell.changed")) for (const field of row.querySelectorAll("input")) field.disabled = true;
    leaving = true;
  });
  window.addEventListener("pageshow", () => { for (const field of table.querySelectorAll("input:disabled")) field.disabled = false; });

  window.addEventListener("beforeunload", (event) => { if (!leaving && count()) event.preventDefault(); });
  cells().forEach(mark);
  count();
})();
