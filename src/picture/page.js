"use strict";
const body = document.querySelector("tbody");
const rows = Array.from(body.rows, (row) => ({ row, text: row.textContent.toLowerCase(), found: row.classList.contains("found") }));
const search = document.getElementById("search");
const found = document.getElementById("found");
const count = document.getElementById("count");
function show() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const one of rows) {
    const wanted = (!found.checked || one.found) && words.every((word) => one.text.includes(word));
    one.row.hidden = !wanted;
    shown += wanted ? 1 : 0;
  }
  count.textContent = shown + " of " + rows.length + " accesses";
}
search.addEventListener("input", show);
found.addEventListener("change", show);
const heads = Array.from(document.querySelectorAll("thead th"));
heads.forEach((head, column) => head.firstChild.addEventListener("click", () => {
  const down = head.getAttribute("aria-sort") === "ascending";
  heads.forEach((other) => other.setAttribute("aria-sort", "none"));
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const compare = new Intl.Collator(undefined, { numeric: true }).compare;
  const key = new Map(rows.map((one) => [one, one.row.cells[column].textContent]));
  rows.sort((a, b) => compare(key.get(a), key.get(b)) * (down ? -1 : 1));
  body.append(...rows.map((one) => one.row));
}));
function choose(node) {
  search.value = node.dataset.search;
  show();
  document.getElementById("accesses").focus();
}
document.querySelectorAll(".node").forEach((node) => {
  node.addEventListener("click", () => choose(node));
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(node);
    }
  });
});
show();
