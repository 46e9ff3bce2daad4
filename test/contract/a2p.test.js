'use strict';
// Brands, campaigns, registration of numbers and their events: walkthroughs 12.2 and 12.3 by the official SDK.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { startSandbox, startReceiver, eventually, twilio } = require('./sandbox_harness');
const { CAMPAIGN, CAMPAIGN_SID, UPDATE, BUSINESS, judge, tenant, brand, service, until } = require('./registration_harness');

const LONG = { timeout: 30000 };
let sandbox;
let receiver;

before(async () => {
  sandbox = await startSandbox('22', 'steady');
  receiver = await startReceiver();
  const quick = { pending_ms_min: 0, pending_ms_max: 20, review_ms_min: 0, review_ms_max: 20 };
  await sandbox.control('POST', '/reviews', { all: quick, person_ms_min: 5, person_ms_max: 20 });
  await sandbox.control('POST', '/settings', { registration_writes_per_s: 0 });
});
after(async () => {
  receiver.stop();
  await sandbox.stop();
});

async function refusedWith(code, status, promise) {
  await assert.rejects(promise, (error) => {
    assert.deepEqual([error.code, error.status], [code, status]);
    return true;
  });
}

const approved = (b) => until(b.resource, 'status', 'APPROVED');
const campaignOf = (s) => s.resource.usAppToPerson(CAMPAIGN_SID);
const ask = (s, b, more = {}) => s.resource.usAppToPerson.create({ ...CAMPAIGN, brandRegistrationSid: b.sid, ...more });
const updated = (more) => ({ ageGated: false, directLending: false, ...Object.fromEntries(UPDATE.map((k) => [k, CAMPAIGN[k]])), ...more });

async function final(client, message) {
  return eventually(async () => {
    const now = await client.messages(message.sid).fetch();
    return ['delivered', 'undelivered', 'failed'].includes(now.status) && now;
  });
}

async function sinkFor(t, path) {
  const types = (await t.client.events.v1.eventTypes.list()).map((e) => ({ type: e.type, schema_version: 1 }));
  const sink = await t.client.events.v1.sinks.create({
    description: 'ours', sinkType: 'webhook', sinkConfiguration: { destination: receiver.base + path, method: 'POST', batch_events: false },
  });
  const subscription = await t.client.events.v1.subscriptions.create({ description: 'all', sinkSid: sink.sid, types });
  return { sink, subscription };
}

test('a standard brand, its campaign and its numbers are registered, and events tell of it', LONG, async () => {
  const t = await tenant(sandbox);
  await sinkFor(t, '/events');
  await sandbox.control('POST', '/reviews', { brand_score: 60 });
  const b = await brand(t);
  assert.equal(b.made.status, 'PENDING');
  assert.equal(b.made.identityStatus, null);
  const done = await approved(b);
  assert.deepEqual([done.identityStatus, done.brandScore, done.brandType], ['VERIFIED', 60, 'STANDARD']);
  assert.match(done.tcrId, /^B[0-9A-F]{6}$/);
  const s = await service(t);
  const { usAppToPersonUsecases } = await s.resource.usAppToPersonUsecases.fetch({ brandRegistrationSid: b.sid });
  assert.ok(usAppToPersonUsecases.some((u) => u.code === 'MIXED'));
  assert.ok(!usAppToPersonUsecases.some((u) => u.code === 'SOLE_PROPRIETOR'));
  const made = await ask(s, b);
  assert.deepEqual([made.sid, made.campaignStatus, made.campaignId], [CAMPAIGN_SID, 'PENDING', null]);
  assert.ok(made.optOutKeywords.includes('STOP'));
  const campaign = await until(campaignOf(s), 'campaignStatus', 'VERIFIED');
  assert.deepEqual(campaign.rateLimits, { att: { mps: 40, msg_class: 'C' }, tmobile: { brand_tier: 'UPPER_MID' } });
  assert.equal((await s.resource.fetch()).usAppToPersonRegistered, true);
  const hooks = await receiver.wait(1, (h) => h.url.includes('/events') && h.body.includes('number-registration.successful'));
  const all = receiver.requests.filter((h) => h.url.includes('/events'));
  for (const h of all) {
    assert.equal(h.headers['content-type'], 'application/json');
    assert.ok(twilio.validateRequestWithBody(t.token, h.headers['x-twilio-signature'], h.url, h.body));
  }
  const [event] = JSON.parse(hooks[0].body);
  assert.equal(event.specversion, '1.0');
  assert.deepEqual([event.data.accountsid, event.data.phonenumbersid], [t.sid, s.senders[0].sid]);
  const types = all.map((h) => JSON.parse(h.body)[0].type.replace('com.twilio.messaging.compliance.', ''));
  for (const type of ['brand-registration.brand-registered', 'brand-registration.brand-verified',
    'campaign-registration.campaign-submitted', 'campaign-registration.campaign-approved', 'number-registration.pending']) {
    assert.ok(types.includes(type), type);
  }
  const names = judge(sandbox);
  for (const name of ['CreateBrandRegistrations', 'FetchBrandRegistrations', 'CreateUsAppToPerson', 'FetchUsAppToPerson',
    'FetchUsAppToPersonUsecase', 'CreateSink', 'CreateSubscription', 'ListEventType']) {
    assert.ok(names.includes(name), name);
  }
});

