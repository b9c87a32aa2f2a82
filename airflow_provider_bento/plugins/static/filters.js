// The filters stand in the address, so that it can be shared, and "back" undoes them.

import { needsAttention } from "./pushes.js";

export const wanted = () => new URLSearchParams(location.search);

export function change(values) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  if (url.href !== location.href) history.pushState(null, "", url);
}

// What Airflow filters by itself; it ignores names that its version does not know.
export function query() {
  const found = [];
  const dag = wanted().get("dag");
  if (dag) found.push(["dag_id_pattern", dag]);
  const since = new Date(Date.now() - hours() * 3600_000);
  if (hours()) found.push(["start_date_gte", since.toISOString()]);
  return found;
}

export function fits(push) {
  const [dag, task, state] = ["dag", "task", "state"].map((name) => wanted().get(name) ?? "");
  const old = hours() && push.start && push.start < Date.now() - hours() * 3600_000;
  return push.dag.includes(dag) && (push.task.includes(task) || push.shown.includes(task)) && !old && inState(push, state);
}

export function fill(form) {
  for (const field of form.elements) if (field.name && field !== document.activeElement) field.value = wanted().get(field.name) ?? "";
}

function hours() {
  const value = Number(wanted().get("hours"));
  return Number.isFinite(value) && value > 0 && value <= 8760 ? value : 0;
}

function inState(push, state) {
  if (state === "attention") return needsAttention(push);
  return !state || push.state === state || (state === "live" && push.live);
}
