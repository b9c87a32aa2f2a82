// Turns task instances and XComs into pushes. Nothing that the API answers is trusted: wrong types become zeros.

// Names of classes, by which Airflow filters. Those of the decorators are short, so isOurs() looks twice.
export const OPERATORS = [
  "BentoBatchSubscribersOperator", "BentoBatchEventsOperator", "BentoBatchEmailsOperator",
  "BentoBatchCommandsOperator", "BentoBroadcastOperator", "BentoDataDeletionOperator",
  "_Subscribers", "_Events", "_Broadcasts", "_Commands", "_Emails",
];
export const COUNTS = ["accepted", "unchanged", "invalid", "rejected", "skipped", "in_doubt"];

const STATES = ["running", "success", "failed", "waiting", "asking", "in_doubt"];
const ENDED = ["success", "failed", "skipped", "upstream_failed", "removed"];

const text = (value, most = 250) => (typeof value === "string" ? value.slice(0, most) : "");
const number = (value) => (Number.isFinite(value) && value >= 0 && value <= 1e15 ? value : 0);
const list = (value, most) => (Array.isArray(value) ? value.slice(0, most) : []);
const dict = (value) => (value && typeof value === "object" && !Array.isArray(value) ? value : {});

// Airflow 3.0 does not filter by operator.
export function isOurs(ti) {
  const name = text(ti?.operator);
  return OPERATORS.includes(name) && (!name.startsWith("_") || text(ti.operator_name || "@task.bento_").startsWith("@task.bento_"));
}

export function fromTask(ti) {
  const push = {
    dag: text(ti.dag_id), run: text(ti.dag_run_id), task: text(ti.task_id), shown: text(ti.task_display_name) || text(ti.task_id),
    map: Number.isInteger(ti.map_index) ? ti.map_index : -1, tries: number(ti.try_number),
    airflow: text(ti.state, 30) || "not_started", start: Date.parse(ti.start_date) || 0, seconds: number(ti.duration),
  };
  push.key = JSON.stringify([push.dag, push.run, push.task, push.map]);
  push.live = !ENDED.includes(push.airflow);
  return withValue(push, {});
}

// Adds what the task has published: its XCom bento_progress, or the summary that it returned.
export function withValue(push, given) {
  const value = dict(given);
  const counts = "counts" in value ? dict(value.counts) : value;
  push.counts = Object.fromEntries([...COUNTS, "read", "valid"].map((name) => [name, Math.floor(number(counts[name]))]));
  push.endpoint = text(value.endpoint, 30);
  push.told = STATES.includes(value.state) ? value.state : "";
  push.dry = value.dry === true;
  for (const name of ["limit", "started", "updated", "requests", "retries", "throttled", "waited"]) push[name] = number(value[name]);
  push.size = number(value.chunk_size);
  push.share = typeof value.share === "number" && value.share >= 0 && value.share <= 1 ? value.share : null;
  push.reasons = list(value.reasons, 8).filter(Array.isArray)
    .map(([kind, why, count]) => [text(kind, 20), text(why, 200), number(count)]);
  push.doubts = list(value.doubts, 10).filter(Array.isArray).map((span) => span.slice(0, 2)).filter(([first, last]) =>
    Number.isSafeInteger(first) && Number.isSafeInteger(last) && first >= 0 && last >= first);
  push.moreDoubts = Math.floor(number(value.more_doubts));
  push.points = list(value.points, 60).filter(Array.isArray).map((point) => point.slice(0, 3).map(number));
  push.url = secure(value.url);
  push.state = stateOf(push);
  return push;
}

// Airflow's word wins if it is final: an XCom may be older than the task.
function stateOf(push) {
  if (push.airflow === "failed") return push.told === "in_doubt" ? "in_doubt" : "failed";
  if (push.airflow === "awaiting_input") return "asking";
  if (push.airflow === "up_for_reschedule") return "waiting";
  return push.airflow;
}

export const needsAttention = (push) => ["failed", "in_doubt", "asking"].includes(push.state);

// Returns the seconds that a running push still needs at its pace so far; 0: not known.
export function secondsLeft(push) {
  const took = push.updated - push.started;
  return push.airflow === "running" && push.share > 0 && took >= 30 ? Math.ceil((took * (1 - push.share)) / push.share) : 0;
}

function secure(address) {
  try {
    const url = new URL(text(address, 400));
    return url.protocol === "https:" && !url.username && !url.password ? url.href : "";
  } catch {
    return "";
  }
}