test('a number waits for its registration, and without a campaign nothing goes out', LONG, async () => {
  const t = await tenant(sandbox);
  const b = await brand(t);
  await approved(b);
  const s = await service(t);
  const send = async () =>
    final(t.client, await t.client.messages.create({ to: '+14155550100', messagingServiceSid: s.sid, body: 'Hello' }));
  assert.equal((await send()).errorCode, 30034);
  await sandbox.control('POST', '/reviews', { number: { held: true } });
  await ask(s, b);
  await until(campaignOf(s), 'campaignStatus', 'VERIFIED');
  assert.equal((await send()).errorCode, 30035);
  await sandbox.control('POST', '/reviews/decide', { sid: s.senders[0].sid, decision: 'approve' });
  assert.equal((await send()).status, 'delivered');
  await sandbox.control('POST', '/reviews', { number: { held: false } });
  await sandbox.control('POST', '/reviews/decide', { sid: s.sid, decision: 'suspend' });
  assert.equal((await campaignOf(s).fetch()).campaignStatus, 'SUSPENDED');
  assert.equal((await send()).errorCode, 30034);
  await refusedWith(21729, 400, campaignOf(s).remove());
  await sandbox.control('POST', '/reviews/decide', { sid: s.sid, decision: 'restore' });
  assert.equal((await send()).status, 'delivered');
  await sandbox.control('POST', '/reviews/decide', { sid: b.sid, decision: 'suspend' });
  assert.equal((await campaignOf(s).fetch()).campaignStatus, 'SUSPENDED');
  await refusedWith(21731, 400, b.resource.update());
  judge(sandbox);
});

test('the registry\'s refusals of a campaign', LONG, async () => {
  const t = await tenant(sandbox);
  const b = await brand(t);
  const s = await service(t, 0);
  await sandbox.control('POST', '/reviews', { brand: { held: true } });
  const pending = await brand(t);
  await refusedWith(21717, 400, ask(s, pending));
  await sandbox.control('POST', '/reviews', { brand: { held: false } });
  await approved(b);
  await approved(pending);
  await refusedWith(21717, 400, ask(s, { sid: `BN${'0'.repeat(32)}` }));
  await refusedWith(21727, 400, ask(s, b, { description: '' }));
  await refusedWith(21728, 400, ask(s, b, { description: 'too short' }));
  await refusedWith(21728, 400, ask(s, b, { messageSamples: [CAMPAIGN.messageSamples[0]] }));
  await refusedWith(21728, 400, ask(s, b, { messageFlow: 'x'.repeat(2049) }));
  await refusedWith(21720, 400, ask(s, b, { usAppToPersonUsecase: 'LOTTERY' }));
  await refusedWith(21720, 400, ask(s, b, { usAppToPersonUsecase: 'SOLE_PROPRIETOR' }));
  await ask(s, b);
  await refusedWith(20409, 409, ask(s, b));
  await campaignOf(s).remove();
  await refusedWith(20404, 404, campaignOf(s).fetch());
  await refusedWith(20409, 409, ask(s, b));
  await sandbox.control('POST', '/clock', { advance_ms: 5000 });
  await ask(s, b);
  for (let i = 0; i < 4; i += 1) await ask(await service(t, 0), b);
  await refusedWith(21732, 400, ask(await service(t, 0), b));
  assert.equal((await s.resource.usAppToPerson.list()).length, 1);
  const v1 = await campaignOf(s).fetch();
  assert.equal(v1.privacyPolicyUrl, undefined);
  judge(sandbox);
});

