// Traffic of the last minutes, both ways, with a cursor for pointer and arrow keys.

import { make, makeSvg, say } from "./dom.js";
import { clock, rate } from "./words.js";

const minutes = 5;
const span = minutes * 60 * 1000;
const gap = 3500; // milliseconds without a sample: nobody counted
const margin = { top: 10, right: 8, bottom: 24, left: 78 };
const ways = ["down", "up"];

export class Chart {
  #holder;
  #legend;
  #samples = [];
  #cursor = null;
  #svg = null;

  constructor(holder, legend) {
    this.#holder = holder;
    this.#legend = { up: make("b"), down: make("b"), at: make("span", { class: "at" }) };
    legend.append(
      make("span", { class: "key up" }, "up ", this.#legend.up),
      make("span", { class: "key down" }, "down ", this.#legend.down),
      this.#legend.at);
    holder.tabIndex = 0;
    holder.setAttribute("role", "img");
    holder.addEventListener("pointermove", (event) => this.#point(event));
    holder.addEventListener("pointerleave", () => this.#put(null));
    holder.addEventListener("keydown", (event) => this.#step(event));
    holder.addEventListener("blur", () => this.#put(null));
    new ResizeObserver(() => this.draw()).observe(holder);
  }

  add(samples, isFirst) {
    const last = isFirst ? 0 : this.#samples.at(-1)?.at ?? 0;
    if (isFirst) this.#samples = this.#samples.filter((old) => old.at < (samples[0]?.at ?? Infinity));
    this.#samples.push(...samples.filter((sample) => sample.at > last));
    const newest = this.#samples.at(-1)?.at ?? 0;
    this.#samples = this.#samples.filter((sample) => sample.at > newest - span);
    this.draw();
  }

  draw() {
    const { width, height } = this.#size();
    if (width <= 0) return;
    const newest = this.#samples.at(-1)?.at ?? Date.now();
    const top = niceTop(Math.max(...this.#samples.map((sample) => Math.max(sample.up, sample.down)), 0) * 8);
    const x = (at) => margin.left + ((at - newest + span) / span) * width;
    const y = (bytesPerSecond) => margin.top + height - ((bytesPerSecond * 8) / top) * height;
    const svg = makeSvg("svg", { "aria-hidden": "true" });
    svg.append(...grid(top, width, height), ...this.#areas(x, y, margin.top + height));
    if (this.#samples.length === 0) {
      svg.append(makeSvg("text", { x: margin.left + width / 2, y: margin.top + height / 2, class: "waiting" }, "counting …"));
    }

    const shown = this.#cursor === null ? this.#samples.at(-1) : nearest(this.#samples, newest - span + this.#cursor * span);
    if (this.#cursor !== null && shown) svg.append(...cursor(shown, x, y, height));
    this.#svg?.remove();
    this.#svg = svg;
    this.#holder.append(svg);
    this.#tell(shown, this.#cursor !== null);
  }

  #tell(sample, isPast) {
    say(this.#legend.up, sample ? rate(sample.up) : "–");
    say(this.#legend.down, sample ? rate(sample.down) : "–");
    say(this.#legend.at, sample && isPast ? `at ${clock(sample.at)}` : "");
    this.#holder.setAttribute("aria-label", sample
      ? `Traffic of the last ${minutes} minutes. ${isPast ? `At ${clock(sample.at)}` : "Now"}: up ${rate(sample.up)}, down ${rate(sample.down)}. Arrow keys move through it.`
      : "Traffic: nothing is counted yet");
  }

  #areas(x, y, bottom) {
    const parts = [];
    for (const run of runs(this.#samples)) {
      for (const way of ways) {
        const line = run.map((sample) => `${x(sample.at).toFixed(1)},${y(sample[way]).toFixed(1)}`).join(" L");
        const [from, to] = [x(run[0].at).toFixed(1), x(run.at(-1).at).toFixed(1)];
        parts.push(
          makeSvg("path", { d: `M${from},${bottom} L${line} L${to},${bottom} Z`, class: `area ${way}` }),
          makeSvg("path", { d: `M${line}`, class: `line ${way}` }));
      }
    }

    return parts;
  }

  #size() {
    return {
      width: this.#holder.clientWidth - margin.left - margin.right,
      height: this.#holder.clientHeight - margin.top - margin.bottom,
    };
  }

  #point(event) {
    const place = (event.clientX - this.#holder.getBoundingClientRect().left - margin.left) / this.#size().width;
    this.#put(place >= 0 && place <= 1 ? place : null);
  }

  #step(event) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (way === undefined && event.key !== "Escape") return;
    event.preventDefault();
    const place = (this.#cursor ?? 1) + (way ?? 0) / (minutes * 60);
    this.#put(event.key === "Escape" || place > 1 ? null : Math.max(0, place));
  }

  #put(place) {
    if (place === this.#cursor) return;
    this.#cursor = place;
    this.draw();
  }
}

function cursor(sample, x, y, height) {
  const at = x(sample.at);
  return [
    makeSvg("line", { x1: at, x2: at, y1: margin.top, y2: margin.top + height, class: "cursor" }),
    ...ways.map((way) => makeSvg("circle", { cx: at, cy: y(sample[way]), r: 3.5, class: `dot ${way}` })),
  ];
}

function grid(top, width, height) {
  const parts = [];
  const steps = 4;
  for (let step = 0; step <= steps; step++) {
    const y = margin.top + height - (step / steps) * height;
    parts.push(
      makeSvg("line", { x1: margin.left, x2: margin.left + width, y1: y, y2: y, class: step === 0 ? "axis" : "grid" }),
      makeSvg("text", { x: margin.left - 10, y: y + 4, class: "y" }, step === 0 ? "0" : rate((top * step) / steps / 8).replace(".0 ", " ")));
  }

  const stride = width < 360 ? 2 : 1;
  for (let minute = minutes % stride; minute <= minutes; minute += stride) {
    const x = margin.left + (minute / minutes) * width;
    const text = minute === minutes ? "now" : `−${minutes - minute} min`;
    parts.push(makeSvg("text", { x, y: margin.top + height + 17, class: minute === 0 ? "x first" : minute === minutes ? "x last" : "x" }, text));
  }

  return parts;
}

/** The next round number of bits a second that leaves a little room. */
function niceTop(bits) {
  const least = Math.max(bits * 1.05, 8000);
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 4, 8, 10].map((factor) => factor * power).find((value) => value >= least);
}

function runs(samples) {
  const found = [];
  for (const sample of samples) {
    const run = found.at(-1);
    if (run && sample.at - run.at(-1).at < gap) run.push(sample);
    else found.push([sample]);
  }

  return found;
}

function nearest(samples, at) {
  return samples.reduce((best, sample) => (best && Math.abs(best.at - at) <= Math.abs(sample.at - at) ? best : sample), null);
}
