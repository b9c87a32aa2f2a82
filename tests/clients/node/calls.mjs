// Every public method of every release of Bento's Node SDK, called as a program would, with what must come of it.
// `bento` is the client whose method is tried; `check` is one of the newest release that looks at what came of it;
// `stranger` has a wrong key; `known` has the ids of what can only be made in Bento's app.
// `newest` tells 2.0.0 from the releases before it: there a command resolved to the person, a new tag and a new field
// to a list of one, new broadcasts to a list, and Bento knew where an IP address is.
import { batches, broadcasts } from './calls/batches.mjs';
import { commands } from './calls/commands.mjs';
import { experimental, stats } from './calls/computed.mjs';
import { core } from './calls/core.mjs';
import { people } from './calls/people.mjs';
import { templates } from './calls/templates.mjs';

export const CALLS = {
  ...batches,
  ...broadcasts,
  ...commands,
  ...templates,
  ...people,
  ...stats,
  ...experimental,
  ...core,
};
