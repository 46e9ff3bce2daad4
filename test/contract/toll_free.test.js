'use strict';
// Toll-free verifications of the sandbox (reference 13), by the official SDK, judged by Twilio's OpenAPI files.

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const { startSandbox, eventually } = require('./sandbox_harness');
const { judge, until } = require('./registration_harness');

const LONG = { timeout: 30000 };
const FACTS = {
  businessName: 'Acme Dental LLC', businessWebsite: 'https://acme-dental.example', notificationEmail: 'isv@example.com',
  useCaseCategories: ['ACCOUNT_NOTIFICATIONS', 'CUSTOMER_CARE'], useCaseSummary: 'Appointment reminders.',
  productionMessageSample: 'Acme Dental: your visit is tomorrow at 10.', optInImageUrls: ['https://acme-dental.example/o.png'],
  optInType: 'WEB_FORM', messageVolume: '1,000', businessType: 'PRIVATE_PROFIT', businessRegistrationNumber: '12-3456789',
  businessRegistrationAuthority: 'EIN', businessRegistrationCountry: 'US',
};
let sandbox;
let client;

before(async () => {
  sandbox = await startSandbox('23', 'steady');
  client = sandbox.client();
  const quick = { pending_ms_min: 0, pending_ms_max: 20, review_ms_min: 0, review_ms_max: 20 };
  await sandbox.control('POST', '/reviews', { all: quick });
  await sandbox.control('POST', '/settings', { toll_free_enforced: true });
});
after(() => sandbox.stop());

async function refusedWith(code, status, promise) {
  await assert.rejects(promise, (error) => {
    assert.deepEqual([error.code, error.status], [code, status]);
    return true;
  });
}

const verifications = () => client.messaging.v1.tollfreeVerifications;
let taken = 0;
async function number() {
  const [found] = (await sandbox.control('POST', '/numbers', { numbers: [`+1833555${1000 + (taken += 1)}`] })).numbers;
  return found;
}

async function send(from) {
  const { sid } = await client.messages.create({ to: '+14155550100', from, body: 'Hello' });
  return eventually(async () => {
    const now = await client.messages(sid).fetch();
    return ['delivered', 'undelivered', 'failed'].includes(now.status) && now;
  });
}

test('a number sends once it is verified, and no more when the verification is gone', LONG, async () => {
  const n = await number();
  assert.equal((await send(n.phone_number)).errorCode, 30032);
  const made = await verifications().create({ ...FACTS, tollfreePhoneNumberSid: n.sid });
  assert.deepEqual([made.status, made.editAllowed, made.tollfreePhoneNumber], ['PENDING_REVIEW', null, n.phone_number]);
  await refusedWith(20409, 409, verifications().create({ ...FACTS, tollfreePhoneNumberSid: n.sid }));
  await until(verifications()(made.sid), 'status', 'TWILIO_APPROVED');
  assert.equal((await send(n.phone_number)).status, 'delivered');
  assert.equal((await verifications().list({ tollfreePhoneNumberSid: n.sid, status: 'TWILIO_APPROVED' })).length, 1);
  await verifications()(made.sid).remove();
  assert.equal((await send(n.phone_number)).errorCode, 30032);
  const names = judge(sandbox);
  for (const name of ['CreateTollfreeVerification', 'FetchTollfreeVerification', 'ListTollfreeVerification']) {
    assert.ok(names.includes(name), name);
  }
});

test('a rejection is edited while the window is open', LONG, async () => {
  const n = await number();
  const made = await verifications().create({ ...FACTS, businessName: 'REJECT-30446 LLC', tollfreePhoneNumberSid: n.sid });
  const rejected = await until(verifications()(made.sid), 'status', 'TWILIO_REJECTED');
  assert.deepEqual([rejected.errorCode, rejected.editAllowed, rejected.rejectionReasons[0].code], [30446, true, 30446]);
  assert.ok(rejected.editExpiration instanceof Date);
  const edited = await verifications()(made.sid).update({ businessName: 'Acme Dental LLC', editReason: 'name' });
  assert.deepEqual([edited.status, edited.errorCode], ['PENDING_REVIEW', null]);
  await until(verifications()(made.sid), 'status', 'TWILIO_APPROVED');
  await refusedWith(20001, 400, verifications()(made.sid).update({ businessName: 'x' }));
  const late = await number();
  const second = await verifications().create({ ...FACTS, businessName: 'REJECT-30446 LLC', tollfreePhoneNumberSid: late.sid });
  await until(verifications()(second.sid), 'status', 'TWILIO_REJECTED');
  await sandbox.control('POST', '/clock', { advance_ms: 8 * 86400000, set: new Date(Date.now() + 8 * 86400000).toISOString() });
  await refusedWith(30437, 400, verifications()(second.sid).update({ businessName: 'x' }));
  judge(sandbox);
});

test('what the contract has not is refused', LONG, async () => {
  const n = await number();
  const facts = { ...FACTS, tollfreePhoneNumberSid: n.sid };
  await refusedWith(20001, 400, verifications().create({ ...facts, messageVolume: '7' }));
  await refusedWith(20001, 400, verifications().create({ ...facts, useCaseCategories: ['FUN'] }));
  await refusedWith(20001, 400, verifications().create({ ...facts, businessRegistrationNumber: '' }));
  await refusedWith(20001, 400, verifications().create({ ...facts, optInType: 'TELEPATHY' }));
  await refusedWith(30436, 400, verifications().create({ ...facts, tollfreePhoneNumberSid: `PN${'0'.repeat(32)}` }));
  judge(sandbox);
});
