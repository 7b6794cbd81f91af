// The table of flows: kept row by row, so that a row keeps its focus and its place under the pointer while its figures change.

import { byId, make, say } from "./dom.js";
import { bytes, count, rate, some, time } from "./words.js";

const steps = [20, 50, 100, 250, 1000]; // rows, one more step with each press

export class Flows {
  #api;
  #changed;
  #toast;
  #body = byId("rows");
  #rows = new Map();
  #open = null;
  #timer = 0;
  #step = 0;

  /** changed(query) is told of another question. */
  constructor(api, changed, toast) {
    this.#api = api;
    this.#changed = changed;
    this.#toast = toast;
    byId("search").addEventListener("input", () => this.#changeSoon());
    for (const id of ["protocol", "flow-state", "sort"]) byId(id).addEventListener("change", () => this.#change());
    for (const header of document.querySelectorAll("th[data-sort]")) {
      const button = make("button", { type: "button" }, header.textContent);
      button.addEventListener("click", () => this.#sort(header.dataset.sort));
      header.replaceChildren(button);
    }

    byId("more").addEventListener("click", () => {
      this.#step++;
      this.#changed(this.query);
    });
    this.#markOrder();
  }

  get query() {
    const query = new URLSearchParams({ sort: byId("sort").value, max: steps[this.#step] });
    for (const [name, id] of [["text", "search"], ["protocol", "protocol"], ["state", "flow-state"]]) {
      if (byId(id).value.trim()) query.set(name, byId(id).value.trim());
    }

    return query.toString();
  }

  /** isFirst: the rates of a new question's first answer are not known yet. */
  show(answer, isFirst) {
    const before = new Set(this.#rows.keys());
    const rows = answer.flows.map((flow) => {
      before.delete(flow.id);
      const row = this.#rows.get(flow.id) ?? this.#make(flow.id);
      row.update(flow, isFirst);
      return row;
    });
    for (const id of before) this.#remove(id);
    // Whoever is about to press something wants it to stay where it is.
    if (!this.#isTouched()) this.#arrange(rows);
    this.#tellCount(answer);
    this.#open?.refresh();
  }

  #isTouched() {
    return this.#body.matches(":hover") || (this.#body.contains(document.activeElement) && document.activeElement.matches(":focus-visible"));
  }

  #arrange(rows) {
    let next = this.#body.firstElementChild;
    for (const { element } of rows) {
      if (element !== next) this.#body.insertBefore(element, next);
      next = element.nextElementSibling;
      const detail = this.#open?.row.element === element ? this.#open.element : null;
      if (detail && detail !== next) this.#body.insertBefore(detail, next);
      if (detail) next = detail.nextElementSibling;
    }
  }

  #tellCount(answer) {
    const { matching, sessions } = answer;
    const all = `${some(sessions, "flow")} on ${some(answer.mappings, "mapping")}`;
    say(byId("flows-count"), [matching === sessions ? all : `${count(matching)} of ${all}`,
      answer.flows.length < matching ? `${count(answer.flows.length)} shown` : null].filter(Boolean).join(", "));
    const empty = byId("flows-empty");
    empty.hidden = answer.flows.length > 0;
    say(empty, sessions === 0 ? "No flows: no client has sent anything lately." : "No flow is like that.");
    this.#body.parentElement.hidden = answer.flows.length === 0;
    byId("more").hidden = answer.flows.length >= matching || this.#step === steps.length - 1;
  }

  #make(id) {
    const row = new Row(id, () => this.#toggle(row));
    this.#rows.set(id, row);
    this.#body.append(row.element);
    return row;
  }

  #remove(id) {
    if (this.#open?.row.id === id) this.#close();
    this.#rows.get(id).element.remove();
    this.#rows.delete(id);
  }

  #toggle(row) {
    const isSame = this.#open?.row === row;
    this.#close();
    if (isSame) return;
    this.#open = new Detail(row, this.#api, this.#toast, () => this.#close());
    row.element.after(this.#open.element);
    row.button.setAttribute("aria-expanded", "true");
  }

  #close() {
    this.#open?.element.remove();
    this.#open?.row.button.setAttribute("aria-expanded", "false");
    this.#open = null;
  }

  #sort(order) {
    byId("sort").value = order;
    this.#change();
  }

  #changeSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#change(), 250);
  }

  #change() {
    this.#markOrder();
    this.#changed(this.query);
  }

  #markOrder() {
    for (const header of document.querySelectorAll("th[data-sort]")) {
      if (header.dataset.sort === byId("sort").value) header.setAttribute("aria-sort", "descending");
      else header.removeAttribute("aria-sort");
    }
  }
}

