// Turns task instances and XComs into rows. Nothing that the API answers is trusted: wrong types become zeros.

// Names of classes, by which Airflow filters; those of the decorators are short, so ours() looks twice.
export const OPERATORS = [
  "BentoBatchSubscribersOperator", "BentoBatchEventsOperator", "BentoBatchEmailsOperator",
  "BentoBatchCommandsOperator", "BentoBroadcastOperator", "BentoDataDeletionOperator",
  "_Subscribers", "_Events", "_Broadcasts", "_Commands", "_Emails",
];
export const ours = (ti) => !text(ti.operator).startsWith("_") || text(ti.operator_name).startsWith("@task.bento_");

export const COUNTS = ["accepted", "unchanged", "invalid", "rejected", "skipped", "in_doubt"];
const STATES = ["running", "success", "failed", "waiting", "asking", "in_doubt"];
const LIVE = ["not_started", "running", "queued", "scheduled", "restarting", "deferred", "up_for_reschedule", "up_for_retry",
  "awaiting_input"];

const text = (value, most = 250) => (typeof value === "string" ? value.slice(0, most) : "");
export const number = (value) => (Number.isFinite(value) && value >= 0 && value <= 1e15 ? value : 0);
const list = (value, most) => (Array.isArray(value) ? value.slice(0, most) : []);
const dict = (value) => (value && typeof value === "object" && !Array.isArray(value) ? value : {});

export function fromTask(ti) {
  const push = {
    dag: text(ti.dag_id), run: text(ti.dag_run_id), task: text(ti.task_id), shown: text(ti.task_display_name),
    map: Number.isInteger(ti.map_index) ? ti.map_index : -1, tries: number(ti.try_number),
    airflow: text(ti.state) || "not_started", start: Date.parse(ti.start_date) || 0, seconds: number(ti.duration),
  };
  push.key = JSON.stringify([push.dag, push.run, push.task, push.map]);
  push.live = LIVE.includes(push.airflow);
  return withValue(push, {});
}

export function withValue(push, given) {
  const value = dict(given);
  const counts = dict(value.counts);
  const source = "counts" in value ? counts : value;
  push.counts = Object.fromEntries([...COUNTS, "read", "valid"].map((name) => [name, Math.floor(number(source[name]))]));
  push.endpoint = text(value.endpoint, 30);
  push.told = STATES.includes(value.state) ? value.state : "";
  push.dry = value.dry === true;
  push.limit = number(value.limit);
  push.size = number(value.chunk_size);
  push.share = typeof value.share === "number" && value.share >= 0 && value.share <= 1 ? value.share : null;
  push.started = number(value.started);
  push.updated = number(value.updated);
  push.reasons = list(value.reasons, 8).filter(Array.isArray).map(([kind, why, count]) =>
    [text(kind, 20), text(why, 200), number(count)]);
  push.doubts = list(value.doubts, 10).filter(Array.isArray).filter(([first, last]) =>
    Number.isInteger(first) && Number.isInteger(last) && first >= 0 && last >= first);
  push.points = list(value.points, 60).filter(Array.isArray).map((point) => point.slice(0, 3).map(number));
  push.url = secure(value.url);
  push.state = stateOf(push);
  return push;
}

// Airflow's word wins where it is final: an XCom may be older than the task.
function stateOf(push) {
  if (push.airflow === "failed") return push.told === "in_doubt" ? "in_doubt" : "failed";
  if (push.airflow === "awaiting_input") return "asking";
  if (push.airflow === "up_for_reschedule") return "waiting";
  return push.airflow;
}

export const needsAttention = (push) => ["failed", "in_doubt", "asking"].includes(push.state);

function secure(address) {
  try {
    const url = new URL(text(address, 400));
    return url.protocol === "https:" && !url.username && !url.password ? url.href : "";
  } catch {
    return "";
  }
}
