"use strict";

// A new element in a parent.
function add(parent, name, attributes = {}, text = "") {
  const drawing = parent.namespaceURI.endsWith("svg") || name === "svg";
  const element = drawing ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return parent.appendChild(element);
}

// Four significant digits, or whole with commas from 10,000 on.
function short(number) {
  if (number === null || number === undefined) return "–";
  const size = Math.abs(number);
  if (size > 0 && (size < 1e-4 || size >= 1e15)) return String(Number(number.toPrecision(3)));
  return number.toLocaleString("en", size < 1e4 ? { maximumSignificantDigits: 4 } : { maximumFractionDigits: 0 });
}

// A scale from numbers to pixels, with ticks about `apart` pixels apart. A log scale leaves out what is not positive.
function scale(numbers, log, from, to, apart) {
  const shown = numbers.filter((number) => number !== null && (!log || number > 0));
  let low = shown.reduce((a, b) => Math.min(a, b), Infinity), high = shown.reduce((a, b) => Math.max(a, b), -Infinity);
  if (low > high) [low, high] = log ? [1, 10] : [0, 1];
  if (low === high) [low, high] = log ? [low / 2, high * 2] : [low - 1, high + 1];
  const map = log ? Math.log10 : (number) => number, ticks = [];
  if (log) {
    const decades = Math.log10(high / low), every = Math.ceil((decades * apart) / Math.abs(to - from));
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += every)
      for (const digit of decades < 2 ? [1, 2, 5] : [1]) ticks.push(digit * 10 ** power);
  } else {
    const rough = (high - low) / Math.max(2, Math.abs(to - from) / apart), power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((digit) => digit * power >= rough);
    for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(i * step);
  }
  const place = (number) => from + ((map(number) - map(low)) / (map(high) - map(low))) * (to - from);
  return { place, low, high, ticks: ticks.filter((tick) => tick >= low && tick <= high) };
}

// The path through points [x, y]; it has a gap where a point is null, and corners if it goes up in steps.
function path(points, steps) {
  let text = "", before = null;
  for (const point of points) {
    if (point) {
      const [x, y] = point.map((number) => number.toFixed(1));
      text += before === null ? `M${x} ${y}` : steps ? `H${x}V${y}` : `L${x} ${y}`;
    }
    before = point;
  }
  return text;
}

// The index of the last point of a line at or before x; -1 if there is none.
function lastBefore(line, x, steps) {
  const index = line.x.filter((one) => one <= x).length - 1;
  return !steps && index === line.x.length - 1 && x > line.x[index] ? -1 : index;
}

function stroke(line) {
  return { stroke: line.colour, "stroke-width": 2, "stroke-dasharray": line.dash.map((part) => 2 * part).join(" ") };
}

class Chart {
  constructor(figure, chart) {
    this.chart = chart;
    const bar = add(figure, "p", { class: "bar" });
    this.logX = this.box(bar, "log x", chart.log_x);
    this.logY = this.box(bar, "log y", chart.log_y);
    for (const [name, on] of [["show all", true], ["show none", false]])
      add(bar, "button", { type: "button" }, name).addEventListener("click", () => this.showAll(on));
    this.logY.disabled = !chart.lines.some((line) => line.y.some((y) => y > 0));
    this.svg = add(figure, "svg", { role: "img", "aria-label": `${chart.up} against ${chart.across}` });
    this.xs = [...new Set(chart.lines.flatMap((line) => line.x))].filter((x) => x !== null).sort((a, b) => a - b);
    this.slider = add(figure, "input", { type: "range", min: 0, max: this.xs.length - 1, "aria-label": chart.across });
    this.slider.value = this.xs.length - 1;
    this.slider.addEventListener("input", () => this.read());
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.legend(figure);
    new ResizeObserver(() => this.draw()).observe(figure);
  }

  // A box to tick that draws the chart again.
  box(parent, name, on) {
    const label = add(parent, "label"), box = add(label, "input", { type: "checkbox" });
    box.checked = on;
    label.append(` ${name}`);
    box.addEventListener("change", () => this.draw());
    return box;
  }