class Row {
  constructor(id, pressed) {
    this.id = id;
    this.button = make("button", { type: "button", class: "flow", "aria-expanded": "false", title: "Explain" }, id);
    this.state = make("span", { class: "flow-state" });
    const cell = (name, label, kind = "") => (this[name] = make("td", { class: `${name} ${kind}`.trim(), "data-label": label }));
    this.element = make("tr", {}, make("td", { class: "id" }, this.button),
      cell("peer", "peer"), cell("inner", "inside"), cell("outer", "leaves as", "wide"), cell("remote", "remote"),
      make("td", { class: "state-cell" }, this.state),
      cell("up", "up", "number"), cell("down", "down", "number"), cell("carried", "carried", "number wide"), cell("silent", "silent", "number"));
    this.element.addEventListener("click", (event) => {
      if (event.target === this.button || getSelection().isCollapsed) pressed();
    });
  }

  update(flow, keepsRates) {
    this.flow = flow;
    for (const name of ["peer", "inner", "outer", "remote"]) say(this[name], flow[name]);
    say(this.state, flow.state);
    this.state.dataset.state = flow.state;
    if (!keepsRates || this.up.textContent === "") {
      say(this.up, flow.outRate ? rate(flow.outRate) : "–");
      say(this.down, flow.inRate ? rate(flow.inRate) : "–");
      this.up.classList.toggle("none", !flow.outRate);
      this.down.classList.toggle("none", !flow.inRate);
    }

    say(this.carried, bytes(flow.out.bytes + flow.in.bytes));
    say(this.silent, time(flow.idleSeconds));
    this.element.classList.toggle("killed", flow.state === "killed");
  }
}

/** What is below a row that was pressed: why the flow is as it is, and its end. */
class Detail {
  #api;
  #toast;
  #facts = make("dl", { class: "facts" });
  #kill = make("button", { type: "button", class: "kill" }, "Kill this flow");
  #sure = false;
  #isAsking = false;

  constructor(row, api, toast, close) {
    this.row = row;
    this.#api = api;
    this.#toast = toast;
    const less = make("button", { type: "button" }, "Close");
    less.addEventListener("click", () => {
      close();
      row.button.focus();
    });
    this.#kill.addEventListener("click", () => this.#press());
    this.#kill.addEventListener("blur", () => this.#ask(false));
    this.element = make("tr", { class: "detail" }, make("td", { colspan: 10 },
      make("div", { class: "explained" }, this.#facts, make("p", { class: "actions" }, this.#kill, less))));
    this.refresh();
  }

  async refresh() {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      this.#show(await this.#api.flow(this.row.id));
    } catch {
      // The row goes when the flow is gone; a lost server is told at the top.
    } finally {
      this.#isAsking = false;
    }
  }

  #show(answer) {
    const facts = explain(answer);
    if (this.#facts.childElementCount !== 2 * facts.length)
      this.#facts.replaceChildren(...facts.flatMap(([label]) => [make("dt", {}, label), make("dd")]));
    facts.forEach(([label, text], index) => {
      say(this.#facts.children[2 * index], label);
      say(this.#facts.children[2 * index + 1], text);
    });
    this.#kill.hidden = answer.flow.state === "killed";
  }

  #ask(isSure) {
    this.#sure = isSure;
    say(this.#kill, isSure ? `End ${this.row.id} now?` : "Kill this flow");
    this.#kill.classList.toggle("sure", isSure);
  }

  async #press() {
    if (!this.#sure) {
      this.#ask(true);
      return;
    }

    this.#ask(false);
    try {
      this.#show(await this.#api.kill(this.row.id));
      this.#toast(`${this.row.id} is killed: nothing of it passes until it has been silent for a minute.`);
    } catch (error) {
      this.#toast(`${this.row.id} is not killed: ${error.message}`);
    }
  }
}

function explain(answer) {
  const { flow, timer, lastDrop } = answer;
  return [
    ["State", `${flow.state}, begun by the ${answer.begunBy} ${time(flow.ageSeconds)} ago`],
    ["Leaves as", !answer.external || answer.external === flow.outer ? flow.outer : `${flow.outer}, which the internet knows as ${answer.external}`],
    ["Because", answer.outerPort],
    ["Ends", `in ${time(flow.leftSeconds)} unless something comes; silent for ${time(flow.idleSeconds)} of ${time(timer.seconds)} `
      + `(${timer.setting ?? "a minute after the last try of a killed flow"})`],
    ["Sent", `${some(flow.out.packets, "packet")}, ${bytes(flow.out.bytes)}`],
    ["Received", `${some(flow.in.packets, "packet")}, ${bytes(flow.in.bytes)}`],
    ["Last drop", lastDrop ? `${lastDrop.reason} ${time(lastDrop.agoSeconds)} ago, ${some(lastDrop.packets, "packet")} in all` : "none"],
    ["Path MTU", answer.pathMtu
      ? `${answer.pathMtu} bytes beyond the server, as a router said; ${answer.tunnelMtu} in the tunnel`
      : `no router has complained; ${answer.tunnelMtu} bytes in the tunnel`],
  ];
}
