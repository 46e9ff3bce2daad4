'use strict';
// Lookup and Verify of the sandbox, driven by Twilio's SDK; every answer judged by Twilio's OpenAPI files.

const assert = require('node:assert/strict');
const { test, before, after, afterEach } = require('node:test');
const { startSandbox } = require('./sandbox_harness');
const { checkAnswer } = require('./openapi');

const LONG = { timeout: 30000 };
const TO = '+12125550100';
let sandbox;
let client;

before(async () => {
  sandbox = await startSandbox('21', 'steady');
  client = sandbox.client();
});
after(() => sandbox.stop());

// Refusals have Twilio's error body, which the files do not describe.
const judged = new Set();
afterEach(() => {
  for (const { method, uri, status, body } of sandbox.httpClient.seen.splice(0)) {
    if (status < 400) judged.add(checkAnswer(method, uri.replace(`${sandbox.base}/`, 'https://'), status, body));
  }
});

async function refusedWith(code, status, promise) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.code, code);
    assert.equal(error.status, status);
    return true;
  });
}

const lookup = (number, fields, more) => client.lookups.v2.phoneNumbers(number).fetch({ fields, ...more });
const lineType = async (number) => (await lookup(number, 'line_type_intelligence')).lineTypeIntelligence;
const usage = async (sid) => (await sandbox.control('GET', '/lookups')).accounts.find((a) => a.account === sid);

test('a number is formatted and validated for nothing', LONG, async () => {
  const found = await lookup('+12125550100');
  assert.equal(found.valid, true);
  assert.equal(found.phoneNumber, '+12125550100');
  assert.equal(found.nationalFormat, '(212) 555-0100');
  assert.equal(found.countryCode, 'US');
  assert.equal(found.lineTypeIntelligence, null);
  assert.deepEqual((await usage(sandbox.account.sid)).packages, {});
  assert.equal((await lookup('(212) 555-0100', undefined, { countryCode: 'US' })).phoneNumber, '+12125550100');
});

test('an impossible number is an answer, a malformed one is not found', LONG, async () => {
  const short = await lookup('+1212555', 'line_type_intelligence');
  assert.equal(short.valid, false);
  assert.deepEqual(short.validationErrors, ['TOO_SHORT']);
  assert.equal(short.lineTypeIntelligence, null);
  assert.deepEqual((await lookup('+121255501001')).validationErrors, ['TOO_LONG']);
  assert.deepEqual((await lookup('+10005550100')).validationErrors, ['INVALID_BUT_POSSIBLE']);
  assert.deepEqual((await lookup('+12125559111')).validationErrors, ['INVALID_BUT_POSSIBLE']);
  await refusedWith(20404, 404, lookup('hello'));
  await refusedWith(60618, 400, lookup(TO, 'shoe_size'));
});

test('lines are what the handsets are', LONG, async () => {
  assert.deepEqual({ ...(await lineType('+12125550145')) }, {
    mobileCountryCode: '310', mobileNetworkCode: '410', carrierName: 'AT&T Wireless', type: 'mobile',
    errorCode: null,
  });
  assert.equal((await lineType('+12125559006')).type, 'landline');
  assert.equal((await lineType('+12125559135')).type, 'landline');
  assert.equal((await lineType('+12125559402')).type, 'fixedVoip');
  assert.equal((await lineType('+18005550100')).type, 'tollFree');
  await sandbox.control('POST', '/handsets', { number: '+12125550177', line_type: 'landline', carrier: 'verizon' });
  assert.equal((await lineType('+12125550177')).type, 'landline');
  await sandbox.control('POST', '/numbers', { numbers: ['+14155551000'] });
  assert.equal((await lineType('+14155551000')).carrierName, 'Twilio - SMS/MMS-SVR');
  const status = await lookup('+12125559005', 'line_status,line_type_intelligence');
  assert.equal(status.lineStatus.status, 'inactive');
  for (const to of ['+12125550177', '+12125559401']) {
    const { sid } = await client.messages.create({ to, from: '+14155551000', body: 'x' });
    await sandbox.control('POST', '/clock', { advance_ms: 60000 });
    assert.equal((await client.messages(sid).fetch()).errorCode, 30006);
  }
});

