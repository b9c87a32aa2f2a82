// Every public method of every release of Bento's Node SDK, called as a program would, with what must come of it.
// `bento` is the client whose method is tried; `check` is one of the newest release that looks at what came of it;
// `stranger` has a wrong key; `known` has the ids of what can only be made in Bento's app.
// `newest` tells 2.0.0 from the releases before it: there a command resolved to the person, a new tag and a new field to a
// list of one, new broadcasts to a list, and Bento knew where an IP address is.
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';

const FROM = 'news@example.com'; // the site's only Author
const isQueued = (result) => ok(result === 1 || result.type === 'visitors');
const found = async (check, email) => (await check.Subscribers.getSubscribers({ email }))?.attributes ?? null;

async function tagsOf(check, email) {
  const names = new Map((await check.Tags.getTags()).map((tag) => [tag.id, tag.attributes.name]));
  return (await found(check, email)).cached_tag_ids.map((id) => names.get(id)).sort();
}

const batches = {
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
    const emails = [{ ...email, transactional: true, personalizations: { link: 'https://example.com', many: 2, vip: true } }];
    const count = await bento.Batch.sendTransactionalEmails({ emails });
    equal(count, 1);
    equal((await found(check, 'mail@example.com')).email, 'mail@example.com');
    const stranger = [{ ...emails[0], from: 'stranger@example.com' }];
    await rejects(bento.Batch.sendTransactionalEmails({ emails: stranger }), /Author not authorized|\[500\]/);
    return count;
  },
  'Broadcasts.createEmails': async ({ bento }) => {
    const email = { to: 'mail@example.com', from: FROM, subject: 'Hello', html_body: '<p>Hello</p>', transactional: false };
    const count = await bento.Broadcasts.createEmails([email, { ...email, to: 'other@example.com' }]);
    equal(count, 2);
    return count;
  },
};

// The id of the email that the sequence began with.
async function templateOf(check, known) {
  const sequence = (await check.Sequences.getSequences()).find((one) => one.id === known.sequence);
  return sequence.attributes.email_templates[0].id;
}

const BROADCAST = {
  subject: 'News',
  content: '<p>Hi {{ visitor.first_name }}</p>',
  type: 'plain',
  from: { name: 'News', email: FROM },
  inclusive_tags: 'lead,mql',
  batch_size_per_hour: 1000,
};

