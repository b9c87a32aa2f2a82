// Talks to Airflow's public REST API with the user's own session; who may do what is up to Airflow.

const API = new URL("../api/v2/", new URL(".", location.href));
export const UI = new URL("../", new URL(".", location.href));

export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

const WORDS = {
  401: "You are logged out. Log in to Airflow, then reload this page.",
  403: "Airflow does not allow you to do this. Ask somebody with the role Op.",
};

// Returns the reply's JSON, or null if it has none.
export async function call(method, path, { query = [], body } = {}) {
  const url = new URL(path, API);
  for (const [name, value] of query) url.searchParams.append(name, value);
  const options = { method, credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } };
  const token = kept();
  if (token) options.headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let reply;
  try {
    reply = await fetch(url, options);
  } catch {
    throw new Refused(0, "Airflow does not answer.");
  }
  if (!reply.ok) throw new Refused(reply.status, WORDS[reply.status] ?? `Airflow answered with status ${reply.status}.`);
  return reply.status === 204 ? null : reply.json();
}

// Airflow 3.0 keeps its session here; later ones keep it in a cookie that no script can read.
function kept() {
  try {
    return localStorage.getItem("token");
  } catch {
    return null;
  }
}

export const get = (path, query) => call("GET", path, { query });

const parts = (push) => [push.dag, push.run, push.task].map(encodeURIComponent);

export function taskPath(push) {
  const [dag, run, task] = parts(push);
  return `dags/${dag}/dagRuns/${run}/taskInstances/${task}`;
}

// What the task published: its progress, or the summary that it returned.
export async function published(push) {
  for (const key of ["bento_progress", "return_value"]) {
    try {
      return (await get(`${taskPath(push)}/xcomEntries/${key}`, [["map_index", push.map]])).value;
    } catch (error) {
      if (error.status !== 404) throw error;
    }
  }
  return {};
}

// The task's page in Airflow's UI.
export function taskAddress(push) {
  const [dag, run, task] = parts(push);
  const mapped = push.map >= 0 ? `/mapped/${push.map}` : "";
  return new URL(`dags/${dag}/runs/${run}/tasks/${task}${mapped}`, UI).href;
}
