"use strict";
// All that comes from the document is set as text, never as markup.
const data = JSON.parse(document.getElementById("data").textContent);
const tip = document.getElementById("tip");
const layers = ["blocks", "tables", "pairs", "check-boxes", "values", "words"];
const shown = new Set(data.show);

function put(parent, tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

function place(made, box, page) {
  made.style.left = `${(100 * box[0]) / page.width}%`;
  made.style.top = `${(100 * box[1]) / page.height}%`;
  made.style.width = `${(100 * (box[2] - box[0])) / page.width}%`;
  made.style.height = `${(100 * (box[3] - box[1])) / page.height}%`;
  return made;
}

const drawing = {
  words(layer, page) {
    page.words.forEach((word, index) => {
      const marks = (word.hidden ? " hidden" : "") + (word.trick ? " trick" : "");
      const made = place(put(layer, "span", `word${marks}`), word.box, page);
      made.tabIndex = index === 0 ? 0 : -1;
      made.setAttribute("role", "img");
      made.setAttribute("aria-label", word.text);
      made.dataset.index = index;
    });
  },
  blocks(layer, page) {
    page.blocks.forEach((block, index) => {
      put(place(put(layer, "span", "block"), block.box, page), "span", "flag", `${index + 1} ${block.kind}`);
    });
  },
  tables(layer, page) {
    page.tables.forEach((table, index) => {
      for (const cell of table.cells) place(put(layer, "span", cell.header ? "cell header" : "cell"), cell.box, page);
      const title = `table ${index + 1}: ${table.rows} × ${table.columns}`;
      put(place(put(layer, "span", "table"), table.box, page), "span", "flag", title);
    });
  },
  pairs(layer, page) {
    for (const pair of page.pairs) {
      place(put(layer, "span", "pair label"), pair.label, page);
      if (pair.value) place(put(layer, "span", "pair"), pair.value, page);
    }
  },
  "check-boxes"(layer, page) {
    for (const box of page.check_boxes) place(put(layer, "span", box.checked ? "tick on" : "tick"), box.box, page);
  },
  values(layer, page) {
    data.values.forEach((value, index) => {
      for (const [number, box] of value.places) {
        if (number !== page.number) continue;
        const made = place(put(layer, "span", "value"), box, page);
        made.style.outlineColor = value.colour;
        made.style.backgroundColor = `${value.colour}2e`;
        made.dataset.value = index;
      }
    });
  },
};

function draw(sheet) {
  if (sheet.dataset.drawn) return;
  sheet.dataset.drawn = "yes";
  const page = data.pages[sheet.dataset.page];
  if (!(page.width > 0 && page.height > 0)) return;
  for (const name of layers) {
    const layer = put(sheet, "div", `layer ${name}${shown.has(name) ? "" : " off"}`);
    drawing[name](layer, page);
  }
}

function tell(made) {
  const page = data.pages[made.closest(".sheet").dataset.page];
  const word = page.words[made.dataset.index];
  tip.replaceChildren();
  put(tip, "b", "", word.text);
  const list = put(tip, "dl");
  const facts = [
    ["box", `${word.box.map((edge) => edge.toFixed(2)).join("  ")} ${page.unit}`],
    ["from", page.provenance.replaceAll("_", " ")],
    ["confidence", word.confidence === null ? "not measured" : word.confidence.toFixed(3)],
    ["line", word.line + 1],
    ["block", word.block],
    ["cell", word.cell],
    ["table", word.table],
    ["hidden", word.hidden],
    ["trick", word.trick],
    ["value", valuesAt(page, word.box)],
  ];
  for (const [name, fact] of facts) {
    if (fact === null || fact === undefined || fact === "") continue;
    put(list, "dt", "", name);
    put(list, "dd", name === "hidden" || name === "trick" ? "bad" : "", String(fact).replaceAll("_", " "));
  }
  const at = made.getBoundingClientRect();
  tip.hidden = false;
  const left = Math.min(at.left, innerWidth - tip.offsetWidth - 8);
  const below = at.bottom + 8 + tip.offsetHeight < innerHeight;
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${below ? at.bottom + 8 : Math.max(8, at.top - tip.offsetHeight - 8)}px`;
}

function valuesAt(page, box) {
  const x = (box[0] + box[2]) / 2, y = (box[1] + box[3]) / 2;
  const over = ([number, b]) => number === page.number && b[0] <= x && x <= b[2] && b[1] <= y && y <= b[3];
  return data.values.filter((value) => value.places.some(over)).map((value) => value.name).join(", ");
}

function move(word, key) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
  const next = step === 1 ? word.nextElementSibling : step === -1 ? word.previousElementSibling : null;
  if (!next) return false;
  word.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
  return true;
}

function show(value, index) {
  const [number] = value.places[0];
  const at = data.pages.findIndex((page) => page.number === number);
  const sheet = document.querySelector(`.sheet[data-page="${at}"]`);
  if (!sheet) return;
  draw(sheet);
  if (!shown.has("values")) document.querySelector("header .values input").click();
  const boxes = sheet.querySelectorAll(`.value[data-value="${index}"]`);
  boxes.forEach((box) => {
    box.classList.remove("now");
    void box.offsetWidth;
    box.classList.add("now");
  });
  (boxes[0] || sheet).scrollIntoView({ block: "center" });
}

function list() {
  const side = document.querySelector("aside");
  data.values.forEach((value, index) => {
    const made = put(side, "button");
    made.style.borderColor = value.colour;
    put(made, "small", "", value.name);
    put(made, "strong", "", value.text);
    const facts = [value.source, value.confidence === null ? "" : value.confidence.toFixed(2)];
    if (value.places.length) facts.push(`page ${value.places[0][0]}`);
    put(made, "small", "", facts.filter(Boolean).join(" · "));
    const drawn = value.places.length && data.pages.some((page) => page.number === value.places[0][0]);
    made.disabled = !drawn;
    made.addEventListener("click", () => show(value, index));
  });
  if (!data.values.length) put(side, "p", "", "No values were found.");
}

const head = document.querySelector("header");
for (const name of layers.toReversed ? layers.toReversed() : [...layers].reverse()) {
  const label = put(head, "label", name);
  const box = put(label, "input");
  box.type = "checkbox";
  box.checked = shown.has(name);
  put(label, "i");
  label.append(name.replace("-", " "));
  box.addEventListener("change", () => {
    if (box.checked) shown.add(name);
    else shown.delete(name);
    document.querySelectorAll(`.layer.${name}`).forEach((layer) => layer.classList.toggle("off", !box.checked));
  });
}
list();
const main = document.querySelector("main");
const isWord = (made) => made instanceof Element && made.classList.contains("word");
const hide = () => (tip.hidden = true);
for (const kind of ["mouseover", "focusin"]) main.addEventListener(kind, (event) => isWord(event.target) && tell(event.target));
for (const kind of ["mouseout", "focusout", "scroll"]) main.addEventListener(kind, hide);
main.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
  else if (isWord(event.target) && move(event.target, event.key)) event.preventDefault();
});
const near = new IntersectionObserver(
  (seen) => seen.forEach((entry) => entry.isIntersecting && draw(entry.target)),
  { root: main, rootMargin: "600px" },
);
document.querySelectorAll(".sheet").forEach((sheet) => near.observe(sheet));
