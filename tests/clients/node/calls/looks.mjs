// How the other modules see what came of a call.
import { ok } from 'node:assert/strict';

export const FROM = 'news@example.com'; // the site's only Author
export const isQueued = (result) => ok(result === 1 || result.type === 'visitors');
export const found = async (check, email) =>
  (await check.Subscribers.getSubscribers({ email }))?.attributes ?? null;

export async function tagsOf(check, email) {
  const names = new Map((await check.Tags.getTags()).map((tag) => [tag.id, tag.attributes.name]));
  return (await found(check, email)).cached_tag_ids.map((id) => names.get(id)).sort();
}
