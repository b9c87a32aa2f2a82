// Commands, each of which changes one person.
import { deepEqual, equal, match } from 'node:assert/strict';
import { found, tagsOf, isQueued } from './looks.mjs';

export const commands = {
  'Commands.addTag': async ({ bento, check }) => {
    const queued = await bento.Commands.addTag({ email: 'tag@example.com', tagName: 'vip' });
    isQueued(queued);
    deepEqual(await tagsOf(check, 'tag@example.com'), ['vip']);
    return queued;
  },
  'Commands.removeTag': async ({ bento, check }) => {
    await check.Commands.addTag({ email: 'untag@example.com', tagName: 'vip' });
    const queued = await bento.Commands.removeTag({ email: 'untag@example.com', tagName: 'vip' });
    isQueued(queued);
    deepEqual(await tagsOf(check, 'untag@example.com'), []);
    return queued;
  },
  'Commands.addField': async ({ bento, check }) => {
    const queued = await bento.Commands.addField({
      email: 'field@example.com',
      field: { key: 'plan', value: 'gold' },
    });
    isQueued(queued);
    deepEqual((await found(check, 'field@example.com')).fields, { plan: 'gold' });
    return queued;
  },
  'Commands.removeField': async ({ bento, check }) => {
    await check.Commands.addField({ email: 'unfield@example.com', field: { key: 'plan', value: 'gold' } });
    const queued = await bento.Commands.removeField({ email: 'unfield@example.com', fieldName: 'plan' });
    isQueued(queued);
    equal((await found(check, 'unfield@example.com')).fields?.plan ?? null, null);
    return queued;
  },
  'Commands.subscribe': async ({ bento, check }) => {
    await check.Commands.unsubscribe({ email: 'back@example.com' });
    const queued = await bento.Commands.subscribe({ email: 'back@example.com' });
    isQueued(queued);
    equal((await found(check, 'back@example.com')).unsubscribed_at, null);
    return queued;
  },
  'Commands.unsubscribe': async ({ bento, check }) => {
    const queued = await bento.Commands.unsubscribe({ email: 'away@example.com' });
    isQueued(queued);
    match((await found(check, 'away@example.com')).unsubscribed_at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    return queued;
  },
  'Commands.changeEmail': async ({ bento, check }) => {
    const { uuid } = (await check.Subscribers.createSubscriber({ email: 'old@example.com' })).attributes;
    const queued = await bento.Commands.changeEmail({ oldEmail: 'old@example.com', newEmail: 'new@example.com' });
    isQueued(queued);
    equal((await found(check, 'new@example.com')).uuid, uuid);
    equal(await found(check, 'old@example.com'), null);
    return queued;
  },
};
