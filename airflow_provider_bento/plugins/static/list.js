// The list of pushes: what needs attention first, then newest first.

import { COUNTS, needsAttention } from "./pushes.js";
import { bar, counts, make, state, when } from "./parts.js";

export function show(place, pushes, open) {
  const focused = document.activeElement?.dataset?.key;
  const urgent = pushes.filter(needsAttention);
  const others = pushes.filter((push) => !needsAttention(push));
  const parts = [];
  if (urgent.length) parts.push(make("h2", `Needs attention (${urgent.length})`), table(urgent, open));
  if (others.length) parts.push(make("h2", "Last pushes"), table(others, open));
  if (!pushes.length) parts.push(make("p", "No pushes yet, or none that fits the filters and that you may read."));
  place.replaceChildren(...parts);
  if (focused) [...place.querySelectorAll("button")].find((each) => each.dataset.key === focused)?.focus();
}

function table(pushes, open) {
  const made = make("table");
  made.className = "cards";
  const head = made.createTHead().insertRow();
  for (const name of ["State", "Task", "Started", "Records"]) {
    const cell = make("th", name);
    cell.scope = "col";
    head.append(cell);
  }
  const body = made.createTBody();
  for (const push of pushes) body.append(row(push, open));
  return made;
}

function row(push, open) {
  const made = make("tr");
  const button = make("button", push.shown + (push.map >= 0 ? ` [${push.map}]` : ""));
  button.type = "button";
  button.className = "link";
  button.dataset.key = push.key;
  button.addEventListener("click", () => open(push.key));
  const task = make("td");
  task.append(button, small(`${push.dag}, ${push.run}`));
  const started = make("td");
  started.append(when(push.start), small(push.seconds ? `took ${push.seconds.toFixed(0)} s` : ""));
  const records = make("td");
  if (COUNTS.some((name) => push.counts[name]) || push.counts.read) records.append(bar(push.counts));
  records.append(small(counts(push)));
  const first = make("td");
  first.append(state(push));
  made.append(first, task, started, records);
  return made;
}

function small(words) {
  const made = make("div", words);
  made.className = "small";
  return made;
}