const broadcasts = {
  'Broadcasts.createBroadcast': async ({ bento }) => {
    const both = [{ ...BROADCAST, name: 'May' }, { ...BROADCAST, name: 'Too slow', batch_size_per_hour: 1 }];
    const made = await bento.Broadcasts.createBroadcast(both);
    const why = 'batch_size_per_hour must be between 10 and 250000';
    if (Array.isArray(made)) equal(made.length, 1);
    else deepEqual([made.results, made.failed, made.failures], [1, 1, [{ index: 1, name: 'Too slow', error: why }]]);
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

const commands = {
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
    const queued = await bento.Commands.addField({ email: 'field@example.com', field: { key: 'plan', value: 'gold' } });
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

const templates = {
  'Sequences.getSequences': async ({ bento, known }) => {
    const sequences = await bento.Sequences.getSequences({ page: 1 });
    ok(sequences.some((one) => one.id === known.sequence));
    deepEqual(await bento.Sequences.getSequences({ page: 99 }), []);
    return sequences;
  },
  'Sequences.createSequenceEmail': async ({ bento, check, known }) => {
    const email = { subject: 'Day 7', html: '<p>{{ visitor.unsubscribe_url }}</p>', delay_interval: 'days', delay_interval_count: 7 };
    const extras = { inbox_snippet: 'soon', editor_choice: 'plain', cc: 'c@example.com', bcc: 'b@example.com', to: '{{ visitor.email }}' };
    const made = await bento.Sequences.createSequenceEmail(known.sequence, { ...email, ...extras });
    deepEqual([made.attributes.subject, made.attributes.html], [email.subject, email.html]);
    const sequence = (await check.Sequences.getSequences()).find((one) => one.id === known.sequence);
    equal(String(sequence.attributes.email_templates.at(-1).id), made.id);
    await rejects(bento.Sequences.createSequenceEmail('sequence_unknown', email), /\[404\].*Sequence not found/);
    const never = { ...email, delay_interval_count: 0 };
    await rejects(bento.Sequences.createSequenceEmail(known.sequence, never), /\[422\].*must be a positive integer/);
    return made;
  },
  'EmailTemplates.getEmailTemplate': async ({ bento, check, known }) => {
    const id = await templateOf(check, known);
    const template = await bento.EmailTemplates.getEmailTemplate({ id });
    deepEqual([template.id, template.attributes.subject], [String(id), 'Welcome']);
    equal(await bento.EmailTemplates.getEmailTemplate({ id: 999999 }), null);
    return template;
  },
  'EmailTemplates.updateEmailTemplate': async ({ bento, check, known }) => {
    const html = '<p>New</p>{{ visitor.unsubscribe_url }}';
    const id = await templateOf(check, known);
    const changed = await bento.EmailTemplates.updateEmailTemplate({ id, subject: 'New', html });
    deepEqual([changed.attributes.subject, changed.attributes.html], ['New', html]);
    deepEqual(await check.EmailTemplates.getEmailTemplate({ id }), changed);
    await rejects(bento.EmailTemplates.updateEmailTemplate({ id: 999999, subject: 'New' }), /\[404\].*Not Found/);
    return changed;
  },
  'Workflows.getWorkflows': async ({ bento, known }) => {
    const workflows = await bento.Workflows.getWorkflows();
    ok(workflows.some((one) => one.id === known.workflow));
    return workflows;
  },
  'Forms.getResponses': async ({ bento, known }) => {
    const responses = await bento.Forms.getResponses(known.form);
    equal(responses[0].attributes.data.type, '$surveyFormCompleted');
    return responses;
  },
};

const people = {
  'Subscribers.createSubscriber': async ({ bento }) => {
    const made = await bento.Subscribers.createSubscriber({ email: 'made@example.com' });
    deepEqual([made.type, made.attributes.email, made.attributes.cached_tag_ids], ['visitors', 'made@example.com', []]);
    deepEqual(await bento.Subscribers.createSubscriber({ email: 'made@example.com' }), made);
    return made;
  },
  'Subscribers.getSubscribers': async ({ bento, check }) => {
    const { uuid } = (await check.Subscribers.createSubscriber({ email: 'a+b@example.com' })).attributes;
    const person = await bento.Subscribers.getSubscribers({ email: 'a+b@example.com' });
    equal(person.attributes.uuid, uuid);
    deepEqual(await bento.Subscribers.getSubscribers({ uuid }), person);
    equal(await bento.Subscribers.getSubscribers({ email: 'nobody@example.com' }), null);
    equal(await bento.Subscribers.getSubscribers(), null);
    return person;
  },
  'Tags.createTag': async ({ bento }) => {
    const made = await bento.Tags.createTag({ name: 'タグ!' });
    const { type, attributes } = [made].flat()[0];
    deepEqual([type, attributes.name, attributes.discarded_at], ['tags', 'タグ!', null]);
    return made;
  },
  'Tags.getTags': async ({ bento, check, stranger }) => {
    await check.Tags.createTag({ name: 'listed' });
    const tags = await bento.Tags.getTags();
    ok(tags.some((tag) => tag.attributes.name === 'listed'));
    await rejects(stranger.Tags.getTags(), { name: 'NotAuthorizedError' });
    return tags;
  },
  'Tags.deleteTag': async ({ bento, check }) => {
    const { id } = await check.Tags.createTag({ name: 'gone' });
    const discarded = async () => (await check.Tags.getTags()).find((tag) => tag.id === id).attributes.discarded_at;
    const result = await bento.Tags.deleteTag(id, { name: 'gone' });
    equal(result.message, 'Tag (gone) deleted successfully');
    ok(await discarded());
    await bento.Tags.deleteTag(id, { name: 'gone' }); // deletes or restores
    equal(await discarded(), null);
    return result;
  },
  'Fields.createField': async ({ bento }) => {
    for (const key of ['lastLoginDate', 'last_login_date', 'last-login-date']) {
      const { attributes } = [await bento.Fields.createField({ key })].flat()[0];
      deepEqual([attributes.key, attributes.name], [key, 'Last Login Date']);
    }
    return bento.Fields.createField({ key: 'phone' });
  },
  'Fields.getFields': async ({ bento, check }) => {
    await check.Fields.createField({ key: 'listed' });
    const fields = await bento.Fields.getFields();
    ok(fields.some((field) => field.attributes.key === 'listed'));
    return fields;
  },
};

const stats = {
  'Stats.getSiteStats': async ({ bento, check }) => {
    await check.Commands.unsubscribe({ email: 'counted@example.com' });
    const counts = await bento.Stats.getSiteStats();
    equal(counts.user_count, counts.subscriber_count + counts.unsubscriber_count);
    ok(counts.unsubscriber_count > 0);
    return counts;
  },
  'Stats.getSegmentStats': async ({ bento, known }) => {
    const counts = await bento.Stats.getSegmentStats(known.segment);
    equal(counts.user_count, counts.subscriber_count + counts.unsubscriber_count);
    await rejects(bento.Stats.getSegmentStats('segment_unknown'), /\[404\].*Segment not found/);
    return counts;
  },
  'Stats.getReportStats': async ({ bento, known }) => {
    const report = await bento.Stats.getReportStats(known.report);
    ok('data' in report);
    await rejects(bento.Stats.getReportStats('unknown'), /\[404\].*Report not found/);
    return report;
  },
  'Stats.getAdsStats': async ({ bento }) => {
    const options = { dimension: 'campaign', startDate: 'last week', endDate: 'now', revenueMode: 'first_revenue' };
    const ads = await bento.Stats.getAdsStats(options);
    deepEqual([ads.dimension, ads.revenueMode.mode], ['campaign', 'first_revenue']);
    equal((await bento.Stats.getAdsStats()).dimension, 'source');
    return ads;
  },
};

const experimental = {
  'Experimental.validateEmail': async ({ bento }) => {
    const more = { ip: '1.1.1.1', name: 'Ann', userAgent: 'Mozilla/5.0' };
    const valid = await bento.Experimental.validateEmail({ email: 'ann@example.com', ...more });
    equal(valid, true);
    equal(await bento.Experimental.validateEmail({ email: 'invalid@email' }), false);
    return valid;
  },
  'Experimental.guessGender': async ({ bento }) => {
    const guess = await bento.Experimental.guessGender({ name: 'Jesse' });
    equal(guess.gender, 'male');
    equal((await bento.Experimental.guessGender({ name: 'Xyzzy' })).confidence, null);
    return guess;
  },
  'Experimental.geolocate': async ({ bento, newest }) => {
    const place = await bento.Experimental.geolocate({ ip: '1.1.1.1' });
    if (newest) equal(place, null);
    else equal(place.ip, '1.1.1.1');
    return place;
  },
  'Experimental.geoLocateIP': async ({ bento, newest }) => {
    const place = await bento.Experimental.geoLocateIP('1.1.1.1');
    equal(place.ip, newest ? undefined : '1.1.1.1');
    await rejects(bento.Experimental.geoLocateIP('invalid-ip'), /\[400\].*Invalid IP/);
    return place;
  },
  'Experimental.checkBlacklist': async ({ bento }) => {
    const result = await bento.Experimental.checkBlacklist({ domain: 'example.com' });
    equal(result.query, 'example.com');
    return result;
  },
  'Experimental.getBlacklistStatus': async ({ bento, newest }) => {
    const result = await bento.Experimental.getBlacklistStatus({ domain: 'example.com' });
    equal(result.query, 'example.com');
    if (newest) equal((await bento.Experimental.getBlacklistStatus({ ipAddress: '192.0.2.1' })).query, '192.0.2.1');
    return result;
  },
  'Experimental.getContentModeration': async ({ bento }) => {
    const judged = await bento.Experimental.getContentModeration('Hello world.');
    equal(judged.valid, true);
    const blank = await bento.Experimental.getContentModeration('');
    deepEqual([blank.valid, blank.reasons], [false, ['Content is required']]);
    return judged;
  },
};

const PURCHASE = {
  unique: { key: 'order-1' },
  value: { currency: 'USD', amount: 8000 },
  cart: { items: [{ product_sku: 'SKU123', product_name: 'Test', quantity: 1 }], abandoned_checkout_url: 'https://example.com' },
};

const core = {
  tagSubscriber: async ({ bento, check }) => {
    const sent = await bento.tagSubscriber({ email: 'core@example.com', tagName: 'vip' });
    equal(sent, true);
    deepEqual(await tagsOf(check, 'core@example.com'), ['vip']);
    return sent;
  },
  addSubscriber: async ({ bento, check }) => {
    const sent = await bento.addSubscriber({ email: 'added@example.com', fields: { plan: 'gold' }, date: new Date('2021-01-02') });
    equal(sent, true);
    deepEqual((await found(check, 'added@example.com')).fields, { plan: 'gold' });
    return sent;
  },
  removeSubscriber: async ({ bento, check }) => {
    const sent = await bento.removeSubscriber({ email: 'removed@example.com' });
    equal(sent, true);
    ok((await found(check, 'removed@example.com')).unsubscribed_at);
    return sent;
  },
  updateFields: async ({ bento, check }) => {
    const sent = await bento.updateFields({ email: 'updated@example.com', fields: { plan: 'gold', seats: 5 } });
    equal(sent, true);
    deepEqual((await found(check, 'updated@example.com')).fields, { plan: 'gold', seats: 5 });
    return sent;
  },
  trackPurchase: async ({ bento }) => {
    const sent = await bento.trackPurchase({ email: 'buyer@example.com', purchaseDetails: PURCHASE });
    equal(sent, true);
    return sent;
  },
  track: async ({ bento, check }) => {
    const event = { email: 'track@example.com', type: '$custom.event', fields: { plan: 'gold' }, details: { from: 'here' } };
    const sent = await bento.track(event);
    equal(sent, true);
    deepEqual((await found(check, 'track@example.com')).fields, { plan: 'gold' });
    return sent;
  },
  upsertSubscriber: async ({ bento }) => {
    const person = await bento.upsertSubscriber({ email: 'up@example.com', fields: { plan: 'gold' }, tags: 'lead', remove_tags: 'cold' });
    deepEqual([person.attributes.email, person.attributes.fields], ['up@example.com', { plan: 'gold' }]);
    equal(person.attributes.cached_tag_ids.length, 1);
    return person;
  },
};

export const CALLS = { ...batches, ...broadcasts, ...commands, ...templates, ...people, ...stats, ...experimental, ...core };
