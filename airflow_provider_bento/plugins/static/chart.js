// Records a minute over time against the limit, drawn by uPlot, and the same numbers as a table.

import { make } from "./parts.js";

export function throughput(place, push) {
  const rates = ratesOf(push.points);
  if (!rates.length) return;
  const limit = push.limit * push.size;
  const box = make("div", "", "chart");
  box.ariaHidden = "true";
  place.append(make("h3", "Throughput"), box, numbers(rates, limit));
  draw(box, [[0, rates[0][1]], ...rates], limit);
}

function draw(box, rates, limit) {
  const style = getComputedStyle(document.body);
  const colour = (name) => resolved(box, name);
  const axis = { stroke: style.color, grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
  const series = [{ label: "s" }, { label: "records a minute", stroke: colour("--busy"), width: 2, points: { show: rates.length < 3 } }];
  const data = [rates.map(([at]) => at), rates.map(([, rate]) => rate)];
  if (limit) {
    series.push({ label: `limit: ${limit.toLocaleString()}`, stroke: colour("--bad"), width: 1.5, dash: [6, 4], points: { show: false } });
    data.push(rates.map(() => limit));
  }
  const top = Math.max(limit, ...data[1]);
  new window.uPlot({
    width: box.clientWidth || 300, height: 220, cursor: { show: false }, legend: { live: false },
    scales: { x: { time: false }, y: { range: [0, top * 1.1 || 1] } },
    axes: [{ ...axis, label: "seconds since the start", labelSize: 20 }, { ...axis, size: 64 }], series,
  }, data, box);
}

// A canvas does not know light-dark(), so the browser works the colour out.
function resolved(box, name) {
  box.style.color = `var(${name})`;
  const found = getComputedStyle(box).color;
  box.style.color = "";
  return found;
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
  const table = make("table", "", "narrow");
  const head = table.createTHead().insertRow();
  for (const words of ["Seconds since the start", "Records a minute"]) {
    const cell = make("th", words);
    cell.scope = "col";
    head.append(cell);
  }
  const body = table.createTBody();
  for (const cells of rates) {
    const row = body.insertRow();
    for (const value of cells) row.append(make("td", value.toLocaleString()));
  }
  const summary = make("summary", `As numbers${limit ? ` (limit: ${limit.toLocaleString()} records a minute)` : ""}`);
  summary.dataset.key = "numbers";
  made.append(summary, table);
  return made;
}
