// Statistics and the experimental calls.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { found } from './looks.mjs';

export const stats = {
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

export const experimental = {
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