test('a rejected campaign names its field, is mended and approved', LONG, async () => {
  const t = await tenant(sandbox);
  const b = await brand(t);
  await approved(b);
  const s = await service(t);
  await ask(s, b, { messageSamples: ['REJECT-30893: see you tomorrow at ten', CAMPAIGN.messageSamples[1]] });
  const failed = await until(campaignOf(s), 'campaignStatus', 'FAILED');
  assert.deepEqual([failed.errors[0].error_code, failed.errors[0].fields], [30893, ['MESSAGE_SAMPLES']]);
  await refusedWith(21727, 400, campaignOf(s).update({ ...updated(), description: '' }));
  await campaignOf(s).update(updated());
  await until(campaignOf(s), 'campaignStatus', 'VERIFIED');
  await refusedWith(20001, 400, campaignOf(s).update(updated()));
  const bare = await service(t);
  const { privacyPolicyUrl: _, ...without } = CAMPAIGN;
  await bare.resource.usAppToPerson.create({ ...without, brandRegistrationSid: b.sid });
  assert.equal((await until(campaignOf(bare), 'campaignStatus', 'FAILED')).errors[0].error_code, 30933);
  judge(sandbox);
});

test('a failed brand is sent again after its bundle was mended, three times at most', LONG, async () => {
  const t = await tenant(sandbox);
  const b = await brand(t, { business: { business_name: 'REJECT-30795 Dental LLC' } });
  const failed = await until(b.resource, 'status', 'FAILED');
  assert.equal(failed.errors[0].error_code, 30795);
  assert.match(failed.failureReason, /tax id/);
  assert.equal((await b.resource.update()).status, 'PENDING');
  await until(b.resource, 'status', 'FAILED');
  await t.client.trusthub.v1.endUsers(b.profile.parts[0].sid).update({ attributes: BUSINESS });
  await b.resource.update();
  const done = await approved(b);
  assert.equal(done.failureReason, null);
  await refusedWith(21725, 400, b.resource.update());
  await sandbox.control('POST', '/reviews/next', { object: 'brand', code: 30799, times: 4 });
  const again = await brand(t);
  for (let i = 0; i < 3; i += 1) {
    await until(again.resource, 'status', 'FAILED');
    await again.resource.update();
  }
  await until(again.resource, 'status', 'FAILED');
  await refusedWith(21724, 400, again.resource.update());
  judge(sandbox);
});

test('a low-volume brand has no score and its day is small', LONG, async () => {
  const t = await tenant(sandbox);
  const b = await brand(t, { more: { skipAutomaticSecVet: true } });
  assert.equal((await approved(b)).brandScore, null);
  const s = await service(t);
  await ask(s, b, { usAppToPersonUsecase: 'LOW_VOLUME' });
  const campaign = await until(campaignOf(s), 'campaignStatus', 'VERIFIED');
  assert.deepEqual(campaign.rateLimits, { att: { mps: 1.25, msg_class: 'T' }, tmobile: { brand_tier: 'LOW' } });
  judge(sandbox);
});

