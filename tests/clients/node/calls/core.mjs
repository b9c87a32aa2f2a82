// The methods of the client itself, which send events.
import { deepEqual, equal, ok } from 'node:assert/strict';
import { found, tagsOf } from './looks.mjs';

const PURCHASE = {
  unique: { key: 'order-1' },
  value: { currency: 'USD', amount: 8000 },
  cart: {
    items: [{ product_sku: 'SKU123', product_name: 'Test', quantity: 1 }],
    abandoned_checkout_url: 'https://example.com',
  },
};

export const core = {
  tagSubscriber: async ({ bento, check }) => {
    const sent = await bento.tagSubscriber({ email: 'core@example.com', tagName: 'vip' });
    equal(sent, true);
    deepEqual(await tagsOf(check, 'core@example.com'), ['vip']);
    return sent;
  },
  addSubscriber: async ({ bento, check }) => {
    const sent = await bento.addSubscriber({
      email: 'added@example.com',
      fields: { plan: 'gold' },
      date: new Date('2021-01-02'),
    });
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
    const event = {
      email: 'track@example.com',
      type: '$custom.event',
      fields: { plan: 'gold' },
      details: { from: 'here' },
    };
    const sent = await bento.track(event);
    equal(sent, true);
    deepEqual((await found(check, 'track@example.com')).fields, { plan: 'gold' });
    return sent;
  },
  upsertSubscriber: async ({ bento }) => {
    const person = await bento.upsertSubscriber({
      email: 'up@example.com',
      fields: { plan: 'gold' },
      tags: 'lead',
      remove_tags: 'cold',
    });
    deepEqual([person.attributes.email, person.attributes.fields], ['up@example.com', { plan: 'gold' }]);
    equal(person.attributes.cached_tag_ids.length, 1);
    return person;
  },
};