test('a package that fails says so inside', LONG, async () => {
  assert.equal((await lineType('+12125559608')).errorCode, 60608);
  assert.equal((await lineType('+12125559608')).type, null);
  assert.equal((await lineType('+14165550100')).errorCode, 60601);
  await sandbox.control('POST', '/settings', { lookup_canada: true });
  assert.equal((await lineType('+14165550100')).errorCode, null);
});

test('a number that changed hands is told by the date one asks about', LONG, async () => {
  const ask = async (number, lastVerifiedDate) =>
    (await lookup(number, 'reassigned_number', { lastVerifiedDate })).reassignedNumber;
  await sandbox.control('POST', '/handsets', { number: '+12125550178', reassigned_on: '2026-05-01' });
  assert.equal((await ask('+12125550178', '20260401')).isNumberReassigned, 'yes');
  assert.equal((await ask('+12125550178', '20260601')).isNumberReassigned, 'no');
  assert.equal((await ask('+12125559501', '20260601')).isNumberReassigned, 'no_data_available');
  assert.equal((await ask('+12125550178')).errorCode, '60617');
  assert.equal((await lookup(TO, 'sms_pumping_risk,caller_name')).smsPumpingRisk.smsPumpingRiskScore, 0);
});

test('a hundred lookups a second, counted by account', LONG, async () => {
  const tenant = await client.api.v2010.accounts.create({ friendlyName: 'Tenant' });
  const own = sandbox.client(tenant.sid, tenant.authToken).lookups.v2.phoneNumbers(TO);
  await sandbox.control('POST', '/settings', { lookup_per_s_max: 1 });
  const asked = await Promise.allSettled(Array.from({ length: 20 }, () => own.fetch({ fields: 'line_type_intelligence' })));
  await sandbox.control('POST', '/settings', { lookup_per_s_max: 100 });
  const refused = asked.filter((a) => a.status === 'rejected');
  assert.ok(refused.length > 0);
  for (const { reason } of refused) assert.deepEqual([reason.code, reason.status], [60616, 429]);
  const use = await usage(tenant.sid);
  assert.deepEqual([use.requests, use.throttled], [20, refused.length]);
  assert.equal(use.packages.line_type_intelligence, 20 - refused.length);
});

const codeOf = async (to) =>
  (await sandbox.control('GET', `/codes?to=${encodeURIComponent(to)}`)).codes[0].code;
let services = 0;
async function verifyService(settings) {
  services += 1;
  const made = await client.verify.v2.services.create({ friendlyName: `Shop ${services}`, ...settings });
  return client.verify.v2.services(made.sid);
}

test('services of Verify are made, changed, listed and removed', LONG, async () => {
  const service = await verifyService({ codeLength: 4 });
  assert.equal((await service.update({ lookupEnabled: true, skipSmsToLandlines: true })).skipSmsToLandlines, true);
  assert.equal((await service.fetch()).codeLength, 4);
  assert.ok((await client.verify.v2.services.list({ pageSize: 1 })).some((s) => s.codeLength === 4));
  await refusedWith(60200, 400, client.verify.v2.services.create({ friendlyName: 'Call 12345' }));
  await refusedWith(60200, 400, client.verify.v2.services.create({ friendlyName: 'x'.repeat(33) }));
  await refusedWith(60200, 400, service.update({ codeLength: 3 }));
  await refusedWith(60205, 403, service.verifications.create({ to: '+12125559401', channel: 'sms' }));
  await service.remove();
  await refusedWith(20404, 404, service.fetch());
});

