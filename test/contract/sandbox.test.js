'use strict';
// The sandbox, driven by Twilio's official SDK: what works with it works with Twilio, as far as the SDK can tell.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const { test, before, after } = require('node:test');
const { startSandbox, startReceiver, eventually, twilio } = require('./sandbox_harness');

const LONG = { timeout: 30000 };
let sandbox;
let receiver;
let client;

before(async () => {
  sandbox = await startSandbox('11', 'steady');
  receiver = await startReceiver();
  client = sandbox.client();
  await sandbox.control('POST', '/numbers', { numbers: ['+14155551000', '+14155551001', '+18335551000'] });
});
after(async () => {
  receiver.stop();
  await sandbox.stop();
});

async function refusedWith(code, status, promise) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.code, code);
    assert.equal(error.status, status);
    assert.match(error.moreInfo, new RegExp(`/${code}$`));
    return true;
  });
}

async function serviceWithNumbers(count, settings = {}) {
  const service = await client.messaging.v1.services.create({ friendlyName: 'Pool', ...settings });
  const { numbers } = await sandbox.control('POST', '/numbers', { service: service.sid, count, area_code: 213 });
  return { service, numbers };
}

const final = (sid) =>
  eventually(async () => {
    const message = await client.messages(sid).fetch();
    return ['delivered', 'undelivered', 'failed', 'canceled'].includes(message.status) && message;
  });

test('a message from a number is queued, then delivered', LONG, async () => {
  const created = await client.messages.create({ to: '+14155550100', from: '+14155551000', body: 'Hello' });
  assert.match(created.sid, /^SM[0-9a-f]{32}$/);
  assert.equal(created.status, 'queued');
  assert.equal(created.numSegments, '1');
  assert.equal(created.direction, 'outbound-api');
  assert.equal(created.dateSent, null);
  assert.ok(created.dateCreated instanceof Date && Math.abs(created.dateCreated - Date.now()) < 60000);
  const message = await final(created.sid);
  assert.equal(message.status, 'delivered');
  assert.equal(message.body, 'Hello');
  assert.match(message.price, /^-0\.\d{5}$/);
  assert.ok(message.dateSent instanceof Date);
});

test('a message by a service is accepted without a sender, which is filled in later', LONG, async () => {
  const { service, numbers } = await serviceWithNumbers(1);
  const created = await client.messages.create({ to: '+14155550100', messagingServiceSid: service.sid, body: 'Hi' });
  assert.equal(created.status, 'accepted');
  assert.equal(created.from, null);
  assert.equal(created.numSegments, '0');
  const message = await final(created.sid);
  assert.equal(message.from, numbers[0].phone_number);
  assert.equal(message.numSegments, '1');
  assert.equal(message.messagingServiceSid, service.sid);
});

test('segments are counted as Twilio counts them', LONG, async () => {
  const of = async (body, more) =>
    (await client.messages.create({ to: '+14155550100', from: '+14155551000', body, ...more })).numSegments;
  assert.equal(await of('a'.repeat(160)), '1');
  assert.equal(await of('a'.repeat(161)), '2');
  assert.equal(await of('ü'.repeat(161)), '2');
  assert.equal(await of('😀'.repeat(36)), '2');
  assert.equal(await of(`${'a'.repeat(100)}’`), '2');
  assert.equal(await of(`${'a'.repeat(100)}’`, { smartEncoded: true }), '1');
});

test('lists are filtered, newest first, and paged both ways', LONG, async () => {
  const to = '+14155550145';
  const sids = [];
  for (let i = 0; i < 7; i += 1) {
    sids.unshift((await client.messages.create({ to, from: '+14155551001', body: `n${i}` })).sid);
  }
  const all = await client.messages.list({ to });
  assert.deepEqual(all.map((m) => m.sid), sids);
  assert.deepEqual((await client.messages.list({ to, pageSize: 3 })).map((m) => m.sid), sids);
  assert.deepEqual((await client.messages.list({ to, limit: 4, pageSize: 2 })).map((m) => m.sid), sids.slice(0, 4));
  assert.equal((await client.messages.list({ to, from: '+14155551000' })).length, 0);
  const first = await client.messages.page({ to, pageSize: 3 });
  const second = await first.nextPage();
  assert.deepEqual(second.instances.map((m) => m.sid), sids.slice(3, 6));
  assert.deepEqual((await second.previousPage()).instances.map((m) => m.sid), sids.slice(0, 3));
  const third = await second.nextPage();
  assert.deepEqual(third.instances.map((m) => m.sid), sids.slice(6));
  assert.equal(await third.nextPage(), undefined);
});

