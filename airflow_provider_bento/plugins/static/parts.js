// Small pieces of the page. Every text becomes text, never HTML.

import { COUNTS } from "./pushes.js";

const MARKS = { success: "✓", failed: "✕", in_doubt: "?", asking: "?", running: "▶", waiting: "◷" };
const SVG = "http://www.w3.org/2000/svg";

export function make(tag, words = "") {
  const made = document.createElement(tag);
  if (words) made.textContent = words;
  return made;
}

export function state(push) {
  const made = make("span", `${MARKS[push.state] ?? "○"} ${push.state.replaceAll("_", " ")}`);
  made.className = "state";
  if (push.state in MARKS) made.classList.add(push.state);
  return made;
}

export function when(milliseconds) {
  if (!milliseconds) return make("span", "not yet");
  const at = new Date(milliseconds);
  const made = make("time", at.toLocaleString());
  made.dateTime = made.title = at.toISOString();
  return made;
}

export function counts(push) {
  const told = push.dry ? ["valid", ...COUNTS] : COUNTS;
  const words = told.filter((name) => push.counts[name])
    .map((name) => `${name.replace("_", " ")} ${push.counts[name].toLocaleString()}`);
  if (push.share !== null && push.live) words.unshift(`${Math.floor(push.share * 100)} %`);
  return [push.endpoint, words.join(", ")].filter(Boolean).join(": ") || "no counts published";
}

// A picture of the numbers beside it, so it is hidden from screen readers.
export function bar(counted) {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("class", "bar");
  made.setAttribute("viewBox", "0 0 1000 8");
  made.setAttribute("preserveAspectRatio", "none");
  made.setAttribute("aria-hidden", "true");
  const all = COUNTS.reduce((sum, name) => sum + counted[name], 0) || 1;
  let x = 0;
  for (const name of COUNTS) {
    const part = document.createElementNS(SVG, "rect");
    const width = (1000 * counted[name]) / all;
    for (const [key, value] of [["x", x], ["width", width], ["height", 8], ["class", name]]) part.setAttribute(key, value);
    x += width;
    if (width) made.append(part);
  }
  return made;
}
