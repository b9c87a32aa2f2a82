// Small pieces of the page. Every text becomes text, never HTML.

import { COUNTS, secondsLeft } from "./pushes.js";

const MARKS = { success: "✓", failed: "✕", in_doubt: "?", asking: "?", running: "▶", waiting: "◷" };
const LABELS = { in_doubt: "in doubt", asking: "asks a person", waiting: "waits for the limit" };
const SVG = "http://www.w3.org/2000/svg";

export function make(tag, words = "", name = "") {
  const made = document.createElement(tag);
  if (words) made.textContent = words;
  if (name) made.className = name;
  return made;
}

export function button(words, act, name = "") {
  const made = make("button", words, name);
  made.type = "button";
  made.dataset.key = words;
  made.addEventListener("click", act);
  return made;
}

export function link(words, address, target) {
  const made = make("a", words);
  made.href = address;
  made.target = target;
  made.rel = "noopener noreferrer";
  return made;
}

export function state(push) {
  const made = make("span", "", `state ${push.state in MARKS ? push.state : ""}`);
  const mark = make("span", MARKS[push.state] ?? "○");
  mark.ariaHidden = "true";
  made.append(mark, ` ${LABELS[push.state] ?? push.state.replaceAll("_", " ")}`);
  return made;
}

export function when(milliseconds) {
  if (!milliseconds) return make("span", "not yet");
  const at = new Date(milliseconds);
  const made = make("time", at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" }));
  made.dateTime = made.title = at.toISOString();
  return made;
}

export function spoken(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

export function name(push) {
  return `${push.dag} · ${push.shown}` + (push.map >= 0 ? ` [${push.map}]` : "");
}

// The counts as words, each with a dot in the colour of its part of the bar.
export function counts(push) {
  const made = make("div", "", "counts");
  const shown = (push.dry ? ["valid", ...COUNTS] : COUNTS).filter((each) => push.counts[each]);
  if (push.endpoint) made.append(make("span", `${push.endpoint}${push.dry ? ", nothing sent" : ""}:`));
  for (const each of shown) {
    const part = make("span");
    part.append(svg("dot", "0 0 8 8", [{ width: 8, height: 8, class: each }]), `${each.replace("_", " ")} ${push.counts[each].toLocaleString()}`);
    made.append(part);
  }
  if (!shown.length) made.append(make("span", push.endpoint ? "no record yet" : "nothing published"));
  if (push.live && push.share !== null) made.append(make("span", `${Math.floor(push.share * 100)} % read`));
  const left = secondsLeft(push);
  if (left) made.append(make("span", `about ${spoken(left)} left`));
  return made;
}

// A picture of the numbers beside it, so it is hidden from screen readers.
export function bar(push) {
  const named = push.dry ? ["valid", ...COUNTS] : COUNTS;
  const all = named.reduce((sum, each) => sum + push.counts[each], 0) || 1;
  const scale = push.live && push.share ? push.share : 1;
  let x = 0;
  const boxes = [];
  for (const each of named.filter((one) => push.counts[one])) {
    const width = (1000 * scale * push.counts[each]) / all;
    boxes.push({ x, width, height: 8, class: each });
    x += width;
  }
  return svg("bar", "0 0 1000 8", boxes);
}

function svg(kind, box, rects) {
  const made = document.createElementNS(SVG, "svg");
  const attributes = { class: kind, viewBox: box, preserveAspectRatio: "none", "aria-hidden": "true" };
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  for (const values of rects) {
    const part = document.createElementNS(SVG, "rect");
    for (const [key, value] of Object.entries(values)) part.setAttribute(key, value);
    made.append(part);
  }
  return made;
}