test('date filters go by date_sent, which a queued message has not', LONG, async () => {
  const to = '+14155550146';
  await sandbox.control('POST', '/carriers', { tmobile: { paused: false }, verizon: {}, att: { paused: true } });
  const waiting = await client.messages.create({ to, from: '+14155551000', body: 'x' }); // …46: AT&T
  const yesterday = new Date(Date.now() - 86400000);
  assert.equal((await client.messages.list({ to })).length, 1);
  assert.equal((await client.messages.list({ to, dateSentAfter: yesterday })).length, 0);
  await sandbox.control('POST', '/carriers', { att: { paused: false } });
  await final(waiting.sid);
  assert.equal((await client.messages.list({ to, dateSentAfter: yesterday })).length, 1);
  assert.equal((await client.messages.list({ to, dateSentBefore: yesterday })).length, 0);
});

test('a scheduled message is canceled; what is not scheduled is not', LONG, async () => {
  const { service } = await serviceWithNumbers(1);
  const sendAt = new Date(Date.now() + 3600000);
  const options = { to: '+14155550100', messagingServiceSid: service.sid, body: 'x', scheduleType: 'fixed', sendAt };
  const created = await client.messages.create(options);
  assert.equal(created.status, 'scheduled');
  assert.equal((await client.messages(created.sid).update({ status: 'canceled' })).status, 'canceled');
  await refusedWith(30409, 409, client.messages(created.sid).update({ status: 'canceled' }));
  await refusedWith(35114, 400, client.messages.create({ ...options, sendAt: new Date(Date.now() + 60000) }));
  await refusedWith(35118, 400,
    client.messages.create({ to: '+14155550100', from: '+14155551000', body: 'x', scheduleType: 'fixed', sendAt }));
});

test('a message is redacted and deleted once it is final', LONG, async () => {
  const created = await client.messages.create({ to: '+14155550146', from: '+14155551000', body: 'Secret' });
  await final(created.sid);
  assert.equal((await client.messages(created.sid).update({ body: '' })).body, '');
  assert.equal(await client.messages(created.sid).remove(), true);
  await refusedWith(20404, 404, client.messages(created.sid).fetch());
});

test('refusals carry Twilio\'s codes', LONG, async () => {
  const send = (more) =>
    client.messages.create({ to: '+14155550100', from: '+14155551000', body: 'x', ...more });
  await refusedWith(21211, 400, send({ to: '+1415' }));
  await refusedWith(21211, 400, send({ to: '+14155559111' }));
  await refusedWith(21604, 400, send({ to: '' }));
  await refusedWith(21265, 400, send({ to: '12345' }));
  await refusedWith(21266, 400, send({ to: '+14155551000' }));
  await refusedWith(21659, 400, send({ from: '+12125550000' }));
  await refusedWith(21603, 400, send({ from: undefined }));
  await refusedWith(21602, 400, send({ body: '' }));
  await refusedWith(21617, 400, send({ body: 'a'.repeat(1601) }));
  await refusedWith(21609, 400, send({ statusCallback: 'http://my_host.test/x' }));
  await refusedWith(21624, 400, send({ validityPeriod: 36001 }));
  await refusedWith(21701, 400, send({ messagingServiceSid: `MG${'0'.repeat(32)}` }));
  await refusedWith(20404, 404, client.messages(`SM${'0'.repeat(32)}`).fetch());
  await refusedWith(20003, 401, sandbox.client(sandbox.account.sid, 'wrong').messages.list());
});

