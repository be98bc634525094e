// Tables are sorted by a click on a heading, and copied as they are shown.
import { make } from "./dom.js";

export function tables() {
  for (const table of document.querySelectorAll("table")) {
    if (table.tBodies[0].rows.length < 2) continue;
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const button = make("button", { type: "button", onclick: () => sort(table, heading, column) });
      button.append(...heading.childNodes);
      heading.append(button);
    });
    const said = make("span", { role: "status" });
    const copy = make("button", { type: "button", onclick: () => copyTable(table, said) }, "Copy as TSV");
    table.parentElement.before(make("div", { class: "tools" }, copy, said));
  }
}

// number is what a cell's text begins with, such as 1,234 or −3.2%; NaN for none.
export function number(text) {
  if (text.includes("∞")) return Infinity;
  const found = text.replace(/,(?=\d{3})/g, "").replace("−", "-").match(/[-+]?\d+(\.\d+)?(e[-+]?\d+)?/i);
  return found ? Number(found[0]) : NaN;
}

// textOf is the text of a cell, without the titles of a drawing in it.
function textOf(cell) {
  if (!cell.querySelector("svg")) return cell.textContent.trim();
  const copy = cell.cloneNode(true);
  for (const drawing of copy.querySelectorAll("svg")) drawing.remove();
  return copy.textContent.trim();
}

function sort(table, heading, column) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  rows.forEach((row, i) => { row.dataset.place ??= i; });
  const before = heading.getAttribute("aria-sort");
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  const text = (row) => textOf(row.cells[column]);
  const figures = heading.classList.contains("figure");
  let order = (a, b) => a.dataset.place - b.dataset.place; // the third click restores the order
  if (before !== "descending") {
    const direction = before === "ascending" ? -1 : 1;
    heading.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    const restored = order;
    order = (a, b) => {
      const [x, y] = [text(a), text(b)];
      if (!figures) return direction * x.localeCompare(y, "en", { numeric: true }) || restored(a, b);
      const [v, w] = [number(x), number(y)];
      if (Number.isNaN(v) || Number.isNaN(w)) return Number.isNaN(v) - Number.isNaN(w) || restored(a, b); // unknown ones last
      return (v === w ? 0 : direction * (v < w ? -1 : 1)) || restored(a, b);
    };
  }
  body.append(...rows.sort(order));
}

// tsv is the rows that are shown. A text that a spreadsheet would take for a formula begins with an apostrophe.
export function tsv(table) {
  const cell = (of) => {
    const text = textOf(of).replace(/\s+/g, " ");
    return /^[=@+\-]/.test(text) && Number.isNaN(Number(text)) && !/^[+-][\d.,]+/.test(text) ? "'" + text : text;
  };
  return [...table.rows].filter((row) => !row.classList.contains("off")).map((row) => [...row.cells].map(cell).join("\t")).join("\n") + "\n";
}

async function copyTable(table, said) {
  try {
    await navigator.clipboard.writeText(tsv(table));
    said.textContent = "Copied.";
  } catch {
    const area = make("textarea", { "aria-label": "the table as TSV" });
    area.value = tsv(table);
    said.after(area);
    area.select();
    said.textContent = document.execCommand("copy") ? "Copied." : "Copying is not allowed here: select the table and copy it by hand.";
    area.remove();
  }
}