test('a sole proprietor answers a passcode and has one campaign with one number', LONG, async () => {
  const t = await tenant(sandbox);
  await sandbox.control('POST', '/reviews', { person_silent: true });
  const b = await brand(t, { sole: true });
  assert.equal((await approved(b)).identityStatus, 'UNVERIFIED');
  const s = await service(t, 2);
  await ask(s, b, { usAppToPersonUsecase: 'SOLE_PROPRIETOR' });
  assert.equal((await until(campaignOf(s), 'campaignStatus', 'FAILED')).errors[0].error_code, 30991);
  await sandbox.control('POST', '/clock', { advance_ms: 86400000 });
  assert.equal((await b.resource.fetch()).errors[0].error_code, 30752);
  await sandbox.control('POST', '/reviews', { person_silent: false });
  assert.equal((await b.resource.brandRegistrationOtps.create()).brandRegistrationSid, b.sid);
  await until(b.resource, 'identityStatus', 'VERIFIED');
  await refusedWith(20001, 400, b.resource.brandRegistrationOtps.create());
  await campaignOf(s).update(updated());
  await until(campaignOf(s), 'campaignStatus', 'VERIFIED');
  await refusedWith(21732, 400, ask(await service(t, 0), b, { usAppToPersonUsecase: 'SOLE_PROPRIETOR' }));
  const from = async (n) =>
    final(t.client, await t.client.messages.create({ to: '+14155550100', from: s.senders[n].phoneNumber, body: 'Hi' }));
  assert.equal((await eventually(async () => {
    const sent = await from(0);
    return sent.errorCode !== 30035 && sent; // its registration may still run
  })).status, 'delivered');
  assert.equal((await from(1)).errorCode, 30034);
  judge(sandbox);
});

test('a public company\'s mail must be clicked', LONG, async () => {
  const t = await tenant(sandbox);
  const attributes = { company_type: 'public', stock_exchange: 'NYSE', stock_ticker: 'ACME', brand_contact_email: 'ir@acme-dental.example' };
  await sandbox.control('POST', '/reviews', { person_silent: true });
  const b = await brand(t, { attributes });
  await until(b.resource, 'status', 'IN_REVIEW');
  await sandbox.control('POST', '/clock', { advance_ms: 1000 });
  await sandbox.control('POST', '/clock', { advance_ms: 7 * 86400000 });
  assert.equal((await until(b.resource, 'status', 'FAILED')).errors[0].error_code, 21737);
  await sandbox.control('POST', '/reviews', { person_silent: false });
  await b.resource.update();
  await approved(b);
  const free = await brand(t, { attributes: { ...attributes, brand_contact_email: 'acme@gmail.com' } });
  assert.equal((await until(free.resource, 'status', 'FAILED')).errors[0].error_code, 21740);
  judge(sandbox);
});

test('vettings', LONG, async () => {
  const t = await tenant(sandbox);
  const b = await brand(t, { more: { skipAutomaticSecVet: true } });
  await approved(b);
  const token = 'cv|1.0|tcr|10dlc|6d3f2c6e-0000-4000-8000-000000000000|secret';
  await refusedWith(21722, 400, b.resource.brandVettings.create({ vettingProvider: 'campaign-verify', vettingId: 'cv|2' }));
  const made = await b.resource.brandVettings.create({ vettingProvider: 'campaign-verify', vettingId: token });
  await until(b.resource.brandVettings(made.brandVettingSid), 'vettingStatus', 'SUCCESS');
  assert.equal((await b.resource.fetch()).identityStatus, 'VETTED_VERIFIED');
  await sandbox.control('POST', '/reviews', { brand_score: 88 });
  await b.resource.brandVettings.create({ vettingProvider: 'aegis' });
  await until(b.resource, 'brandScore', 88);
  assert.equal((await b.resource.brandVettings.list({ vettingProvider: 'aegis' })).length, 1);
  await t.client.messaging.v1.brandRegistrations.list({ pageSize: 1 });
  judge(sandbox);
});