  legend(figure) {
    const table = add(add(figure, "div", { class: "scroll" }), "table", { class: "legend" });
    this.caption = add(table, "caption", { "aria-live": "polite" });
    this.rows = this.chart.lines.map((line) => {
      const row = add(table, "tr"), label = add(add(row, "td"), "label");
      const box = add(label, "input", { type: "checkbox" });
      box.checked = !line.bound;
      box.addEventListener("change", () => this.draw());
      const key = add(label, "svg", { height: 8, "aria-hidden": true });
      add(key, "path", { d: "M0 4H36", fill: "none", ...stroke(line) });
      add(label, "span", {}, line.label);
      const cell = add(row, "td");
      return { line, box, value: add(cell, "span"), band: add(cell, "small") };
    });
  }

  showAll(on) {
    for (const row of this.rows) row.box.checked = on && !row.line.bound;
    this.draw();
  }

  draw() {
    const width = this.svg.clientWidth || 640, height = Math.max(220, Math.min(400, 0.55 * width)), chart = this.chart;
    const shown = this.rows.filter((row) => row.box.checked).map((row) => row.line), svg = this.svg;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("height", height);
    const x = scale(shown.flatMap((line) => line.x), this.logX.checked, 70, width - 25, 80);
    const heights = shown.flatMap((line) => [...line.y, ...line.low, ...line.high]);
    const y = scale(chart.from_zero ? [0, ...heights] : heights, this.logY.checked, height - 45, 10, 45);
    this.x = x;
    for (const tick of x.ticks) {
      add(svg, "line", { class: "grid", x1: x.place(tick), x2: x.place(tick), y1: 10, y2: height - 45 });
      add(svg, "text", { x: x.place(tick), y: height - 28, "text-anchor": "middle" }, short(tick));
    }
    for (const tick of y.ticks) {
      add(svg, "line", { class: "grid", x1: 70, x2: width - 25, y1: y.place(tick), y2: y.place(tick) });
      add(svg, "text", { x: 64, y: y.place(tick) + 4, "text-anchor": "end" }, short(tick));
    }
    add(svg, "text", { x: (width + 45) / 2, y: height - 8, "text-anchor": "middle" }, chart.across);
    const up = { transform: `translate(13 ${(height - 35) / 2}) rotate(-90)`, "text-anchor": "middle" };
    add(svg, "text", up, chart.up.length > (height - 55) / 6.2 ? chart.up.split(", ")[0] : chart.up);
    const inside = (at, to) => at !== null && to !== null && at >= x.low && (!this.logY.checked || to > 0);
    for (const line of shown) {
      const points = line.x.map((at, i) => (inside(at, line.y[i]) ? [x.place(at), y.place(line.y[i])] : null));
      const ends = line.high.map((_, i) => i).filter((i) => inside(line.x[i], line.high[i]) && line.low[i] !== null);
      const upper = ends.map((i) => [x.place(line.x[i]), y.place(line.high[i])]);
      const lower = ends.map((i) => [x.place(line.x[i]), y.place(Math.max(line.low[i], y.low))]);
      if (ends.length) add(svg, "path", { class: "band", d: `${path([...upper, ...lower.reverse()])}Z`, fill: line.colour, opacity: 0.2 });
      add(svg, "path", { class: "line", d: path(points, chart.steps), fill: "none", ...stroke(line) });
      if (points.length < 30 && !chart.steps)
        for (const point of points.filter(Boolean)) add(svg, "circle", { cx: point[0], cy: point[1], r: 3, fill: line.colour });
    }
    this.rule = add(svg, "line", { class: "rule", y1: 10, y2: height - 45 });
    this.read();
  }

  point(event) {
    const at = event.clientX - this.svg.getBoundingClientRect().left;
    const distance = this.xs.map((x) => (x < this.x.low ? Infinity : Math.abs(this.x.place(x) - at)));
    this.slider.value = distance.indexOf(Math.min(...distance));
    this.read();
  }

  // Writes the values at the place of the slider into the legend.
  read() {
    const at = this.xs[this.slider.value], name = `${this.chart.across}: ${short(at)}`;
    this.slider.setAttribute("aria-valuetext", name);
    this.caption.textContent = name;
    for (const { line, value, band } of this.rows) {
      const i = lastBefore(line, at, this.chart.steps);
      value.textContent = short(line.y[i]);
      band.textContent = line.low[i] == null ? "" : `${short(line.low[i])} to ${short(line.high[i])}`;
    }
    if (!(at >= this.x.low && at <= this.x.high)) return this.rule.setAttribute("visibility", "hidden");
    for (const end of ["x1", "x2"]) this.rule.setAttribute(end, this.x.place(at));
    this.rule.setAttribute("visibility", "visible");
  }
}