test('the test credentials know the magic numbers and nothing else', LONG, async () => {
  const magic = sandbox.client(sandbox.testAccount.sid, sandbox.testAccount.auth_token);
  const send = (to, from) => magic.messages.create({ to, from, body: 'x' });
  const ok = '+15005550006';
  await refusedWith(21212, 400, send('+14155550100', '+15005550001'));
  await refusedWith(21606, 400, send('+14155550100', '+15005550007'));
  await refusedWith(21611, 400, send('+14155550100', '+15005550008'));
  await refusedWith(21606, 400, send('+14155550100', '+14155551000'));
  await refusedWith(21211, 400, send('+15005550001', ok));
  await refusedWith(21612, 400, send('+15005550002', ok));
  await refusedWith(21408, 400, send('+15005550003', ok));
  await refusedWith(21610, 400, send('+15005550004', ok));
  await refusedWith(21614, 400, send('+15005550009', ok));
  const sent = await send('+14155550100', ok);
  assert.equal(sent.status, 'queued');
  await refusedWith(20008, 403, magic.messages(sent.sid).fetch());
  await refusedWith(20404, 404, client.messages(sent.sid).fetch());
  await refusedWith(21422, 400, magic.incomingPhoneNumbers.create({ phoneNumber: '+15005550000' }));
  await refusedWith(21421, 400, magic.incomingPhoneNumbers.create({ phoneNumber: '+15005550001' }));
  await refusedWith(21452, 400, magic.incomingPhoneNumbers.create({ areaCode: '533' }));
  assert.equal((await magic.incomingPhoneNumbers.create({ areaCode: '500' })).phoneNumber, ok);
  await refusedWith(20008, 403, magic.messaging.v1.services.list());
});

test('services and their pools live as Twilio\'s', LONG, async () => {
  const service = await client.messaging.v1.services.create({
    friendlyName: 'Reminders', inboundRequestUrl: 'https://example.com/in', usecase: 'notifications', stickySender: false,
  });
  assert.match(service.sid, /^MG[0-9a-f]{32}$/);
  assert.equal(service.validityPeriod, 36000);
  assert.equal(service.usAppToPersonRegistered, false);
  const updated = await client.messaging.v1.services(service.sid).update({ friendlyName: 'Renamed', validityPeriod: 600 });
  assert.equal(updated.friendlyName, 'Renamed');
  assert.equal(updated.validityPeriod, 600);
  assert.equal(updated.inboundRequestUrl, 'https://example.com/in');
  await refusedWith(21713, 400, client.messaging.v1.services.create({ friendlyName: 'x', usecase: 'gossip' }));

  const number = await client.incomingPhoneNumbers.create({ areaCode: '212' });
  const pool = client.messaging.v1.services(service.sid);
  const joined = await pool.phoneNumbers.create({ phoneNumberSid: number.sid });
  assert.equal(joined.phoneNumber, number.phoneNumber);
  assert.equal(joined.countryCode, 'US');
  const other = await client.messaging.v1.services.create({ friendlyName: 'Other' });
  await refusedWith(21712, 409,
    client.messaging.v1.services(other.sid).phoneNumbers.create({ phoneNumberSid: number.sid }));
  await pool.alphaSenders.create({ alphaSender: 'ACME' });
  await refusedWith(21709, 400, pool.alphaSenders.create({ alphaSender: '12345678901234' }));
  assert.deepEqual((await pool.phoneNumbers.list()).map((n) => n.sid), [number.sid]);
  assert.deepEqual((await pool.alphaSenders.list()).map((a) => a.alphaSender), ['ACME']);
  assert.equal(await pool.phoneNumbers(number.sid).remove(), true);
  assert.deepEqual(await pool.phoneNumbers.list(), []);
  await refusedWith(21704, 400, client.messages.create({ to: '+14155550100', messagingServiceSid: other.sid, body: 'x' }));
  assert.equal(await client.messaging.v1.services(other.sid).remove(), true);
  await refusedWith(20404, 404, client.messaging.v1.services(other.sid).fetch());
});

test('v1 lists are followed through their absolute links', LONG, async () => {
  for (let i = 0; i < 5; i += 1) await client.messaging.v1.services.create({ friendlyName: `Page ${i}` });
  const all = await client.messaging.v1.services.list();
  const paged = await client.messaging.v1.services.list({ pageSize: 2 });
  assert.deepEqual(paged.map((s) => s.sid), all.map((s) => s.sid));
  assert.ok(all.length >= 5);
});

