'use strict';
// Trust Hub, addresses and API keys of the sandbox: the official SDK walks, Twilio's OpenAPI files judge.

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const { startSandbox, startReceiver, twilio } = require('./sandbox_harness');
const { POLICY, BUSINESS, judge, tenant, address, endUser, profile, product, until } = require('./registration_harness');

const LONG = { timeout: 30000 };
let sandbox;
let receiver;

before(async () => {
  sandbox = await startSandbox('21', 'steady');
  receiver = await startReceiver();
  const quick = { pending_ms_min: 0, pending_ms_max: 20, review_ms_min: 0, review_ms_max: 20 };
  await sandbox.control('POST', '/reviews', { all: quick });
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

test('policies and types say what is demanded', LONG, async () => {
  const hub = sandbox.client().trusthub.v1;
  assert.equal((await hub.policies.list()).length, 15);
  const { requirements } = await hub.policies(POLICY.secondary).fetch();
  assert.deepEqual(requirements.end_user.map((e) => e.type), ['customer_profile_business_information',
    'authorized_representative_1', 'authorized_representative_2']);
  assert.equal(requirements.supporting_customer_profiles[0].type, 'primary_customer_profile_type_business');
  const types = await hub.endUserTypes.list();
  await hub.endUserTypes(types[0].sid).fetch();
  const documents = await hub.supportingDocumentTypes.list();
  await hub.supportingDocumentTypes(documents[0].sid).fetch();
  await refusedWith(20404, 404, hub.policies(`RN${'0'.repeat(32)}`).fetch());
  judge(sandbox);
});

test('a profile and a product are assigned, evaluated, submitted and approved', LONG, async () => {
  const t = await tenant(sandbox);
  const p = await profile(t, { statusCallback: `${receiver.base}/trust` });
  assert.equal(p.evaluation.status, 'compliant');
  const submitted = await p.bundle.update({ status: 'pending-review' });
  assert.equal(submitted.status, 'pending-review');
  const d = await product(t, p.sid);
  assert.equal(d.evaluation.status, 'compliant');
  await d.bundle.update({ status: 'pending-review' });
  await until(p.bundle, 'status', 'twilio-approved');
  await until(d.bundle, 'status', 'twilio-approved');
  assert.equal((await t.client.trusthub.v1.supportingDocuments(p.parts[2].sid).fetch()).status, 'approved'.toUpperCase());
  const hooks = await receiver.wait(3, (h) => h.params.BundleSid === p.sid);
  assert.deepEqual(hooks.map((h) => h.params.Status).sort(), ['in-review', 'pending-review', 'twilio-approved']);
  for (const h of hooks) {
    assert.ok(twilio.validateRequest(t.token, h.headers['x-twilio-signature'], h.url, h.params));
  }
  const names = judge(sandbox);
  for (const name of ['CreateCustomerProfile', 'CreateCustomerProfileEntityAssignment', 'CreateAddress', 'CreateEndUser',
    'CreateSupportingDocument', 'CreateCustomerProfileEvaluation', 'UpdateCustomerProfile', 'CreateTrustProduct',
    'CreateTrustProductEntityAssignment', 'CreateTrustProductEvaluation', 'UpdateTrustProduct']) {
    assert.ok(names.includes(name), name);
  }
});

test('an evaluation names what is missing', LONG, async () => {
  const t = await tenant(sandbox);
  const hub = t.client.trusthub.v1;
  const made = await hub.customerProfiles.create({ friendlyName: 'x', email: 'a@b.co', policySid: POLICY.secondary });
  const bundle = hub.customerProfiles(made.sid);
  const evaluate = async () => {
    const e = await bundle.customerProfilesEvaluations.create({ policySid: POLICY.secondary });
    return [e.status, ...e.results.filter((r) => !r.passed).map((r) => r.error_code)];
  };
  assert.deepEqual(await evaluate(), ['noncompliant', 22214, 22214, 22216, 22214]);
  const { website_url: _, ...incomplete } = BUSINESS;
  const part = await endUser(t, 'customer_profile_business_information', incomplete);
  const assignment = await bundle.customerProfilesEntityAssignments.create({ objectSid: part.sid });
  assert.deepEqual(await evaluate(), ['noncompliant', 22215, 22214, 22216, 22214]);
  await hub.endUsers(part.sid).update({ attributes: BUSINESS });
  const document = await hub.supportingDocuments.create({
    friendlyName: 'a', type: 'customer_profile_address', attributes: { address_sids: `AD${'0'.repeat(32)}` },
  });
  await bundle.customerProfilesEntityAssignments.create({ objectSid: document.sid });
  assert.deepEqual(await evaluate(), ['noncompliant', 22214, 22219, 22214]);
  await refusedWith(20409, 409, bundle.customerProfilesEntityAssignments.create({ objectSid: part.sid }));
  await bundle.customerProfilesEntityAssignments(assignment.sid).remove();
  assert.deepEqual(await evaluate(), ['noncompliant', 22214, 22214, 22219, 22214]);
  assert.equal((await bundle.customerProfilesEvaluations.list()).length, 4);
  await refusedWith(20001, 400, bundle.customerProfilesEvaluations.create({ policySid: POLICY.a2p }));
  judge(sandbox);
});

test('a rejection names its code, and what was mended is submitted again', LONG, async () => {
  const t = await tenant(sandbox);
  const p = await profile(t, { business: { business_name: 'REJECT-18602 Dental LLC' } });
  await p.bundle.update({ status: 'pending-review' });
  const rejected = await until(p.bundle, 'status', 'twilio-rejected');
  assert.equal(rejected.errors[0].code, 18602);
  await t.client.trusthub.v1.endUsers(p.parts[0].sid).update({ attributes: BUSINESS });
  await p.bundle.update({ status: 'pending-review' });
  assert.equal((await until(p.bundle, 'status', 'twilio-approved')).errors, null);
  await refusedWith(20001, 400, p.bundle.update({ status: 'pending-review' }));
  await refusedWith(20001, 400, p.bundle.update({ status: 'twilio-approved' }));
  await sandbox.control('POST', '/reviews/next', { object: 'profile', code: 18603 });
  const q = await profile(t);
  await q.bundle.update({ status: 'pending-review' });
  assert.equal((await until(q.bundle, 'status', 'twilio-rejected')).errors[0].code, 18603);
  const bad = await t.client.trusthub.v1.customerProfiles.create({
    friendlyName: 'empty', email: 'a@b.co', policySid: POLICY.secondary,
  });
  await t.client.trusthub.v1.customerProfiles(bad.sid).update({ status: 'pending-review' });
  const empty = await until(t.client.trusthub.v1.customerProfiles(bad.sid), 'status', 'twilio-rejected');
  assert.equal(empty.errors[0].code, 22214);
  judge(sandbox);
});

test('lists are filtered and paged; a tenant sees its own only', LONG, async () => {
  const t = await tenant(sandbox);
  const other = await tenant(sandbox, 'Other');
  const sids = [];
  for (let i = 0; i < 5; i += 1) {
    const made = await t.client.trusthub.v1.customerProfiles.create({
      friendlyName: `p${i}`, email: 'a@b.co', policySid: i === 4 ? POLICY.starter : POLICY.secondary,
    });
    sids.unshift(made.sid);
  }
  const { customerProfiles } = t.client.trusthub.v1;
  const listed = async (options) => (await customerProfiles.list(options)).map((p) => p.sid);
  assert.deepEqual(await listed({ pageSize: 2 }), sids);
  assert.deepEqual(await listed({ policySid: POLICY.starter }), [sids[0]]);
  assert.deepEqual(await listed({ friendlyName: 'p1', status: 'draft' }), [sids[3]]);
  assert.deepEqual(await listed({ status: 'in-review' }), []);
  assert.deepEqual(await other.client.trusthub.v1.customerProfiles.list(), []);
  await refusedWith(20404, 404, other.client.trusthub.v1.customerProfiles(sids[0]).fetch());
  await customerProfiles(sids[0]).remove();
  await refusedWith(20404, 404, customerProfiles(sids[0]).fetch());
  const made = await address(t);
  await t.client.trusthub.v1.supportingDocuments(made.sid).update({ friendlyName: 'y' });
  await t.client.trusthub.v1.supportingDocuments(made.sid).remove();
  assert.equal((await t.client.trusthub.v1.supportingDocuments.list()).length, 0);
  const [home] = await t.client.addresses.list({ isoCountry: 'US' });
  await t.client.addresses(home.sid).update({ city: 'Berkeley' });
  assert.equal((await t.client.addresses(home.sid).fetch()).city, 'Berkeley');
  await t.client.addresses(home.sid).remove();
  judge(sandbox);
});

test('numbers are assigned to a bundle', LONG, async () => {
  const t = await tenant(sandbox);
  const p = await profile(t);
  const number = await t.client.incomingPhoneNumbers.create({ areaCode: '415' });
  const channels = p.bundle.customerProfilesChannelEndpointAssignment;
  const made = await channels.create({ channelEndpointType: 'phone-number', channelEndpointSid: number.sid });
  assert.equal((await channels.list({ channelEndpointSid: number.sid })).length, 1);
  assert.equal((await p.bundle.customerProfilesEntityAssignments.list({ objectType: 'authorized_representative_1' })).length, 1);
  await p.bundle.customerProfilesChannelEndpointAssignment(made.sid).fetch();
  await p.bundle.customerProfilesChannelEndpointAssignment(made.sid).remove();
  judge(sandbox);
});

test('an API key works for all but accounts and keys', LONG, async () => {
  const t = await tenant(sandbox);
  const key = await t.client.newKeys.create({ friendlyName: 'server' });
  const byKey = twilio(key.sid, key.secret, { accountSid: t.sid, httpClient: sandbox.httpClient });
  await byKey.incomingPhoneNumbers.list();
  await byKey.trusthub.v1.customerProfiles.list();
  await refusedWith(20003, 401, byKey.keys.list());
  await refusedWith(20003, 401, byKey.api.v2010.accounts(t.sid).fetch());
  await t.client.keys(key.sid).update({ friendlyName: 'renamed' });
  assert.equal((await t.client.keys.list())[0].friendlyName, 'renamed');
  await t.client.keys(key.sid).remove();
  await refusedWith(20003, 401, byKey.incomingPhoneNumbers.list());
  judge(sandbox);
});

test('without a primary profile nothing can be supported by it', LONG, async () => {
  await sandbox.control('POST', '/reviews', { primary_profile: false });
  assert.equal((await sandbox.client().trusthub.v1.customerProfiles.list({ policySid: POLICY.primary })).length, 0);
  await sandbox.control('POST', '/reviews', { primary_profile: true });
  assert.equal((await sandbox.client().trusthub.v1.customerProfiles.list({ policySid: POLICY.primary })).length, 1);
  await refusedWith(20001, 400, sandbox.client().trusthub.v1.customerProfiles.create({
    friendlyName: 'x', email: 'a@b.co', policySid: POLICY.primary,
  }));
});
