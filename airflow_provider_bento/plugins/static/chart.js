// Records a minute over time against the limit, drawn by uPlot, and the same numbers as a table.

import { make } from "./parts.js";

export function throughput(place, push) {
  const rates = ratesOf(push.points);
  if (rates.length < 2) return;
  const limit = push.limit * push.size;
  const box = make("div");
  box.className = "chart";
  box.setAttribute("aria-hidden", "true");
  place.append(make("h2", "Throughput"), box, numbers(rates, limit));
  const data = [rates.map(([at]) => at), rates.map(([, rate]) => rate), rates.map(() => limit || null)];
  const style = getComputedStyle(document.documentElement);
  const ink = getComputedStyle(document.body).color;
  const axis = { stroke: ink, grid: { stroke: style.getPropertyValue("--line") } };
  new window.uPlot({
    width: box.clientWidth || 300, height: 220, scales: { x: { time: false } }, cursor: { show: false }, legend: { live: false },
    axes: [{ ...axis, label: "seconds" }, { ...axis, size: 70 }],
    series: [{}, { label: "records a minute", stroke: style.getPropertyValue("--busy"), width: 2 },
      { label: "limit", stroke: style.getPropertyValue("--bad"), dash: [6, 4] }],
  }, data, box);
}

function ratesOf(points) {
  const rates = [];
  let [before, had] = [0, 0];
  for (const [at, accepted] of points) {
    if (at > before && accepted >= had) rates.push([at, Math.round((60 * (accepted - had)) / (at - before))]);
    if (at > before) [before, had] = [at, accepted];
  }
  return rates;
}

function numbers(rates, limit) {
  const made = make("details");
  made.append(make("summary", `As numbers${limit ? ` (limit ${limit.toLocaleString()} records a minute)` : ""}`));
  const table = make("table");
  for (const cells of [["Seconds", "Records a minute"], ...rates]) {
    const row = table.insertRow();
    cells.forEach((cell) => row.append(make(typeof cell === "number" ? "td" : "th", cell.toLocaleString())));
  }
  made.append(table);
  return made;
}
