// The page: takes its token from the address, follows the server, and gives each part what is its own.

import { Api, Watch } from "./api.js";
import { Chart } from "./chart.js";
import { byId, make, say } from "./dom.js";
import { Flows } from "./flows.js";
import { Drops, Events } from "./lists.js";
import { Picture } from "./picture.js";
import { count, rate, time } from "./words.js";

const tokenKey = "udptun-page-token";
const toastTime = 6000;

const api = new Api(takeToken());
const chart = new Chart(byId("chart"), byId("traffic-legend"));
const picture = new Picture(byId("picture"));
const drops = new Drops();
const events = new Events();
const watch = new Watch(api, tell, follow);
const flows = new Flows(api, (query) => watch.start(query), toast);
const figures = new Map(["clients", "flows", "mappings", "up", "down", "dropped", "not open"].map((name) => [name, makeFigure(name)]));
let status = null;
let toastTimer = 0;

if (api.token) watch.start(flows.query);
else lock("It is part of the address, behind the #.");

addEventListener("hashchange", () => location.reload());

/** From the fragment, which then leaves the address; for this tab only, so that a reload finds it. */
function takeToken() {
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem(tokenKey, given);
    history.replaceState(null, "", location.pathname);
  }

  return sessionStorage.getItem(tokenKey);
}

function tell(name, answer, isFirst) {
  switch (name) {
    case "status": showStatus(answer); break;
    case "traffic": showTraffic(answer, isFirst); break;
    case "flows": showFlows(answer, isFirst); break;
    case "events": events.show(answer); break;
  }
}

function follow(state, detail) {
  const element = byId("state");
  element.dataset.state = state;
  document.body.dataset.state = state;
  if (state === "live") say(element, "live");
  else if (state === "paused") say(element, "paused while nobody looks");
  else if (state === "lost") say(element, `the server went away, trying again in ${detail} s`);
  else if (detail.status === 401) lock("The one that was shown is another's, or older than the server's.");
  else say(element, detail.message);
}

function lock(why) {
  byId("main").hidden = true;
  byId("locked").hidden = false;
  byId("state").dataset.state = "locked";
  say(byId("state"), "locked");
  say(byId("locked-why"), why);
  sessionStorage.removeItem(tokenKey);
}

function showStatus(answer) {
  status = answer;
  byId("main").hidden = false;
  document.title = `${answer.instance} · udptun`;
  say(byId("instance"), answer.instance);
  say(byId("about"), [
    answer.role, answer.server && `to ${answer.server}`, answer.exit && `exit ${answer.exit}`, answer.transport, `MTU ${answer.mtu}`,
    `up ${time(answer.uptimeSeconds)}`, `udptun ${answer.version}`,
  ].filter(Boolean).join(" · "));
  const isServer = answer.sessions !== undefined;
  for (const name of ["clients", "flows", "mappings"]) figures.get(name).parentElement.hidden = !isServer;
  byId("nat").hidden = byId("flows").hidden = !isServer;
  byId("main").classList.toggle("server", isServer);
  if (isServer) {
    figure("clients", count(answer.peerCount ?? 0));
    figure("flows", count(answer.sessions));
    figure("mappings", count(answer.mappings ?? 0));
  }

  const closed = answer.devices.filter((device) => !device.open);
  figure("not open", closed.map((device) => device.name).join(", "), true);
  figures.get("not open").parentElement.hidden = closed.length === 0;
  drops.show(answer.drops);
}

function showTraffic(answer, isFirst) {
  chart.add(answer.samples, isFirst);
  const now = answer.samples.at(-1);
  if (!now) return;
  figure("up", rate(now.up));
  figure("down", rate(now.down));
  figure("dropped", `${count(now.drops)} /s`, now.drops >= 1);
}

function showFlows(answer, isFirst) {
  flows.show(answer, isFirst);
  if (!isFirst && answer.strands) picture.show(answer.strands, status.peers, status.instance);
}

function figure(name, text, isBad = false) {
  say(figures.get(name), text);
  figures.get(name).classList.toggle("bad", isBad);
}

function makeFigure(name) {
  const value = make("dd", {}, "–");
  byId("figures").append(make("div", { class: `of-${name.replace(" ", "-")}` }, make("dt", {}, name), value));
  return value;
}

function toast(text) {
  const element = byId("toast");
  say(element, text);
  element.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (element.hidden = true), toastTime);
}
