// People, tags and fields.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';

export const people = {
  'Subscribers.createSubscriber': async ({ bento }) => {
    const made = await bento.Subscribers.createSubscriber({ email: 'made@example.com' });
    deepEqual(
      [made.type, made.attributes.email, made.attributes.cached_tag_ids],
      ['visitors', 'made@example.com', []],
    );
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