test('numbers are found, bought, changed, listed and released', LONG, async () => {
  const [offer] = await client.availablePhoneNumbers('US').local.list({ areaCode: 312, limit: 1 });
  assert.match(offer.phoneNumber, /^\+1312/);
  const number = await client.incomingPhoneNumbers.create({
    phoneNumber: offer.phoneNumber, smsUrl: `${receiver.base}/sms`, friendlyName: 'Chicago',
  });
  assert.match(number.sid, /^PN[0-9a-f]{32}$/);
  assert.equal(number.capabilities.sms, true);
  await refusedWith(21422, 400, client.incomingPhoneNumbers.create({ phoneNumber: offer.phoneNumber }));
  const changed = await client.incomingPhoneNumbers(number.sid).update({ smsUrl: '', friendlyName: 'Lake' });
  assert.equal(changed.smsUrl, '');
  assert.deepEqual((await client.incomingPhoneNumbers.list({ friendlyName: 'Lake' })).map((n) => n.sid), [number.sid]);
  assert.deepEqual((await client.incomingPhoneNumbers.list({ phoneNumber: '+1312*' })).length > 0, true);
  assert.equal(await client.incomingPhoneNumbers(number.sid).remove(), true);
  await refusedWith(20404, 404, client.incomingPhoneNumbers(number.sid).fetch());
  assert.deepEqual((await client.incomingPhoneNumbers.tollFree.list()).map((n) => n.phoneNumber), ['+18335551000']);
});

test('a parent acts for its subaccounts; they cannot act for others', LONG, async () => {
  const sub = await client.api.v2010.accounts.create({ friendlyName: 'Tenant' });
  assert.match(sub.authToken, /^[0-9a-f]{32}$/);
  assert.equal(sub.ownerAccountSid, sandbox.account.sid);
  const own = sandbox.client(sub.sid, sub.authToken);
  const asParent = sandbox.client(sandbox.account.sid, sandbox.account.auth_token, { accountSid: sub.sid });
  const number = await asParent.incomingPhoneNumbers.create({ areaCode: '602' });
  assert.equal(number.accountSid, sub.sid);
  await refusedWith(21660, 400,
    client.messages.create({ to: '+14155550100', from: number.phoneNumber, body: 'x' }));
  const sent = await own.messages.create({ to: '+14155550100', from: number.phoneNumber, body: 'x' });
  assert.equal((await asParent.messages(sent.sid).fetch()).sid, sent.sid);
  await refusedWith(20404, 404, client.messages(sent.sid).fetch());
  await refusedWith(20003, 401, sandbox.client(sub.sid, sub.authToken, { accountSid: sandbox.account.sid }).messages.list());
  await refusedWith(21101, 400, own.api.v2010.accounts.create());
  await client.api.v2010.accounts(sub.sid).update({ status: 'suspended' });
  await refusedWith(20005, 403, own.messages.create({ to: '+14155550100', from: number.phoneNumber, body: 'x' }));
  await client.api.v2010.accounts(sub.sid).update({ status: 'active' });
  const moved = await asParent.incomingPhoneNumbers(number.sid).update({ accountSid: sandbox.account.sid });
  assert.equal(moved.accountSid, sandbox.account.sid);
  assert.ok((await client.api.v2010.accounts.list()).some((a) => a.sid === sub.sid));
});

test('every callback is signed as the SDK expects', LONG, async () => {
  const { service } = await serviceWithNumbers(1);
  const statusCallback = `${receiver.base}/status/é?m=41&x=a%20b&q=it's#rc=2&rp=all`;
  const created = await client.messages.create({ to: '+14155550100', messagingServiceSid: service.sid, body: 'x', statusCallback });
  const hooks = await receiver.wait(3, (h) => h.params.MessageSid === created.sid);
  assert.deepEqual(hooks.map((h) => h.params.MessageStatus).sort(), ['delivered', 'queued', 'sent']);
  const url = statusCallback.split('#')[0];
  for (const hook of hooks) {
    const signature = hook.headers['x-twilio-signature'];
    assert.equal(twilio.validateRequest(sandbox.account.auth_token, signature, url, hook.params), true);
    assert.equal(twilio.validateRequest('another', signature, url, hook.params), false);
    assert.equal(hook.params.SmsSid, created.sid);
    assert.equal(hook.params.AccountSid, sandbox.account.sid);
    assert.equal(hook.params.ApiVersion, '2010-04-01');
    assert.equal(hook.headers['user-agent'], 'TwilioProxy/1.1');
    assert.ok(hook.headers['i-twilio-idempotency-token'].length > 20);
  }
});

