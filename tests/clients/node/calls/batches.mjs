// Batches of people, events and emails, and broadcasts.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { FROM, found, tagsOf } from './looks.mjs';

export const batches = {
  'Batch.importSubscribers': async ({ bento, check }) => {
    const rows = [
      { email: 'ann@example.com', first_name: 'Ann', plan: 'gold', tags: 'lead,mql', remove_tags: 'cold' },
      { email: 'bob@example.com' },
    ];
    const count = await bento.Batch.importSubscribers({ subscribers: rows });
    equal(count, 2);
    deepEqual((await found(check, 'ann@example.com')).fields, { first_name: 'Ann', plan: 'gold' });
    deepEqual(await tagsOf(check, 'ann@example.com'), ['lead', 'mql']);
    return count;
  },
  'Batch.importEvents': async ({ bento, check }) => {
    const events = [
      { type: '$custom.event', email: 'event@example.com', details: { stat: 1000, nested: { deep: [1, 2] } } },
      { type: '$remove_tag', email: 'event@example.com', details: { tag: 'none' }, date: new Date('2021-01-02') },
    ];
    const count = await bento.Batch.importEvents({ events });
    equal(count, 2);
    equal((await found(check, 'event@example.com')).email, 'event@example.com');
    return count;
  },
  'Batch.sendTransactionalEmails': async ({ bento, check }) => {
    const email = { to: 'mail@example.com', from: FROM, subject: 'Reset', html_body: '<p>{{ link }}</p>' };
    const emails = [
      { ...email, transactional: true, personalizations: { link: 'https://example.com', many: 2, vip: true } },
    ];
    const count = await bento.Batch.sendTransactionalEmails({ emails });
    equal(count, 1);
    equal((await found(check, 'mail@example.com')).email, 'mail@example.com');
    const stranger = [{ ...emails[0], from: 'stranger@example.com' }];
    await rejects(bento.Batch.sendTransactionalEmails({ emails: stranger }), /Author not authorized|\[500\]/);
    return count;
  },
  'Broadcasts.createEmails': async ({ bento }) => {
    const email = {
      to: 'mail@example.com',
      from: FROM,
      subject: 'Hello',
      html_body: '<p>Hello</p>',
      transactional: false,
    };
    const count = await bento.Broadcasts.createEmails([email, { ...email, to: 'other@example.com' }]);
    equal(count, 2);
    return count;
  },
};

const BROADCAST = {
  subject: 'News',
  content: '<p>Hi {{ visitor.first_name }}</p>',
  type: 'plain',
  from: { name: 'News', email: FROM },
  inclusive_tags: 'lead,mql',
  batch_size_per_hour: 1000,
};

export const broadcasts = {
  'Broadcasts.createBroadcast': async ({ bento }) => {
    const both = [
      { ...BROADCAST, name: 'May' },
      { ...BROADCAST, name: 'Too slow', batch_size_per_hour: 1 },
    ];
    const made = await bento.Broadcasts.createBroadcast(both);
    const why = 'batch_size_per_hour must be between 10 and 250000';
    if (Array.isArray(made)) equal(made.length, 1);
    else
      deepEqual([made.results, made.failed, made.failures], [1, 1, [{ index: 1, name: 'Too slow', error: why }]]);
    equal((made.broadcasts ?? made)[0].name, 'May');
    return made;
  },
  'Broadcasts.getBroadcasts': async ({ bento, check }) => {
    const sent = { ...BROADCAST, name: 'Sent', approved: true, send_at: '2021-01-02T03:04:05Z' };
    await check.Broadcasts.createBroadcast([sent]);
    const listed = await bento.Broadcasts.getBroadcasts();
    ok(listed.some((one) => one.attributes.name === 'Sent'));
    return listed;
  },
};
