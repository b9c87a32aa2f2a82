// The list of pushes: what needs attention first, then the newest first.

import { taskAddress } from "./airflow.js";
import { needsAttention } from "./pushes.js";
import { bar, button, counts, link, make, name, spoken, state, when } from "./parts.js";

export function show(place, pushes, open) {
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const urgent = pushes.filter(needsAttention);
  const others = pushes.filter((push) => !needsAttention(push));
  const parts = [];
  if (urgent.length) parts.push(make("h2", `Needs attention (${urgent.length})`), table(urgent, open));
  if (others.length) parts.push(make("h2", urgent.length ? "Others" : "Pushes"), table(others, open));
  if (!pushes.length) parts.push(make("p", "No pushes: none has run yet, none fits the filters, or you may not see them."));
  place.replaceChildren(...parts);
  if (focused) [...place.querySelectorAll("[data-key]")].find((each) => each.dataset.key === focused)?.focus();
}

function table(pushes, open) {
  const made = make("table", "", "list");
  const head = made.createTHead().insertRow();
  for (const words of ["State", "Push", "Started", "Records"]) {
    const cell = make("th", words);
    cell.scope = "col";
    head.append(cell);
  }
  const body = made.createTBody();
  for (const push of pushes) body.append(row(push, open));
  return made;
}

function row(push, open) {
  const details = button(name(push), () => open(push.key), "link");
  details.dataset.key = push.key;
  const task = link("Task", taskAddress(push), "_top");
  task.dataset.key = `task ${push.key}`;
  task.ariaLabel = `Open the task ${name(push)} in Airflow`;
  const origin = make("div", `${push.run} · `, "small");
  origin.append(task);
  const took = make("div", push.seconds ? `took ${spoken(push.seconds)}` : "", "small");
  const problem = push.problem ? [make("div", push.problem, "small")] : [];
  const cells = [[state(push)], [details, origin], [when(push.start), took], [bar(push), counts(push), ...problem]];
  const made = make("tr");
  for (const parts of cells) {
    const cell = make("td");
    cell.append(...parts);
    made.append(cell);
  }
  return made;
}
