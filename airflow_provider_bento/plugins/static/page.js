// Starts the page, asks Airflow for the pushes, and polls while something runs and the page is seen.

import { get, published } from "./airflow.js";
import * as detail from "./detail.js";
import * as filters from "./filters.js";
import * as list from "./list.js";
import { fromTask, isOurs, needsAttention, OPERATORS, withValue } from "./pushes.js";

const STEP = 50;
const LIVE_EVERY = 10_000; // milliseconds
const CALM_EVERY = 60_000;
const [status, updated, form, rows, one, more, whole] =
  ["status", "updated", "filters", "list", "detail", "more", "whole"].map((id) => document.getElementById(id));
const values = new Map(); // what ended pushes have published: asked for once
let most = STEP;
let pushes = [];
let timer;
let turn = 0;
let loaded = false;

async function load() {
  clearTimeout(timer);
  const mine = ++turn;
  let again = CALM_EVERY;
  try {
    const found = await tasks();
    await Promise.all(found.pushes.map(fill));
    if (mine !== turn) return; // a newer one is under way
    pushes = found.pushes;
    loaded = true;
    more.hidden = !found.more;
    updated.textContent = `Updated ${new Date().toLocaleTimeString()}.`;
    tell(summary());
    show();
    if (pushes.some((push) => push.live)) again = LIVE_EVERY;
  } catch (error) {
    if (mine !== turn) return;
    tell(error.message, true);
    if (error.status === 401) return;
  }
  timer = setTimeout(tick, again);
}

async function tasks() {
  const query = [["order_by", "-start_date"], ["limit", most], ...OPERATORS.map((name) => ["operator", name]), ...filters.query()];
  const { task_instances: found } = await get("dags/~/dagRuns/~/taskInstances", query);
  const all = Array.isArray(found) ? found : [];
  return { pushes: all.filter(isOurs).map(fromTask), more: all.length >= most };
}

// One push that cannot be read must not hide the others.
async function fill(push) {
  if (!push.start) return;
  const version = `${push.key} ${push.tries} ${push.airflow} ${push.start} ${push.seconds}`;
  try {
    const value = values.has(version) ? values.get(version) : await published(push);
    if (!push.live) values.set(version, value);
    withValue(push, value);
  } catch (error) {
    if (error.status === 401) throw error;
    push.problem = error.message;
  }
}

function summary() {
  const urgent = pushes.filter(needsAttention).length;
  const live = pushes.filter((push) => push.live).length;
  return `${pushes.length} ${pushes.length === 1 ? "push" : "pushes"}, ${live} not finished, ${urgent} ${urgent === 1 ? "needs" : "need"} attention.`;
}

// Screen readers hear the status when it changes, so it stays as it is if it says the same.
function tell(words, wrong = false) {
  if (status.textContent !== words) status.textContent = words;
  status.className = wrong ? "error" : "";
}

function tick() {
  if (document.hidden) timer = setTimeout(tick, LIVE_EVERY);
  else load();
}

function show() {
  filters.fill(form);
  whole.href = location.href;
  list.show(rows, pushes.filter(filters.fits), open);
  const push = pushes.find((each) => each.key === filters.wanted().get("push"));
  if (push) detail.show(one, push, { close: () => open(""), changed: load });
  else detail.hide(one);
}

function open(key) {
  const before = filters.wanted().get("push");
  filters.change({ push: key });
  show();
  if (key) {
    one.scrollIntoView({ block: "nearest" });
    one.focus();
  } else [...rows.querySelectorAll("[data-key]")].find((each) => each.dataset.key === before)?.focus();
}

function filter(values) {
  filters.change(values);
  if (loaded) show();
  load();
}

whole.hidden = window.top === window;
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", (event) => filter({ [event.target.name]: event.target.value }));
form.addEventListener("reset", (event) => { event.preventDefault(); filter({ dag: "", task: "", state: "", hours: "" }); });
more.addEventListener("click", () => { most += STEP; load(); });
addEventListener("popstate", () => { if (loaded) show(); load(); });
addEventListener("keydown", (event) => { if (event.key === "Escape" && !one.hidden) open(""); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) load(); });
filters.fill(form);
load();