test('a forged callback is not signed with the account\'s token', LONG, async () => {
  await sandbox.control('POST', '/faults', { callback_forged_per_million: 1000000 });
  const created = await client.messages.create({
    to: '+14155550100', from: '+14155551000', body: 'x', statusCallback: `${receiver.base}/forged`,
  });
  const hooks = await receiver.wait(4, (h) => h.params.MessageSid === created.sid);
  await sandbox.control('DELETE', '/faults');
  const valid = hooks.filter((h) => twilio.validateRequest(
    sandbox.account.auth_token, h.headers['x-twilio-signature'], h.url, h.params));
  assert.deepEqual(valid.map((h) => h.params.MessageStatus).sort(), ['delivered', 'sent']);
});

test('an inbound text is signed, and its TwiML answer goes out as a reply', LONG, async () => {
  const { service, numbers } = await serviceWithNumbers(1, { inboundRequestUrl: `${receiver.base}/inbound` });
  receiver.answer = (request, response) => {
    const answer = new twilio.twiml.MessagingResponse();
    answer.message('Thanks & bye <3');
    response.writeHead(200, { 'Content-Type': 'text/xml' }).end(answer.toString());
  };
  await sandbox.control('POST', '/inbound', { from: '+14155550177', to: numbers[0].phone_number, body: 'Hé llo' });
  const [hook] = await receiver.wait(1, (h) => h.params.Body === 'Hé llo');
  receiver.answer = (request, response) => response.writeHead(204).end();
  assert.equal(hook.params.MessagingServiceSid, service.sid);
  assert.equal(hook.params.SmsStatus, 'received');
  assert.equal(hook.params.NumMedia, '0');
  assert.equal(twilio.validateRequest(sandbox.account.auth_token, hook.headers['x-twilio-signature'], hook.url, hook.params), true);
  const inbound = await client.messages(hook.params.MessageSid).fetch();
  assert.equal(inbound.direction, 'inbound');
  assert.equal(inbound.status, 'received');
  const [reply] = await eventually(async () => {
    const found = await client.messages.list({ to: '+14155550177' });
    return found.length > 0 && found;
  });
  assert.equal(reply.body, 'Thanks & bye <3');
  assert.equal(reply.direction, 'outbound-reply');
});

test('STOP blocks: at once from a number, later through a service', LONG, async () => {
  const { service, numbers } = await serviceWithNumbers(1, { inboundRequestUrl: `${receiver.base}/stop` });
  const person = '+14155550178';
  await sandbox.control('POST', '/inbound', { from: person, to: '+14155551001', body: ' stop ' });
  await refusedWith(21610, 400, client.messages.create({ to: person, from: '+14155551001', body: 'x' }));
  assert.equal((await client.messages.create({ to: person, from: '+14155551000', body: 'x' })).status, 'queued');
  await sandbox.control('POST', '/inbound', { from: person, to: numbers[0].phone_number, body: 'STOP' });
  const later = await client.messages.create({ to: person, messagingServiceSid: service.sid, body: 'x' });
  assert.equal(later.status, 'accepted');
  const failed = await final(later.sid);
  assert.equal(failed.status, 'failed');
  assert.equal(failed.errorCode, 21610);
  await sandbox.control('POST', '/inbound', { from: person, to: numbers[0].phone_number, body: 'Start' });
  const again = await client.messages.create({ to: person, messagingServiceSid: service.sid, body: 'x' });
  assert.equal((await final(again.sid)).status, 'delivered');
  const confirmations = (await client.messages.list({ to: person })).filter((m) => m.direction === 'outbound-reply');
  assert.equal(confirmations.length, 3);
});

test('a handset that answers, answers', LONG, async () => {
  const person = '+14155550179';
  await sandbox.control('POST', '/handsets', { number: person, reply: 'Who is this?', reply_ms: 10 });
  await client.messages.create({ to: person, from: '+14155551000', body: 'x' });
  const [text] = await eventually(async () => {
    const found = await client.messages.list({ from: person });
    return found.length > 0 && found;
  });
  assert.equal(text.body, 'Who is this?');
  assert.equal(text.direction, 'inbound');
});

