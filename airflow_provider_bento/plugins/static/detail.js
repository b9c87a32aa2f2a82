// One push: its counts, reasons, doubts and throughput, with links to the task and to Bento.

import { taskAddress } from "./airflow.js";
import { throughput } from "./chart.js";
import { bar, counts, make, state, when } from "./parts.js";

export function show(place, push, close) {
  const back = make("button", "Close");
  back.type = "button";
  back.addEventListener("click", close);
  const title = make("h2", `${push.shown}${push.map >= 0 ? ` [${push.map}]` : ""}`);
  const facts = make("p");
  facts.append(state(push), ` in ${push.dag}, run ${push.run}, started `, when(push.start));
  const parts = [back, title, facts, links(push), bar(push.counts), make("p", counts(push))];
  place.className = "box";
  place.replaceChildren(...parts, ...doubts(push), ...reasons(push));
  place.hidden = false;
  throughput(place, push);
}

function links(push) {
  const made = make("p");
  made.append(link("Open the task", taskAddress(push), "_top"));
  if (push.state === "asking") made.append(" · ", link("Answer the question", `${taskAddress(push)}/required_actions`, "_top"));
  if (push.url) made.append(" · ", link("Open in Bento", push.url, "_blank"));
  return made;
}

function link(words, address, target) {
  const made = make("a", words);
  made.href = address;
  made.target = target;
  made.rel = "noopener noreferrer";
  return made;
}

function doubts(push) {
  if (!push.doubts.length || !["asking", "in_doubt"].includes(push.state)) return [];
  const made = make("div");
  made.className = "doubtbox";
  const places = push.doubts.map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`));
  const next = push.state === "asking"
    ? "Look in Bento whether they arrived, then answer the question on the task's page."
    : "Look in Bento whether they arrived. Then store “skip” or “resend” as in_doubt in the task's storage, and clear the task.";
  made.append(make("h2", "In doubt"), make("p", `Bento may or may not have the records at positions ${places.join(", ")}.`), make("p", next));
  return [made];
}

function reasons(push) {
  if (!push.reasons.length) return [];
  const made = make("table");
  made.append(make("caption", "Invalid and rejected, by reason"));
  for (const cells of [["Kind", "Reason", "Records"], ...push.reasons]) {
    const row = made.insertRow();
    cells.forEach((cell) => row.append(make(cells[0] === "Kind" ? "th" : "td", cell.toLocaleString())));
  }
  return [made];
}
