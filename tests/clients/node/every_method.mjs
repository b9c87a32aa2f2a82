// Calls every method of one release and prints one line of JSON for each: {method, value} or {method, error}.
// BENTO is a JSON object: `sdk`, the package; `url`; the keys; `known`, ids of what can only be made in Bento's app.
// Each method has a base URL of its own, which is all that differs from a program that calls Bento.
import { CALLS } from './calls.mjs';

const NEWEST = 'bento-node-sdk-2';
const { sdk, url, known, siteUuid, ...keys } = JSON.parse(process.env.BENTO);

async function client(name, label, authentication = keys) {
  const module = await import(name);
  const { Analytics } = module.Analytics ? module : module.default;
  return new Analytics({ authentication, siteUuid, clientOptions: { baseUrl: `${url}/${label}/api/v1` } }).V1;
}

const has = (bento, method) => method.split('.').reduce((part, name) => part?.[name], bento) !== undefined;

async function outcome(method) {
  const bento = await client(sdk, method);
  const check = await client(NEWEST, 'check');
  const stranger = await client(sdk, 'check', { ...keys, secretKey: 'wrong' });
  if (sdk !== NEWEST && !has(bento, method)) return null; // the newest release has them all
  try {
    return { method, value: await CALLS[method]({ bento, check, stranger, known, newest: sdk === NEWEST }) };
  } catch (error) {
    return { method, error: `${error.name}: ${error.message}` };
  }
}

for (const method of Object.keys(CALLS)) {
  const line = await outcome(method);
  if (line) console.log(JSON.stringify(line));
}
