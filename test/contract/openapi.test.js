'use strict';
// Every answer of the sandbox against Twilio's OpenAPI files: status, shape, names, formats, nothing more.

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const { startSandbox, eventually } = require('./sandbox_harness');
const { checkAnswer } = require('./openapi');

const LONG = { timeout: 30000 };
let sandbox;
let client;

before(async () => {
  sandbox = await startSandbox('12', 'steady');
  client = sandbox.client();
  await sandbox.control('POST', '/numbers', { numbers: ['+14155551000', '72345'] });
});
after(() => sandbox.stop());

// Judges every answer since the last call; returns the operations they were.
function judge() {
  const seen = sandbox.httpClient.seen.splice(0);
  return seen.map(({ method, uri, status, body }) =>
    checkAnswer(method, uri.replace(`${sandbox.base}/`, 'https://'), status, body));
}

test('a message\'s answers, from creation to deletion', LONG, async () => {
  const created = await client.messages.create({ to: '+14155550100', from: '+14155551000', body: 'Hello' });
  await eventually(async () => (await client.messages(created.sid).fetch()).status === 'delivered');
  await client.messages(created.sid).media.list();
  await client.messages.create({ to: '+14155559003', from: '+14155551000', body: 'fails' });
  await client.messages.list({ pageSize: 1, limit: 2 });
  await client.messages(created.sid).feedback.create({ outcome: 'confirmed' });
  await client.messages(created.sid).update({ body: '' });
  await client.messages(created.sid).remove();
  const names = judge();
  for (const name of ['CreateMessage', 'FetchMessage', 'ListMessage', 'UpdateMessage', 'DeleteMessage', 'ListMedia']) {
    assert.ok(names.includes(name), name);
  }
});

test('a failed message and an inbound one', LONG, async () => {
  const failed = await client.messages.create({ to: '+14155559034', from: '+14155551000', body: 'x' });
  await eventually(async () => (await client.messages(failed.sid).fetch()).status === 'failed');
  await sandbox.control('POST', '/inbound', { from: '+14155550100', to: '+14155551000', body: 'Hi' });
  await client.messages.list({ to: '+14155551000' });
  assert.ok(judge().includes('ListMessage'));
});

test('accounts and tokens', LONG, async () => {
  const sub = await client.api.v2010.accounts.create({ friendlyName: 'Tenant' });
  await client.api.v2010.accounts(sub.sid).update({ friendlyName: 'Renamed' });
  await client.api.v2010.accounts(sub.sid).fetch();
  await client.api.v2010.accounts.list({ pageSize: 1 });
  const own = sandbox.client(sub.sid, sub.authToken);
  await own.accounts.v1.secondaryAuthToken().create();
  await own.accounts.v1.authTokenPromotion().update();
  assert.deepEqual(new Set(judge()), new Set(['CreateAccount', 'UpdateAccount', 'FetchAccount', 'ListAccount',
    'CreateSecondaryAuthToken', 'UpdateAuthTokenPromotion']));
});

test('numbers and short codes', LONG, async () => {
  await client.availablePhoneNumbers.list();
  await client.availablePhoneNumbers('US').fetch();
  await client.availablePhoneNumbers('US').local.list({ areaCode: 415, limit: 2 });
  await client.availablePhoneNumbers('US').tollFree.list({ limit: 2 });
  const number = await client.incomingPhoneNumbers.create({ areaCode: '415', smsUrl: 'https://example.com/sms' });
  await client.incomingPhoneNumbers(number.sid).update({ friendlyName: 'x' });
  await client.incomingPhoneNumbers(number.sid).fetch();
  await client.incomingPhoneNumbers.list({ pageSize: 1 });
  await client.incomingPhoneNumbers.local.list();
  const [code] = await client.shortCodes.list();
  await client.shortCodes(code.sid).fetch();
  await client.shortCodes(code.sid).update({ smsUrl: 'https://example.com/sms' });
  await client.incomingPhoneNumbers(number.sid).remove();
  assert.ok(new Set(judge()).size >= 12);
});

test('services and their pools', LONG, async () => {
  const service = await client.messaging.v1.services.create({ friendlyName: 'Pool', fallbackUrl: 'https://example.com/f' });
  const number = await client.incomingPhoneNumbers.create({ areaCode: '212' });
  const pool = client.messaging.v1.services(service.sid);
  const [code] = await client.shortCodes.list();
  await pool.update({ stickySender: false });
  await pool.fetch();
  await client.messaging.v1.services.list({ pageSize: 1 });
  await pool.phoneNumbers.create({ phoneNumberSid: number.sid });
  await pool.phoneNumbers(number.sid).fetch();
  await pool.phoneNumbers.list();
  await pool.shortCodes.create({ shortCodeSid: code.sid });
  await pool.shortCodes.list();
  const alpha = await pool.alphaSenders.create({ alphaSender: 'ACME' });
  await pool.alphaSenders(alpha.sid).fetch();
  await pool.alphaSenders.list();
  await client.messages.create({ to: '+14155550100', messagingServiceSid: service.sid, body: 'x' });
  await pool.phoneNumbers(number.sid).remove();
  await pool.alphaSenders(alpha.sid).remove();
  await pool.remove();
  assert.ok(new Set(judge()).size >= 15);
});

test('alerts', LONG, async () => {
  await client.messages.create({
    to: '+14155550100', from: '+14155551000', body: 'x', statusCallback: 'http://127.0.0.1:1/nobody',
  });
  const [alert] = await eventually(async () => {
    const alerts = await client.monitor.v1.alerts.list();
    return alerts.length > 0 && alerts;
  });
  await client.monitor.v1.alerts(alert.sid).fetch();
  assert.ok(judge().includes('FetchAlert'));
});

test('errors have Twilio\'s body', LONG, async () => {
  await assert.rejects(client.messages.create({ to: '+1', from: '+14155551000', body: 'x' }));
  await assert.rejects(client.messages('SMnone').fetch());
  for (const { status, body } of sandbox.httpClient.seen.splice(0)) {
    const error = typeof body === 'string' ? JSON.parse(body) : body;
    assert.deepEqual(Object.keys(error).sort(), ['code', 'message', 'more_info', 'status']);
    assert.equal(error.status, status);
  }
});

test('the judge can say no', LONG, async () => {
  const url = 'https://api.twilio.com/2010-04-01/Accounts/AC0/Messages.json';
  await client.messages.create({ to: '+14155550100', from: '+14155551000', body: 'x' });
  const [{ body }] = sandbox.httpClient.seen.splice(0);
  const good = typeof body === 'string' ? JSON.parse(body) : body;
  checkAnswer('POST', url, 201, good);
  const { price, ...without } = good;
  for (const bad of [without, { ...good, extra: 1 }, { ...good, status: 'lost' }, { ...good, num_segments: 1 },
    { ...good, date_created: '2026-01-01T00:00:00Z' }, { ...good, sid: 'SM1' }]) {
    assert.throws(() => checkAnswer('POST', url, 201, bad));
  }
  assert.throws(() => checkAnswer('POST', url, 200, good), /status 200/);
});
