// Reads Airflow's public REST API with the user's own session. It only reads.

const BASE = new URL("../api/v2/", new URL(".", location.href));
export const UI = new URL("../", new URL(".", location.href));

export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

const WORDS = {
  401: "You are logged out. Log in to Airflow, then reload this page.",
  403: "You may not read this. Ask somebody who manages the roles in Airflow.",
};

export async function get(path, query = []) {
  const url = new URL(path, BASE);
  for (const [name, value] of query) url.searchParams.append(name, value);
  let reply;
  try {
    reply = await fetch(url, { credentials: "same-origin", headers: { Accept: "application/json" } });
  } catch {
    throw new Refused(0, "Airflow does not answer. The page tries again.");
  }
  if (!reply.ok) throw new Refused(reply.status, WORDS[reply.status] ?? `Airflow answered with error ${reply.status}.`);
  return reply.json();
}

export function taskAddress(push) {
  const parts = [push.dag, push.run, push.task].map(encodeURIComponent);
  const mapped = push.map >= 0 ? `/mapped/${push.map}` : "";
  return new URL(`dags/${parts[0]}/runs/${parts[1]}/tasks/${parts[2]}${mapped}`, UI).href;
}

export function xcomPath(push, key) {
  const parts = [push.dag, push.run, push.task].map(encodeURIComponent);
  return `dags/${parts[0]}/dagRuns/${parts[1]}/taskInstances/${parts[2]}/xcomEntries/${key}`;
}