test('an unapproved bundle, a mock brand and the rate of writes', LONG, async () => {
  const t = await tenant(sandbox);
  await sandbox.control('POST', '/reviews/next', { object: 'profile', code: 18602 });
  const b = await brand(t);
  assert.equal((await until(b.resource, 'status', 'FAILED')).errors[0].error_code, 30793);
  const mock = await brand(t, { more: { mock: true } });
  await approved(mock);
  const s = await service(t);
  await ask(s, mock);
  assert.equal((await until(campaignOf(s), 'campaignStatus', 'VERIFIED')).mock, true);
  const sent = await t.client.messages.create({ to: '+14155550100', messagingServiceSid: s.sid, body: 'Hello' });
  assert.equal((await final(t.client, sent)).errorCode, 30034);
  await sandbox.control('POST', '/settings', { registration_writes_per_s: 1 });
  await eventually(async () => {
    const writes = await Promise.allSettled([1, 2, 3, 4].map(() => mock.resource.update()));
    return writes.some((w) => w.reason.code === 20429 && w.reason.status === 429);
  });
  await sandbox.control('POST', '/settings', { registration_writes_per_s: 0 });
  judge(sandbox);
});

test('sinks and subscriptions', LONG, async () => {
  const t = await tenant(sandbox);
  const { sink, subscription } = await sinkFor(t, '/x');
  const events = t.client.events.v1;
  await events.sinks(sink.sid).update({ description: 'renamed' });
  await events.sinks(sink.sid).fetch();
  await events.sinks.list();
  const type = 'com.twilio.messaging.compliance.brand-registration.brand-failure';
  await events.eventTypes(type).fetch();
  const subscribed = events.subscriptions(subscription.sid).subscribedEvents;
  assert.equal((await subscribed.list()).length, 26);
  await events.subscriptions(subscription.sid).subscribedEvents(type).remove();
  await subscribed.create({ type, schemaVersion: 1 });
  await refusedWith(91007, 400, events.sinks(sink.sid).remove());
  await events.subscriptions(subscription.sid).fetch();
  await events.subscriptions.list({ sinkSid: sink.sid });
  await events.subscriptions(subscription.sid).remove();
  await events.sinks(sink.sid).remove();
  judge(sandbox);
});

test('an event is told again until its sink takes it, or refuses it', LONG, async () => {
  const t = await tenant(sandbox);
  const told = new Map();
  const usual = receiver.answer;
  receiver.answer = (request, response, params) => {
    if (!request.url.startsWith('/ill')) return usual(request, response, params);
    const [{ id, type }] = JSON.parse(receiver.requests.at(-1).body);
    const times = (told.get(id) || 0) + 1;
    told.set(id, times);
    if (times < 3) return response.writeHead([503, 429][times - 1]).end();
    return response.writeHead(type.endsWith('brand-registered') ? 400 : 204).end();
  };
  await sandbox.control('POST', '/settings', { webhook_retry_gap_ms: 10 });
  await sinkFor(t, '/ill');
  await approved(await brand(t));
  const [alert] = await eventually(async () => {
    const alerts = await t.client.monitor.v1.alerts.list();
    return told.size >= 2 && [...told.values()].every((times) => times >= 3) && alerts.length > 0 && alerts;
  });
  assert.equal(alert.errorCode, '93101');
  assert.deepEqual(new Set(told.values()), new Set([3]));
  receiver.answer = usual;
  await sandbox.control('POST', '/settings', { webhook_retry_gap_ms: 500 });
  judge(sandbox);
});

// 21710 to 21735 answer requests; the rest are what reviewers say, and can be had from the sandbox's.
test('every documented refusal can be had', LONG, async () => {
  const rows = fs.readFileSync(path.join(__dirname, '../../data/a2p-rejections.tsv'), 'utf8').split('\n')
    .filter((line) => /^\d/.test(line)).map((line) => line.split('\t'));
  const reviews = { brand: ['brand'], campaign: ['campaign'], profile: ['profile', 'product'], tollfree: ['toll_free'] };
  let had = 0;
  for (const [code, families] of rows) {
    if (code >= 21710 && code <= 21735) continue;
    const objects = /^3012[56]$/.test(code) ? ['number'] : families.split(',').flatMap((one) => reviews[one]);
    for (const object of objects) await sandbox.control('POST', '/reviews/next', { object, code: Number(code) });
    await sandbox.control('DELETE', '/reviews');
    had += objects.length;
  }
  assert.ok(had > 300, `${had}`);
  await assert.rejects(sandbox.control('POST', '/reviews/next', { object: 'brand', code: 30896 }), /none that a brand is rejected with/);
});