test('webhooks that fail are retried as the fragment says, and end in an alert', LONG, async () => {
  receiver.answer = (request, response) => response.writeHead(503).end('busy');
  const send = (fragment) => client.messages.create({
    to: '+14155559000', from: '+14155551000', body: 'x', statusCallback: `${receiver.base}/fails${fragment}`,
  });
  const once = await send('');
  const thrice = await send('#rc=2&rp=5xx');
  const hooks = await receiver.wait(3, (h) => h.params.MessageSid === thrice.sid);
  assert.equal(new Set(hooks.map((h) => h.headers['i-twilio-idempotency-token'])).size, 1);
  const alert = await eventually(async () =>
    (await client.monitor.v1.alerts.list()).find((a) => a.resourceSid === thrice.sid));
  receiver.answer = (request, response) => response.writeHead(204).end();
  assert.equal(alert.errorCode, '11200');
  const detail = await client.monitor.v1.alerts(alert.sid).fetch();
  assert.equal(detail.responseBody, 'busy');
  assert.match(detail.requestVariables, /MessageStatus=sent/);
  assert.equal(receiver.requests.filter((h) => h.params.MessageSid === once.sid).length, 1);
});

test('auth tokens rotate; signatures follow the primary', LONG, async () => {
  const sub = await client.api.v2010.accounts.create({ friendlyName: 'Rotates' });
  let own = sandbox.client(sub.sid, sub.authToken);
  const { secondaryAuthToken } = await own.accounts.v1.secondaryAuthToken().create();
  assert.ok(await sandbox.client(sub.sid, secondaryAuthToken).messages.list());
  await own.accounts.v1.authTokenPromotion().update();
  await refusedWith(20003, 401, own.messages.list());
  own = sandbox.client(sub.sid, secondaryAuthToken);
  const number = await own.incomingPhoneNumbers.create({ areaCode: '404' });
  const sent = await own.messages.create({
    to: '+14155550100', from: number.phoneNumber, body: 'x', statusCallback: `${receiver.base}/rotated`,
  });
  const [hook] = await receiver.wait(1, (h) => h.params.MessageSid === sent.sid);
  assert.equal(twilio.validateRequest(secondaryAuthToken, hook.headers['x-twilio-signature'], hook.url, hook.params), true);
});

// One POST with Node's own client: { status, body, headers }, of an answer that broke off with its error, or { error }.
function post(to, more = {}) {
  const form = new URLSearchParams({ To: to, From: '+14155551000', Body: 'x', ...more }).toString();
  const { sid, auth_token: token } = sandbox.account;
  return new Promise((resolve) => {
    let got = {};
    const broken = (error) => resolve({ ...got, error: error.code }); // whichever of the two tells a reset first
    const request = http.request(`${sandbox.base}/2010-04-01/Accounts/${sid}/Messages.json`, {
      method: 'POST', auth: `${sid}:${token}`, agent: false,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(form) },
    }, (response) => {
      got = { status: response.statusCode, headers: response.headers, body: '' };
      response.on('data', (chunk) => { got.body += chunk; });
      response.on('end', () => resolve(got));
      response.on('error', broken);
    });
    request.on('error', broken);
    request.end(form);
  });
}

