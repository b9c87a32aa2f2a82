// One push: its counts, reasons, doubts and throughput, with links to the task and to Bento.

import { taskAddress } from "./airflow.js";
import { throughput } from "./chart.js";
import { doubts } from "./doubts.js";
import { bar, button, counts, link, make, name, spoken, state, when } from "./parts.js";

let shown = "";
let key = "";

// Draws only what changed, and nothing while somebody decides about this push: a poll must not take the buttons away.
export function show(place, push, { close, changed }) {
  const now = JSON.stringify(push);
  const deciding = push.key === key && place.querySelector("[data-deciding]");
  if (!place.hidden && (now === shown || deciding)) return;
  [shown, key] = [now, push.key];
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const opened = place.querySelector("details")?.open;
  place.className = "box";
  place.replaceChildren(
    button("Close", close, "close"), make("h2", name(push)), facts(push), links(push), bar(push), counts(push),
    ...doubts(push, changed), ...reasons(push), cost(push),
  );
  place.hidden = false;
  throughput(place, push);
  if (opened) place.querySelector("details")?.setAttribute("open", "");
  if (focused) [...place.querySelectorAll("[data-key]")].find((each) => each.dataset.key === focused)?.focus();
}

export function hide(place) {
  place.hidden = true;
  place.replaceChildren();
  shown = "";
}

function facts(push) {
  const made = make("p");
  made.append(state(push), ` · ${push.run} · try ${push.tries} · started `, when(push.start));
  return made;
}

function links(push) {
  const made = make("p", "", "links");
  made.append(link("Open the task", taskAddress(push), "_top"));
  if (push.url) made.append(link("Open in Bento", push.url, "_blank"));
  return made;
}

function cost(push) {
  if (!push.requests) return make("p");
  const told = [`${push.requests.toLocaleString()} requests`];
  for (const each of ["retries", "throttled"]) if (push[each]) told.push(`${each} ${push[each].toLocaleString()}`);
  if (push.waited >= 1) told.push(`waited ${spoken(push.waited)} for the rate limit`);
  return make("p", told.join(", "), "small");
}

function reasons(push) {
  if (!push.reasons.length) return [];
  const made = make("table", "", "narrow");
  made.append(make("caption", "Invalid and rejected, by reason"));
  const head = made.createTHead().insertRow();
  for (const words of ["Kind", "Reason", "Records"]) {
    const cell = make("th", words, words === "Records" ? "number" : "");
    cell.scope = "col";
    head.append(cell);
  }
  const body = made.createTBody();
  for (const [kind, why, count] of push.reasons) {
    const row = body.insertRow();
    row.append(make("td", kind), make("td", why), make("td", count.toLocaleString(), "number"));
  }
  return [made];
}
