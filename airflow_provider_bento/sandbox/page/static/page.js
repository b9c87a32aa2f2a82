// Keeps what is shown in step with the sandbox, and sends what the buttons say. It never builds HTML out of records:
// the server renders, this script puts the rendered regions in place.
"use strict";

const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const LEAST = 700; // milliseconds between two looks
const SPOKEN_EVERY = 5000; // milliseconds between two announcements of what arrived

// --- What is said -----------------------------------------------------------------------------------------------

let silence;
function say(text, bad = false) {
  const said = byId("said");
  said.classList.toggle("bad", bad);
  said.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => { said.textContent = ""; }, bad ? 12000 : 5000);
}

function pulse(state, text) {
  if (!byId("pulse")) return;
  byId("pulse").dataset.state = state;
  byId("pulse-text").textContent = text;
}

let lastSeen = new Date();
function reachable(is) {
  const gone = byId("gone");
  if (is) {
    lastSeen = new Date();
    gone.textContent = "";
    pulse(paused ? "off" : "on", paused ? "Paused" : "Live");
  } else {
    const text = `The sandbox does not respond. This page shows the state at ${lastSeen.toISOString().slice(11, 19)} UTC and reconnects automatically.`;
    if (gone.textContent !== text) gone.textContent = text;
    pulse("gone", "Not reachable");
  }
}

// --- Putting what was rendered in place -------------------------------------------------------------------------

const ids = (node) => new Set([...node.querySelectorAll("tr[data-id]")].map((row) => row.dataset.id));

function selecting(region) {
  const selection = getSelection();
  return Boolean(selection && !selection.isCollapsed && region.contains(selection.anchorNode));
}

// A focused element is found again by its id, else by what it leads to.
function keyOf(element, region) {
  if (element.id) return (node) => node.querySelector(`#${CSS.escape(element.id)}`);
  const like = (node) => [...node.querySelectorAll(element.tagName)].filter((one) => one.getAttribute("href") === element.getAttribute("href") && one.textContent === element.textContent);
  const place = like(region).indexOf(element);
  return (node) => like(node)[place] || like(node)[0];
}

function put(region, fresh) {
  if (region.innerHTML === fresh.innerHTML) return true;
  if (selecting(region)) return false; // somebody is copying
  const active = document.activeElement;
  const refocus = region.contains(active) ? keyOf(active, region) : null;
  const open = [...region.querySelectorAll("details[open][id]")].map((one) => one.id);
  const known = ids(region);
  region.replaceChildren(...document.importNode(fresh, true).childNodes);
  for (const id of open) {
    const details = region.querySelector(`#${CSS.escape(id)}`);
    if (details) details.open = true;
  }
  if (known.size) for (const row of region.querySelectorAll("tr[data-id]")) row.classList.toggle("new", !known.has(row.dataset.id));
  if (refocus) (refocus(region) || region.closest("section") || byId("main")).focus({ preventScroll: true });
  return true;
}

function totals(node) {
  return Object.fromEntries([...node.querySelectorAll("[data-tab]")].map((tab) => [tab.dataset.tab, Number(tab.querySelector("[data-total]")?.dataset.total)]));
}

let announced = 0;
let unsaid = {};
function announce(before, after) {
  for (const [name, count] of Object.entries(after)) if (count > before[name]) unsaid[name] = (unsaid[name] || 0) + count - before[name];
  const parts = Object.entries(unsaid).map(([name, count]) => `${count} new in ${name}`);
  if (!parts.length || Date.now() - announced < SPOKEN_EVERY || byId("said").textContent) return;
  announced = Date.now();
  unsaid = {};
  say(parts.join(", "));
}

function show(fresh, found) {
  if (!found) { // what this page showed is no more
    byId("main").replaceChildren(...document.importNode(fresh.getElementById("main"), true).childNodes);
    return true;
  }
  const before = totals(document);
  let whole = true;
  for (const region of document.querySelectorAll("[data-live][id]")) {
    const other = fresh.getElementById(region.id);
    if (other) whole = put(region, other) && whole;
  }
  root.dataset.version = fresh.documentElement.dataset.version;
  announce(before, totals(document));
  startClock();
  return whole;
}

