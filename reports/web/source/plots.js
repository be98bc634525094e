// Plots of lines, drawn anew so that they can be read off, zoomed and thinned out. The drawing that they
// replace stays for paper and for screen readers.
import uPlot from "./uplot/uPlot.esm.js";
import { make, pressed } from "./dom.js";
import { onChange, shown, toggleArm } from "./filter.js";
import { label, plain, reach, span, splits } from "./scales.js";

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function plots(data) {
  for (const [name, plot] of Object.entries(data.plots)) {
    const figure = document.getElementById("plot-" + name);
    if (figure) new Figure(figure, name, plot);
  }
}

// Figure is one plot: panels above each other that share their horizontal axis.
class Figure {
  constructor(figure, name, plot) {
    Object.assign(this, { figure, name, plot, charts: [], off: new Set() });
    this.live = make("div", { class: "live", "aria-hidden": "true" });
    this.tip = make("div", { class: "tip", hidden: "" });
    this.legend = make("div", { class: "legend", role: "group", "aria-label": "Lines of " + figure.querySelector("figcaption").textContent });
    const tools = make("div", { class: "tools" },
      make("button", { type: "button", onclick: () => this.zoom(0.5) }, "Zoom in"),
      make("button", { type: "button", onclick: () => this.zoom(2) }, "Zoom out"),
      make("button", { type: "button", onclick: () => this.reset() }, "Show all"));
    figure.classList.add("drawn-live");
    figure.append(this.legend, this.live, tools);
    this.addLegend();
    plot.panels.forEach((panel, i) => this.addPanel(panel, i === plot.panels.length - 1));
    if (plot.long) this.addBrush();
    this.live.append(this.tip);
    onChange(() => this.update());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.charts.forEach((c) => c.redraw()));
    new ResizeObserver(() => this.resize()).observe(figure);
    this.live.addEventListener("mouseleave", () => { this.tip.hidden = true; });
  }

  // width leaves room for the figure's edges.
  get width() { return Math.max(this.figure.clientWidth - 2, 240); }

  get height() { return [0, 340, 250][this.plot.panels.length] ?? 190; }

  // lineShown reports whether a line is: those that are of no arm are switched by their label.
  lineShown(line) { return line.a < 0 ? !this.off.has(line.n) : shown(line.a); }

  addLegend() {
    const seen = new Set();
    for (const line of this.plot.panels.flatMap((p) => p.lines)) {
      const key = line.a < 0 ? line.n : line.a;
      if (seen.has(key) || !line.n) continue;
      seen.add(key);
      const button = make("button", { type: "button", "aria-pressed": "true", onclick: () => this.toggle(line) }, sample(line), make("span", {}, line.n));
      this.legend.append(button);
      onChange(() => pressed(button, this.lineShown(line)));
    }
  }

  toggle(line) {
    if (line.a >= 0) { toggleArm(line.a); return; }
    if (this.off.has(line.n)) this.off.delete(line.n); else this.off.add(line.n);
    [...this.legend.children].forEach((b) => { if (b.textContent === line.n) pressed(b, !this.off.has(line.n)); });
    this.update();
  }

  addPanel(panel, last) {
    const place = make("div", { class: "panel" });
    this.live.append(place);
    const axis = (scale, vertical) => ({
      stroke: () => style("--ink"),
      grid: { stroke: () => style("--line"), width: 1 },
      ticks: { stroke: () => style("--line"), width: 1, size: 4 },
      font: "12px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif",
      splits: (u, i, low, high) => splits(scale, low, high, vertical ? 4 : Math.max(3, Math.floor(this.width / 110))),
      values: (u, at) => at.map((v) => label(scale, v)),
      // A scale of the library's would leave out what is not a power of ten.
      filter: (u, at) => at,
    });
    const scale = (of, range) => ({ time: false, distr: of === "log" ? 3 : 1, range });
    const across = (u, low, high) => (this.plot.scale === "log" ? [low, high] : span(this.plot.scale, low, high));
    const upright = (u, low, high) => span(panel.scale, ...reach(panel.scale, panel.lines.filter((l) => this.lineShown(l)), u.series[0], low, high), true); // u.scales.x is still the old one
    const options = {
      width: this.width, height: this.height + (last ? 20 : 0), legend: { show: false }, padding: [8, 14, 0, 0],
      scales: { x: scale(this.plot.scale, across), y: scale(panel.scale, upright) },
      axes: [
        { ...axis(this.plot.scale, false), label: last ? this.plot.x : undefined, labelSize: 20, size: 28 },
        { ...axis(panel.scale, true), label: panel.y, labelSize: 20, size: 54 },
      ],
      series: [{}].concat(panel.lines.map((line) => this.series(line))),
      cursor: { sync: { key: this.name }, focus: { prox: 30 }, drag: { x: true, y: false }, points: { size: 6 } },
      focus: { alpha: 0.3 },
      hooks: { setCursor: [(u) => this.hover(u, panel)], setScale: [(u, key) => key === "x" && this.zoomed(u)], draw: [(u) => whiskers(u, panel.lines, (l) => this.lineShown(l))] },
    };
    const chart = new uPlot(options, joined(panel.lines), place);
    chart.over.addEventListener("mouseenter", () => { this.under = chart; });
    this.charts.push(chart);
  }

  series(line) {
    return {
      label: line.n, show: this.lineShown(line), stroke: () => style("--k" + line.c), width: Math.max(line.w, 1.5), dash: line.d, spanGaps: false,
      points: { show: (u, i) => line.x.length <= 30 || undefined, size: 5 },
    };
  }

  // addBrush adds the whole time in small, of which the reader chooses a part.
  addBrush() {
    const place = make("div", { class: "panel brush" });
    this.live.append(place);
    const panel = this.plot.panels[0];
    this.brush = new uPlot({
      width: this.width, height: 74, legend: { show: false }, padding: [4, 14, 0, 0],
      scales: { x: { time: false }, y: { distr: panel.scale === "log" ? 3 : 1, range: (u, low, high) => span(panel.scale, low, high, true) } },
      axes: [{ stroke: () => style("--ink"), grid: { show: false }, size: 24, font: "11px system-ui, sans-serif", values: (u, at) => at.map(plain) },
        { size: 54, stroke: () => style("--soft"), splits: () => [], grid: { show: false }, label: "drag", labelSize: 20, labelFont: "11px system-ui, sans-serif" }],
      series: [{}].concat(panel.lines.map((line) => ({ ...this.series(line), width: 1, dash: undefined, points: { show: false } }))),
      cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false } },
      hooks: { setSelect: [(u) => this.brushed(u)] },
    }, joined(panel.lines), place);
    this.brush.over.title = "Drag over a part of the time to see it in the panels above";
    this.charts.push(this.brush);
  }

  brushed(u) {
    if (this.moving || u.select.width < 2) return;
    this.show(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"));
  }

  // zoomed shows in the brush what part is shown, and the same part in all panels.
  zoomed(u) {
    if (this.moving || u === this.brush || u.scales.x.min == null || this.charts.length < this.plot.panels.length) return;
    this.show(u.scales.x.min, u.scales.x.max, u);
  }

  show(min, max, except) {
    this.moving = true;
    for (const chart of this.charts) if (chart !== this.brush && chart !== except) chart.setScale("x", { min, max });
    if (this.brush) {
      const [left, right] = [min, max].map((v) => this.brush.valToPos(v, "x"));
      this.brush.setSelect({ left, width: right - left, top: 0, height: this.brush.over.clientHeight }, false);
    }
    this.moving = false;
  }

  zoom(by) {
    const { min, max } = this.charts[0].scales.x;
    const [low, high] = this.whole();
    if (this.plot.scale === "log") {
      const half = (max / min) ** (by / 2), middle = Math.sqrt(min * max);
      this.show(Math.max(middle / half, low), Math.min(middle * half, high));
      return;
    }
    const half = (max - min) * by / 2, middle = (min + max) / 2;
    this.show(Math.max(middle - half, low), Math.min(middle + half, high));
  }

  whole() {
    const x = this.charts[0].data[0];
    return span(this.plot.scale === "log" ? "linear" : this.plot.scale, x[0], x[x.length - 1]);
  }

  reset() { this.show(...this.whole()); }

  update() {
    this.tip.hidden = true;
    for (const chart of this.charts) {
      const panel = chart === this.brush ? this.plot.panels[0] : this.plot.panels[this.charts.indexOf(chart)];
      chart.batch(() => panel.lines.forEach((line, i) => chart.setSeries(i + 1, { show: this.lineShown(line) }, false)));
    }
  }

  resize() {
    this.charts.forEach((chart, i) => {
      if (Math.abs(chart.width - this.width) > 1) chart.setSize({ width: this.width, height: chart === this.brush ? 74 : this.height + (i === this.plot.panels.length - 1 ? 20 : 0) });
    });
  }

  // hover says the figures beside the pointer: of many lines those nearest to it.
  hover(u, panel) {
    if (u !== this.under) return; // the others follow it
    const i = u.cursor.idx;
    if (i == null) { this.tip.hidden = true; return; }
    const rows = [];
    panel.lines.forEach((line, k) => {
      const v = u.data[k + 1][i];
      if (v != null && this.lineShown(line)) rows.push({ line, v, away: Math.abs(u.valToPos(v, "y") - u.cursor.top) });
    });
    rows.sort((a, b) => a.away - b.away);
    const near = rows.slice(0, 10).sort((a, b) => b.v - a.v);
    this.tip.replaceChildren(make("b", {}, axisName(this.plot.x) + " " + label(this.plot.scale, u.data[0][i])),
      ...near.map(({ line, v }) => make("div", {}, sample(line), " " + plain(v) + " " + line.n)));
    if (rows.length > near.length) this.tip.append(make("div", {}, "and " + (rows.length - near.length) + " more"));
    this.tip.hidden = near.length === 0;
    const box = this.live.getBoundingClientRect(), over = u.over.getBoundingClientRect();
    const left = over.left - box.left + u.cursor.left;
    this.tip.style.top = over.top - box.top + 6 + "px";
    this.tip.style.left = left > box.width / 2 ? Math.max(left - this.tip.offsetWidth - 14, 0) + "px" : left + 14 + "px";
  }
}

