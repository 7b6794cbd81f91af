// What was dropped and what happens.

import { byId, make, say } from "./dom.js";
import { bytes, clock, count, reason, some } from "./words.js";

export class Drops {
  #list = byId("drops");
  #items = new Map();

  show(drops) {
    const reasons = Object.entries(drops).sort(([, one], [, other]) => other - one);
    const largest = reasons[0]?.[1] ?? 1;
    byId("drops-empty").hidden = reasons.length > 0;
    for (const [name, packets] of reasons) {
      const item = this.#items.get(name) ?? this.#make(name);
      say(item.count, count(packets));
      item.bar.style.setProperty("inline-size", `${Math.max(0.5, (packets / largest) * 100)}%`);
      this.#list.append(item.element);
    }
  }

  #make(name) {
    const item = { bar: make("span", { class: "bar" }), count: make("b") };
    item.element = make("li", {}, make("span", { class: "label" }, reason(name)), item.count, make("span", { class: "track" }, item.bar));
    this.#items.set(name, item);
    return item;
  }
}

export class Events {
  static #most = 200;

  #list = byId("events");
  #missed = 0;

  show(answer) {
    this.#missed += answer.missed;
    if (this.#missed > 0) say(byId("events-hint"), `newest first; ${some(this.#missed, "event")} came faster than they were taken`);
    byId("events-empty").hidden = this.#list.childElementCount > 0 || answer.events.length > 0;
    const stays = this.#list.scrollTop > 0 ? this.#list.scrollHeight : null;
    this.#list.prepend(...answer.events.slice(-Events.#most).reverse().map(line));
    while (this.#list.childElementCount > Events.#most) this.#list.lastElementChild.remove();
    // What is being read stays where it is.
    if (stays !== null) this.#list.scrollTop += this.#list.scrollHeight - stays;
  }
}

function line(told) {
  return make("li", { "data-event": told.event },
    make("time", { datetime: told.at }, clock(told.at)), make("b", {}, told.event.replace("-", " ")), make("span", { class: "peer" }, told.peer),
    make("span", { class: "what" }, what(told)));
}

function what(told) {
  const parts = [told.flow ?? told.protocol];
  if (told.event === "flow-refused") parts.push(told.inner ? `${told.inner} → ${told.remote}` : `${told.remote} → ${told.outer}`);
  else if (told.inner) parts.push(told.remote ? `${told.inner} → ${told.remote}` : `${told.inner} as ${told.outer}`);
  if (told.endpoint && told.endpoint !== told.peer) parts.push(`at ${told.endpoint}`);
  const more = [told.why && (told.event === "flow-refused" ? reason(told.why).toLowerCase() : told.why)];
  if (told.count > 1) more.push(`stands for ${count(told.count)}`);
  if (told.out && told.in) more.push(`sent ${bytes(told.out.bytes)}, received ${bytes(told.in.bytes)}`);
  return [parts.filter(Boolean).join(" "), ...more.filter(Boolean)].join("; ");
}