let looking = false;
let wanted = false;
let lookAgain;
async function look() {
  clearTimeout(lookAgain);
  if (looking) { wanted = true; return; }
  looking = true;
  wanted = false;
  const began = performance.now();
  let again = 0;
  try {
    const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    reachable(true);
    if (!show(fresh, answer.ok)) again = 2;
    again = Math.max(again, Number(fresh.documentElement.dataset.again) || 0);
  } catch (error) {
    reachable(false);
    again = 2;
  }
  await new Promise((done) => setTimeout(done, Math.max(LEAST, 3 * (performance.now() - began))));
  looking = false;
  if (wanted) look();
  else if (again && !paused) lookAgain = setTimeout(look, 1000 * again);
}

// --- Live -------------------------------------------------------------------------------------------------------

let paused = false;
let source = null;
let comeBack;
function listen() {
  clearTimeout(comeBack);
  if (source) source.close();
  source = null;
  if (paused || document.hidden) return; // a browser has few connections for one server: hidden pages give theirs back
  source = new EventSource("/live");
  source.onopen = () => reachable(true);
  source.onmessage = (message) => { if (message.data !== root.dataset.version) look(); };
  source.onerror = () => {
    reachable(false);
    if (source && source.readyState === EventSource.CLOSED) comeBack = setTimeout(listen, 2000);
  };
}

let ticking;
function startClock() {
  const clock = byId("clock");
  clearInterval(ticking);
  if (!clock || clock.dataset.mode !== "running") return;
  const ahead = Number(clock.dataset.now) - Date.now();
  ticking = setInterval(() => {
    const now = new Date(Date.now() + ahead);
    if (!Number.isNaN(now.getTime()) && clock.isConnected) clock.textContent = now.toISOString().slice(0, 19).replace("T", " ");
  }, 1000);
}

// --- Buttons ----------------------------------------------------------------------------------------------------

async function send(method, address, body, done) {
  try {
    const answer = await fetch(address, { method, headers: { "Content-Type": "application/json" }, body: method === "POST" ? JSON.stringify(body) : undefined });
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) say(done || "Done");
    else say(`Rejected: ${said.error || answer.status}`, true);
  } catch (error) {
    say("The sandbox did not respond; the change may not have been made.", true);
    reachable(false);
  }
  look();
}

function filled(form) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled || field.closest("[hidden]")) continue;
    if (field.value === "" && field.dataset.empty) body[field.name] = JSON.parse(field.dataset.empty);
    else if (field.value !== "") body[field.name] = field.type === "number" ? Number(field.value) : field.value;
  }
  return body;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  if (button.dataset.ask) byId(button.dataset.ask).showModal();
  else if (button.dataset.post) send("POST", button.dataset.post, JSON.parse(button.dataset.body), button.dataset.done);
  else if (button.dataset.delete) send("DELETE", button.dataset.delete, undefined, button.dataset.done);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.post) return;
  event.preventDefault();
  send("POST", form.dataset.post, filled(form), form.dataset.done);
});

function describeFault() {
  const kind = byId("fault-kind");
  if (!kind) return;
  byId("fault-what").textContent = kind.selectedOptions[0].dataset.what;
  for (const label of document.querySelectorAll("[data-for]")) label.hidden = !label.dataset.for.split(" ").includes(kind.value);
}

// --- Start ------------------------------------------------------------------------------------------------------

byId("fault-kind")?.addEventListener("change", describeFault);
describeFault();
// Not scrollIntoView(): newer browsers then start the Tab key's way through the page at that tab.
const here = document.querySelector("#tabs [aria-current]");
if (here) {
  const [bar, tab] = [byId("tabs"), here].map((one) => one.getBoundingClientRect());
  byId("tabs").scrollLeft += tab.left + tab.width / 2 - bar.left - bar.width / 2;
}
if (byId("reset")) byId("reset").hidden = false;

const pause = byId("pause");
if (pause) {
  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pulse(paused ? "off" : "on", paused ? "Paused" : "Live");
    listen();
  });
  document.addEventListener("visibilitychange", listen);
  startClock();
  listen();
  if (Number(root.dataset.again)) lookAgain = setTimeout(look, 1000 * Number(root.dataset.again));
}