for (const data of document.querySelectorAll("figure script")) new Chart(data.parentNode, JSON.parse(data.textContent));

// The table: a heading sorts by its column, the largest number first; what is empty comes last.
const results = document.getElementById("results");
for (const heading of results.tHead.rows[0].cells)
  heading.querySelector("button").addEventListener("click", () => {
    const sign = heading.ariaSort === "descending" ? 1 : -1, [body] = results.tBodies;
    const value = (row) => row.cells[heading.cellIndex].querySelector("data").value;
    const compare = (a, b) => (isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b);
    const rows = [...body.rows].sort((a, b) => (!value(a) - !value(b)) || sign * compare(value(a), value(b)));
    for (const other of results.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.ariaSort = sign > 0 ? "ascending" : "descending";
    body.append(...rows);
  });
document.getElementById("all-columns").addEventListener("change", (event) => {
  results.classList.toggle("all", event.target.checked);
});

// Copies a text; if the browser does not allow that, shows it selected.
for (const button of document.querySelectorAll("[data-copy]"))
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy), said = document.getElementById("copied");
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = "copied";
    } catch {
      text.hidden = false;
      text.select();
      said.textContent = "press Ctrl+C to copy the selected text";
    }
  });

// The course of learning: a slider draws what run 0 knew at a snapshot.
for (const course of document.querySelectorAll("[data-course]")) {
  const { at, unit, low, high, palette, maps } = JSON.parse(course.dataset.course);
  const slider = course.querySelector("input"), said = course.querySelector("span");
  const names = [...course.querySelectorAll("figcaption")].map((name) => name.textContent);
  const show = () => {
    const now = slider.value, when = `${short(at[now])} ${unit}`;
    said.textContent = when;
    slider.setAttribute("aria-valuetext", when);
    course.querySelectorAll("table").forEach((table, i) => {
      const { values, policy, actions } = maps[i];
      for (const cell of table.querySelectorAll("[data-state]")) {
        const state = cell.dataset.state, value = values[now][state], action = actions[policy[now][state]];
        const share = high > low ? (value - low) / (high - low) : 0;
        cell.textContent = `${cell.dataset.symbol} ${action}`.trim();
        cell.style.setProperty("--value", palette[Math.round(share * (palette.length - 1))]);
        cell.style.setProperty("--value-ink", share < 0.5 ? "#fff" : "#000");
        const note = `state ${state} after ${when} · V ${short(value)} · greedy action ${action}`;
        cell.setAttribute("aria-label", note);
        cell.dataset.note = `${names[i]}: ${note}`;
      }
    });
    if (course.read) course.querySelector("output").textContent = course.read.dataset.note;
  };
  slider.addEventListener("input", show);
  show();
}

// Maps: the cell under the pointer or with the focus shows its numbers; arrow keys move the focus.
for (const maps of document.querySelectorAll(".maps")) {
  const show = (event) => {
    const cell = event.target.closest("[data-note]");
    if (!cell) return;
    maps.read = cell; // the slider of a course writes its numbers anew
    maps.querySelector("output").textContent = cell.dataset.note;
  };
  for (const kind of ["pointerover", "focusin", "click"]) maps.addEventListener(kind, show);
  maps.querySelector("select")?.addEventListener("change", (event) => (maps.dataset.shade = event.target.value));
  for (const table of maps.querySelectorAll("table")) {
    const cells = [...table.querySelectorAll("[data-note]")];
    cells.forEach((cell, i) => (cell.tabIndex = i ? -1 : 0));
    table.addEventListener("keydown", (event) => {
      const [right, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [];
      if (right === undefined) return;
      event.preventDefault();
      let row = event.target.parentNode.rowIndex + down, column = event.target.cellIndex + right;
      while (table.rows[row]?.cells[column] && !table.rows[row].cells[column].dataset.note) [row, column] = [row + down, column + right];
      table.rows[row]?.cells[column]?.focus();
    });
    table.addEventListener("focusin", (event) => {
      for (const cell of cells) cell.tabIndex = cell === event.target ? 0 : -1;
    });
  }
}