test('faults strike on request, and the ledger knows what was committed', LONG, async () => {
  const cases = [
    ['error_before', { status: 503 }, false, (r) => r.status === 503 && JSON.parse(r.body).code === 20503],
    ['error_after', { status: 500 }, true, (r) => r.status === 500 && JSON.parse(r.body).code === 20500],
    ['error_after', { status: 502 }, true, (r) => r.status === 502 && r.headers['content-type'] === 'text/html'],
    ['throttle', { retry_after_s: 2 }, false, (r) => r.status === 429 && r.headers['retry-after'] === '2'],
    ['throttle', {}, false, (r) => r.status === 429 && r.headers['retry-after'] === undefined],
    ['close_before', {}, false, (r) => r.error === 'ECONNRESET'],
    ['close_after', {}, true, (r) => r.error === 'ECONNRESET'],
    ['reset_after', {}, true, (r) => r.error === 'ECONNRESET'],
    ['reset_mid', {}, true, (r) => r.error === 'ECONNRESET' && r.status === 201],
    ['hang_before', { delay_ms: 100 }, false, (r) => r.error === 'ECONNRESET'],
    ['hang_after', { delay_ms: 100 }, true, (r) => r.error === 'ECONNRESET'],
    ['latency', { delay_ms: 100 }, true, (r) => r.status === 201 && JSON.parse(r.body).sid.startsWith('SM')],
    ['drip', { delay_ms: 100 }, true, (r) => r.status === 201 && JSON.parse(r.body).sid.startsWith('SM')],
    ['truncated', {}, true, (r) => r.status === 201 && r.body.startsWith('{"') && !r.body.endsWith('}')],
    ['not_json', {}, true, (r) => r.status === 201 && r.body.startsWith('<html>')],
    ['edge_4xx', { status: 404 }, false, (r) => r.status === 404 && r.body.startsWith('<html>')],
    ['redirect', {}, false, (r) => r.status === 307 && r.headers.location.includes('/Messages.json')],
  ];
  for (const [index, [fault, options, committed, fits]] of cases.entries()) {
    const to = `+141555502${String(index).padStart(2, '0')}`;
    await sandbox.control('POST', '/faults/next', { fault, to, on: ['create'], ...options });
    const answer = await post(to);
    assert.ok(fits(answer), `${fault}: ${JSON.stringify(answer)}`);
    const found = await client.messages.list({ to });
    assert.equal(found.length, committed ? 1 : 0, fault);
    const { entries } = await sandbox.control('GET', '/ledger?limit=10000');
    const mine = entries.filter((entry) => entry.to === to);
    assert.equal(mine.length, 1);
    assert.equal(mine[0].fault, fault);
    assert.equal(mine[0].sid, committed ? found[0].sid : null);
  }
});

test('an idle connection is closed when the plan says so', LONG, async () => {
  await sandbox.control('POST', '/faults', { idle_close_ms: 1000 });
  const socket = net.connect(Number(new URL(sandbox.base).port), '127.0.0.1');
  socket.write('GET /2010-04-01/Accounts.json HTTP/1.1\r\nHost: api.twilio.com\r\n\r\n');
  const [answer] = await once(socket, 'data');
  assert.match(answer.toString(), /^HTTP\/1\.1 401/);
  socket.resume();
  await once(socket, 'close');
  await sandbox.control('DELETE', '/faults');
});

test('settings: registration may be enforced, and requests in flight limited', LONG, async () => {
  await sandbox.control('POST', '/settings', { a2p_enforced: true });
  const sent = await client.messages.create({ to: '+14155550100', from: '+14155551000', body: 'x' });
  assert.equal((await final(sent.sid)).errorCode, 30034);
  await sandbox.control('POST', '/settings', { a2p_enforced: false, concurrency_max: 1 });
  await sandbox.control('POST', '/faults/next', { fault: 'latency', delay_ms: 60000, to: '+14155550299' });
  const struck = async () => (await sandbox.control('GET', '/stats')).faults.latency ?? 0;
  const before = await struck();
  const slow = post('+14155550299');
  await eventually(async () => (await struck()) > before);
  const refused = await post('+14155550298');
  assert.equal(refused.status, 429);
  assert.equal(JSON.parse(refused.body).code, 20429);
  assert.equal(refused.headers['twilio-concurrent-requests'], '2');
  await sandbox.control('POST', '/clock', { advance_ms: 60000 });
  assert.equal((await slow).status, 201);
  await sandbox.control('POST', '/settings', { concurrency_max: 0 });
  await assert.rejects(sandbox.control('POST', '/settings', { a2p_enforced: 1 }), /wrong type/);
});

test('a late commit shows only after its answer was given up', LONG, async () => {
  const to = '+14155550230';
  await sandbox.control('POST', '/faults/next', { fault: 'late_commit', to, delay_ms: 300 });
  const answer = post(to);
  assert.equal((await eventually(async () => (await sandbox.control('GET', '/ledger?limit=10000')).entries
    .filter((e) => e.to === to).length === 1 && 'received')), 'received');
  assert.equal((await answer).error, 'ECONNRESET');
  await eventually(async () => (await client.messages.list({ to })).length === 1);
});

