// Starts the page, keeps its filters in the address, and polls while something runs and the page is seen.

import { get, xcomPath } from "./airflow.js";
import * as detail from "./detail.js";
import * as list from "./list.js";
import { fromTask, needsAttention, OPERATORS, ours, withValue } from "./pushes.js";

const MOST = 50;
const LIVE_EVERY = 10_000;
const CALM_EVERY = 60_000;
const [status, filters, rows, one] = ["status", "filters", "list", "detail"].map((id) => document.getElementById(id));
const values = new Map(); // of pushes that ended: asked for once
let pushes = [];
let timer;

async function load() {
  clearTimeout(timer);
  try {
    const found = await tasks();
    pushes = found;
    await Promise.all(found.map(fill));
    status.textContent = `${found.length} ${found.length === 1 ? "push" : "pushes"}, updated ${new Date().toLocaleTimeString()}`;
    show();
  } catch (error) {
    status.textContent = error.message;
    if (error.status === 401) return;
  }
  timer = setTimeout(tick, pushes.some((push) => push.live) ? LIVE_EVERY : CALM_EVERY);
}

async function tasks() {
  const query = [["order_by", "-start_date"], ["limit", MOST], ...OPERATORS.map((name) => ["operator", name])];
  const answer = await get("dags/~/dagRuns/~/taskInstances", query);
  return (Array.isArray(answer.task_instances) ? answer.task_instances : []).filter(ours).slice(0, MOST).map(fromTask);
}

async function fill(push) {
  if (!push.start) return push;
  const version = `${push.key} ${push.tries} ${push.airflow} ${push.start}`;
  if (!push.live && values.has(version)) return withValue(push, values.get(version));
  for (const key of ["bento_progress", "return_value"]) {
    try {
      const { value } = await get(xcomPath(push, key), [["map_index", push.map]]);
      if (!push.live) values.set(version, value);
      return withValue(push, value);
    } catch (error) {
      if (error.status !== 404) throw error;
    }
  }
  return push;
}

function tick() {
  if (document.hidden) timer = setTimeout(tick, LIVE_EVERY);
  else load();
}

function show() {
  const wanted = new URLSearchParams(location.search);
  for (const field of filters.elements) if (field !== document.activeElement) field.value = wanted.get(field.name) ?? "";
  list.show(rows, pushes.filter((push) => fits(push, wanted)), open);
  const push = pushes.find((each) => each.key === wanted.get("push"));
  if (push) detail.show(one, push, () => open(""));
  else one.hidden = true;
}

function fits(push, wanted) {
  const state = wanted.get("state");
  return push.dag.includes(wanted.get("dag") ?? "") && push.task.includes(wanted.get("task") ?? "")
    && (!state || push.state === state || (state === "attention" && needsAttention(push)));
}

function open(key) {
  change("push", key);
  if (key) one.focus();
}

function change(name, value) {
  const url = new URL(location.href);
  if (value) url.searchParams.set(name, value);
  else url.searchParams.delete(name);
  history.pushState(null, "", url);
  show();
}

filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("change", (event) => change(event.target.name, event.target.value));
addEventListener("popstate", show);
addEventListener("keydown", (event) => { if (event.key === "Escape" && !one.hidden) open(""); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) load(); });
load();
