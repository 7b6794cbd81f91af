// The NAT as a picture: clients on the left, the server, and on the right the addresses that they leave by. The width of a band is
// its rate, each way a band of its own.

import { make, makeSvg } from "./dom.js";
import { rate, some } from "./words.js";

const most = 7; // of each side; the others share a band
const row = 44;
const room = 14; // between two bars
const top = 24; // for the server's name
const full = 110; // width of everything together
const bar = 7;
const thin = 1.5; // what passes nothing just now

export class Picture {
  #holder;
  #sides = { left: [], right: [], server: "" };

  constructor(holder) {
    this.#holder = holder;
    new ResizeObserver(() => this.#draw()).observe(holder);
  }

  /** strands: all flows of one client by one outer address; peers: those of the status, flows or not. */
  show(strands, peers, server) {
    const known = new Set(strands.map((strand) => strand.peer));
    const silent = peers.filter((peer) => !known.has(peer.name)).map((peer) => ({ peer: peer.name, flows: 0, outRate: 0, inRate: 0 }));
    this.#sides = {
      left: fold(sum([...strands, ...silent], (strand) => strand.peer), "client"),
      right: fold(sum(strands, (strand) => strand.external ?? strand.outer), "address", "addresses"),
      server,
    };
    this.#draw();
  }

  #draw() {
    const width = this.#holder.clientWidth;
    if (width <= 0) return;
    const { left, right, server } = this.#sides;
    if (left.length === 0) {
      this.#holder.replaceChildren(make("p", { class: "empty" }, "No client has come yet."));
      return;
    }

    const total = left.reduce((sum, end) => sum + end.out + end.in, 0);
    const scale = total > 0 ? full / total : 0;
    const tall = (ends) => ends.reduce((sum, end) => sum + rowOf(end, scale), 0);
    const height = Math.max(tall(left), tall(right), 4 * row);
    const isNarrow = width < 460;
    const label = isNarrow ? 138 : Math.min(190, width * 0.34);
    const centre = isNarrow ? width * 0.6 : width / 2;
    const svg = makeSvg("svg", { height: height + top, role: "img", "aria-label": describe(left, right, server) });
    const words = (end) => (isNarrow ? rate(end.out + end.in) : `${rate(end.out + end.in)} · ${some(end.flows, "flow")}`);
    svg.append(
      ...side(left, label, centre - bar / 2, height, scale, words, "left"),
      ...side(right, width - label * (isNarrow ? 0.8 : 1), centre + bar / 2, height, scale, words, "right"));
    const thick = Math.max(...[left, right].map((ends) => ends.reduce((sum, end) => sum + thickness(end, scale), 0)), 30);
    const above = top + (height - thick) / 2 - 4;
    svg.append(
      makeSvg("rect", { x: centre - bar / 2, y: above, width: bar, height: thick + 8, rx: 3, class: "node server" }),
      makeSvg("text", { x: centre, y: above - 9, class: "middle name" }, server));
    this.#holder.replaceChildren(svg);
  }
}

/** The labels, bars and bands of one side; bands meet at the server in the order of the rows. */
function side(ends, x, meeting, height, scale, words, which) {
  const parts = [];
  const spare = (height - ends.reduce((sum, end) => sum + rowOf(end, scale), 0)) / Math.max(ends.length, 1);
  let below = top + (height - ends.reduce((sum, end) => sum + thickness(end, scale), 0)) / 2;
  let begin = top;
  for (const end of ends) {
    const thick = thickness(end, scale);
    const middle = begin + (rowOf(end, scale) + spare) / 2;
    begin += rowOf(end, scale) + spare;
    let from = middle - thick / 2;
    for (const [way, value] of [["up", end.out], ["down", end.in]]) {
      const band = Math.max(thin, value * scale);
      const still = value > 0 ? "" : " still";
      parts.push(makeSvg("path", { d: ribbon(x, from, meeting, below, band), class: `band ${way}${still}` }));
      from += band;
      below += band;
    }

    const edge = which === "left" ? x - bar : x;
    const text = which === "left" ? edge - 8 : edge + bar + 8;
    parts.push(
      makeSvg("rect", { x: edge, y: middle - thick / 2 - 2, width: bar, height: thick + 4, rx: 2, class: "node" }),
      makeSvg("text", { x: text, y: middle - 3, class: `name ${which}` }, end.name, makeSvg("title", {}, `${end.name}: up ${rate(end.out)}, down ${rate(end.in)}`)),
      makeSvg("text", { x: text, y: middle + 13, class: `more ${which}` }, words(end)));
  }

  return parts;
}

function ribbon(x1, y1, x2, y2, thick) {
  const bend = (x1 + x2) / 2;
  return `M${x1},${y1} C${bend},${y1} ${bend},${y2} ${x2},${y2} V${y2 + thick} C${bend},${y2 + thick} ${bend},${y1 + thick} ${x1},${y1 + thick} Z`;
}

const rowOf = (end, scale) => Math.max(row, thickness(end, scale) + room);

const thickness = (end, scale) => Math.max(thin, end.out * scale) + Math.max(thin, end.in * scale);

function sum(strands, nameOf) {
  const ends = new Map();
  for (const strand of strands) {
    const name = nameOf(strand);
    const end = ends.get(name) ?? { name, flows: 0, out: 0, in: 0 };
    ends.set(name, { name, flows: end.flows + strand.flows, out: end.out + strand.outRate, in: end.in + strand.inRate });
  }

  return [...ends.values()].sort((one, other) => other.out + other.in - one.out - one.in || one.name.localeCompare(other.name, "en", { numeric: true }));
}

/** The busiest, in an order that does not change with every breath of the rates. */
function fold(ends, one, many = `${one}s`) {
  const byName = (list) => list.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  if (ends.length <= most) return byName(ends);
  const rest = ends.slice(most - 1);
  const add = (what) => rest.reduce((total, end) => total + end[what], 0);
  return [...byName(ends.slice(0, most - 1)), { name: some(rest.length, `more ${one}`, `more ${many}`), flows: add("flows"), out: add("out"), in: add("in") }];
}

function describe(left, right, server) {
  const tell = (ends) => ends.map((end) => `${end.name} with ${rate(end.out + end.in)}`).join(", ");
  return `Clients of ${server}: ${tell(left)}. They leave as: ${tell(right) || "nobody has flows"}.`;
}