test('a code is sent, wrong is an answer, right approves once', LONG, async () => {
  const service = await verifyService();
  const started = await service.verifications.create({ to: TO, channel: 'sms' });
  assert.match(started.sid, /^VE[0-9a-f]{32}$/);
  assert.deepEqual([started.status, started.valid, started.sendCodeAttempts.length], ['pending', false, 1]);
  const code = await codeOf(TO);
  assert.match(code, /^\d{6}$/);
  const wrong = await service.verificationChecks.create({ to: TO, code: code === '000000' ? '1111' : '000000' });
  assert.deepEqual([wrong.status, wrong.valid], ['pending', false]);
  const again = await service.verifications.create({ to: TO, channel: 'call' });
  assert.equal(again.sid, started.sid);
  assert.equal(await codeOf(TO), code);
  assert.equal((await service.verifications(TO).fetch()).sendCodeAttempts.length, 2);
  const right = await service.verificationChecks.create({ verificationSid: started.sid, code });
  assert.deepEqual([right.status, right.valid], ['approved', true]);
  await refusedWith(20404, 404, service.verificationChecks.create({ to: TO, code }));
  await refusedWith(20404, 404, service.verifications(started.sid).fetch());
  const attempts = await client.verify.v2.verificationAttempts.list({ verificationSid: started.sid });
  assert.deepEqual(attempts.map((a) => [a.conversionStatus, a.channel]), [['converted', 'call'], ['converted', 'sms']]);
  await client.verify.v2.verificationAttempts(attempts[0].sid).fetch();
});

test('five sendings, five checks, ten minutes', LONG, async () => {
  const service = await verifyService();
  const start = (to) => service.verifications.create({ to, channel: 'sms' });
  for (let i = 0; i < 5; i += 1) await start('+12125550111');
  await refusedWith(60203, 429, start('+12125550111'));
  await start('+12125550112');
  const check = () => service.verificationChecks.create({ to: '+12125550112', code: 'none' });
  for (let i = 0; i < 4; i += 1) assert.equal((await check()).status, 'pending');
  assert.equal((await check()).status, 'max_attempts_reached');
  await refusedWith(60202, 429, check());
  const first = await start('+12125550113');
  await sandbox.control('POST', '/clock', { advance_ms: 600000 });
  await refusedWith(20404, 404, service.verifications(first.sid).fetch());
  await refusedWith(20404, 404, check());
  assert.notEqual((await start('+12125550113')).sid, first.sid);
  const canceled = await service.verifications('+12125550113').update({ status: 'canceled' });
  assert.equal(canceled.status, 'canceled');
});

test('ten starts a second of a service, and refusals by magic number', LONG, async () => {
  const service = await verifyService();
  await sandbox.control('POST', '/settings', { verify_per_s_max: 1 });
  const asked = await Promise.allSettled(Array.from({ length: 12 }, (_, i) =>
    service.verifications.create({ to: `+121255502${i + 10}`, channel: 'sms' })));
  await sandbox.control('POST', '/settings', { verify_per_s_max: 10 });
  const refused = asked.filter((a) => a.status === 'rejected');
  assert.ok(refused.length > 0);
  for (const { reason } of refused) assert.deepEqual([reason.code, reason.status], [60207, 429]);
  const other = await verifyService();
  await refusedWith(60410, 403, other.verifications.create({ to: '+12125559710', channel: 'sms' }));
  await refusedWith(60238, 403, other.verifications.create({ to: '+12125559738', channel: 'sms' }));
  await refusedWith(60200, 400, other.verifications.create({ to: '12', channel: 'sms' }));
  await refusedWith(60223, 400, other.verifications.create({ to: TO, channel: 'email' }));
});

test('an account sees its own services only', LONG, async () => {
  const service = await client.verify.v2.services.create({ friendlyName: 'Mine' });
  const tenant = await client.api.v2010.accounts.create({ friendlyName: 'Tenant' });
  const own = sandbox.client(tenant.sid, tenant.authToken);
  await refusedWith(20404, 404, own.verify.v2.services(service.sid).fetch());
  assert.equal((await own.verify.v2.services.list()).length, 0);
  assert.equal((await own.verify.v2.verificationAttempts.list()).length, 0);
});

test('every operation was judged', LONG, () => {
  for (const name of ['FetchPhoneNumber', 'CreateService', 'ListService', 'UpdateService', 'CreateVerification',
    'FetchVerification', 'UpdateVerification', 'CreateVerificationCheck', 'ListVerificationAttempt',
    'FetchVerificationAttempt']) assert.ok(judged.has(name), name);
});