test('the oracle finds duplicates, sends after STOP, and windows that are too full', LONG, async () => {
  const from = (await sandbox.control('GET', '/ledger')).count + 1;
  const send = (m, to) => post(to, { StatusCallback: `${receiver.base}/hooks/status/${m}/1?m=${m}` });
  await send(1, '+14155550301');
  await send(2, '+14155550302');
  const clean = await sandbox.control('POST', '/oracle', { id_param: 'm', from_seq: from });
  assert.deepEqual([clean.committed, clean.identified, clean.duplicates, clean.after_stop], [2, 2, 0, 0]);
  await send(2, '+14155550302');
  assert.equal((await sandbox.control('POST', '/oracle', { id_param: 'm', from_seq: from })).duplicates, 1);
  assert.equal((await sandbox.control('POST', '/oracle', { id_param: '/status/', from_seq: from })).duplicates, 1);
  const { ids } = await sandbox.control('GET', '/ids?param=m');
  assert.deepEqual(ids.filter(([id]) => id === '1' || id === '2').sort(), [['1', 1], ['2', 2]]);
  const limits = [{ scope: 'sender', only: '+14155551000', window_ms: 3600000, most: 2 }];
  const full = await sandbox.control('POST', '/oracle', { limits, from_seq: from });
  assert.equal(full.over_limit, 1);
  assert.deepEqual(full.fullest, [3]);
  const { service } = await serviceWithNumbers(1);
  await sandbox.control('POST', '/numbers', { service: service.sid, numbers: ['24680'] });
  await post('+14155550304', { From: '24680' });
  const one = (only) => sandbox.control('POST', '/oracle', { limits: [{ ...limits[0], only }], from_seq: from });
  assert.deepEqual((await one('24680')).fullest, [1]);
  await assert.rejects(one('+24680'), /no sender \+24680/);
  await assert.rejects(one('+14155559876'), /no sender \+14155559876/);

  const { numbers } = await serviceWithNumbers(1, { inboundRequestUrl: `${receiver.base}/oracle-stop` });
  await sandbox.control('POST', '/inbound', { from: '+14155550303', to: numbers[0].phone_number, body: 'STOP' });
  await receiver.wait(1, (h) => h.url.endsWith('/oracle-stop'));
  await eventually(async () => (await sandbox.control('GET', '/stats')).webhooks_out === 0);
  await eventually(async () => {
    await send(9, '+14155550303');
    return (await sandbox.control('POST', '/oracle', { from_seq: from })).after_stop > 0;
  });
});

test('the clock is set and advanced, for the dates, the Date header and what waits', LONG, async () => {
  await sandbox.control('POST', '/clock', { set: '2027-03-01T10:00:00Z' });
  const created = await client.messages.create({ to: '+14155550100', from: '+14155551000', body: 'x' });
  assert.equal(created.dateCreated.toISOString().slice(0, 15), '2027-03-01T10:0');
  const { headers } = await post('+14155550100');
  assert.match(headers.date, /^Mon, 01 Mar 2027 10:0\d:\d\d GMT$/);
  const { service } = await serviceWithNumbers(1);
  const scheduled = await client.messages.create({
    to: '+14155550100', messagingServiceSid: service.sid, body: 'x', scheduleType: 'fixed',
    sendAt: new Date('2027-03-02T10:00:00Z'),
  });
  await sandbox.control('POST', '/clock', { advance_ms: 86400000 + 60000 });
  const message = await final(scheduled.sid);
  assert.equal(message.status, 'delivered');
  assert.equal(message.dateSent.toISOString().slice(0, 13), '2027-03-02T10');
});

test('the control face refuses what it does not know, by name', LONG, async () => {
  await assert.rejects(sandbox.control('POST', '/faults', { latncy_ms_min: 1 }), /unknown member "latncy_ms_min"/);
  await assert.rejects(sandbox.control('POST', '/faults/next', { fault: 'meteor' }), /no fault "meteor"/);
  await assert.rejects(sandbox.control('POST', '/inbound', { from: '+14155550100', to: '+19995550000', body: 'x' }), /not taken/);
  await assert.rejects(sandbox.control('POST', '/clock', { set: 'tomorrow' }), /set is a moment/);
});