// axisName is a label without what explains it.
function axisName(label) { return label.split(/[,(]/)[0].replace("percentile of answered prompts", "").replace("seconds since the run began", "at s").trim(); }

// joined are lines as the library takes them: one list of x for all.
function joined(lines) {
  if (lines.length === 0) return [[0, 1]];
  return uPlot.join(lines.map((line) => [line.x, line.y]));
}

// whiskers draws the intervals of a panel's points, those at its edges whole.
function whiskers(u, lines, isShown) {
  const ctx = u.ctx, half = 3 * devicePixelRatio, edge = half + devicePixelRatio;
  for (const line of lines) {
    if (!line.low || !isShown(line)) continue;
    ctx.save();
    ctx.beginPath();
    ctx.rect(u.bbox.left - edge, u.bbox.top, u.bbox.width + 2 * edge, u.bbox.height);
    ctx.clip();
    ctx.strokeStyle = style("--k" + line.c);
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    line.x.forEach((x, i) => {
      if (line.low[i] == null || line.high[i] == null) return;
      const at = u.valToPos(x, "x", true), low = u.valToPos(line.low[i], "y", true), high = u.valToPos(line.high[i], "y", true);
      ctx.moveTo(at, low); ctx.lineTo(at, high);
      for (const y of [low, high]) { ctx.moveTo(at - half, y); ctx.lineTo(at + half, y); }
    });
    ctx.stroke();
    ctx.restore();
  }
}

// sample is a piece of a line, as the legend and the pointer show it.
function sample(line) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg"), path = document.createElementNS(ns, "path");
  for (const [key, value] of Object.entries({ width: 26, height: 8, "aria-hidden": "true" })) svg.setAttribute(key, value);
  for (const [key, value] of Object.entries({ d: "M0 4H26", class: "s" + line.c, "stroke-width": Math.max(line.w, 2), "stroke-dasharray": (line.d ?? []).join(" ") })) path.setAttribute(key, value);
  svg.append(path);
  return svg;
}
