// Records in doubt, and the buttons by which a person decides. Airflow decides who may press them.

import { call, get, published, taskPath, taskAddress } from "./airflow.js";
import { button, link, make } from "./parts.js";
import { fromTask, withValue } from "./pushes.js";

const ARRIVED = "They arrived: skip them";
const MISSING = "They did not arrive: send again";
const STOP = "Stop";
const MEANING = {
  [ARRIVED]: "The push continues after these records and does not send them. If they had not arrived, they are lost.",
  [MISSING]: "The same records are sent once more. If they had arrived, Bento has them twice.",
  [STOP]: "The task fails and sends nothing more. Clear it to be asked again.",
};
const WORD = { [ARRIVED]: "skip", [MISSING]: "resend" };

export function doubts(push, changed) {
  if (!["asking", "in_doubt"].includes(push.state)) return [];
  const made = make("div", "", "ask");
  made.append(make("h3", "Did these records arrive?"), make("p", said(push)));
  made.append(make("p", "Look into Bento, then decide. The decision applies to these records only."));
  if (push.state === "in_doubt" && (!push.doubts.length || push.moreDoubts)) made.append(make("p", "Decide on the task's page."));
  else made.append(choices(push, made, changed));
  return [made];
}

function said(push) {
  const places = push.doubts.map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`));
  const records = push.endpoint || "records";
  if (!places.length) return `Bento may or may not have some ${records}. Their positions are in the task's log.`;
  const more = push.moreDoubts ? ` and in ${push.moreDoubts.toLocaleString()} more chunks` : "";
  return `Bento may or may not have the ${records} at positions ${places.join(", ")}${more}.`;
}

function choices(push, box, changed) {
  const made = make("div", "", "buttons");
  const offered = push.state === "asking" ? [ARRIVED, MISSING, STOP] : [ARRIVED, MISSING];
  for (const choice of offered) made.append(button(choice, () => confirm(push, choice, box, changed)));
  return made;
}

function confirm(push, choice, box, changed) {
  const before = box.querySelector(".buttons");
  const asked = make("div", "", "buttons");
  asked.dataset.deciding = choice;
  const meaning = make("p", MEANING[choice]);
  const back = () => {
    meaning.remove();
    asked.replaceWith(before);
    before.querySelector(`button`).focus();
  };
  const yes = button(`Yes: ${choice}`, () => decide(push, choice, { box, asked, changed }), "strong");
  asked.append(yes, button("Cancel", back));
  box.append(meaning);
  before.replaceWith(asked);
  box.append(asked);
  yes.focus();
}

async function decide(push, choice, { box, asked, changed }) {
  for (const each of asked.querySelectorAll("button")) each.disabled = true;
  const told = make("p");
  told.setAttribute("role", "status");
  box.append(told);
  told.textContent = "Telling Airflow…";
  try {
    await mustBeAsShown(push);
    await (push.state === "asking" ? answer(push, choice) : store(push, choice));
    told.textContent = push.state === "asking" && choice === STOP ? "The task fails in a moment." : "The push continues in a moment.";
  } catch (error) {
    told.textContent = failed(error, push);
    told.append(" ", link("Open the task", taskAddress(push), "_top"));
  }
  asked.remove();
  setTimeout(changed, 1500);
}

function failed(error, push) {
  if (error.stored) return `${error.message} Your decision is stored, and is used as soon as anybody clears the task.`;
  if (error.status === 403) return "You may not decide this. Ask somebody with the role Op. Nothing was changed.";
  if (error.status === 409 && push.state === "asking") return "Somebody else has decided already.";
  if (error.status === 0) return `${error.message} Look at the task: your decision may have arrived.`;
  return `${error.message} Nothing was changed.`;
}

// A decision is about what was shown, and another try may have met another doubt since.
async function mustBeAsShown(push) {
  const task = await get(`${taskPath(push)}${push.map >= 0 ? `/${push.map}` : ""}`);
  const now = withValue(fromTask(task), await published(push));
  const about = ({ state, tries, doubts, moreDoubts }) => JSON.stringify([state, tries, doubts, moreDoubts]);
  if (about(now) !== about(push)) throw new Error("This is not what the task asks now. Look again, then decide.");
}

// The task is parked: this answers its question, as Airflow's own page does.
async function answer(push, choice) {
  const path = `${taskPath(push)}/${push.map}/hitlDetails`;
  const question = await get(path);
  if (!question.options?.includes(choice)) throw new Error("The task asks something else.");
  await call("PATCH", path, { body: { chosen_options: [choice], params_input: {} } });
}

// The task failed: this stores the word, bound to the positions that are shown, and lets the task continue.
async function store(push, choice) {
  const words = Object.fromEntries(push.doubts.map(([first]) => [String(first), WORD[choice]]));
  const address = `${taskPath(push)}/state-store/in_doubt`;
  const query = push.map >= 0 ? [["map_index", push.map]] : [];
  try {
    await call("PUT", address, { query, body: { value: words } });
  } catch (error) {
    if (error.status === 404 || error.status === 405) throw new Error("This Airflow keeps no state of tasks (3.3 and later do). Set in_doubt on the operator, then clear the task.");
    throw error;
  }
  const task = push.map >= 0 ? [push.task, push.map] : push.task;
  const body = { dry_run: false, dag_run_id: push.run, task_ids: [task], only_failed: true, include_downstream: true };
  try {
    await call("POST", `dags/${encodeURIComponent(push.dag)}/clearTaskInstances`, { body });
  } catch (error) {
    error.stored = !(await takenBack(error, address, query));
    throw error;
  }
}

// A word that stays would send the records again when somebody clears the task for another reason. Without a reply the
// task may be using it already.
async function takenBack(error, address, query) {
  if (error.status === 0) return false;
  try {
    await call("DELETE", address, { query });
    return true;
  } catch {
    return false;
  }
}
