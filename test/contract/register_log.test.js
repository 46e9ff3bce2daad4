'use strict';
// The ledger of registrations: what was made, by whom, how often, and who named what was not theirs.

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const { startSandbox } = require('./sandbox_harness');
const { POLICY, PERSON, tenant, endUser, profile, brand } = require('./registration_harness');

const LONG = { timeout: 30000 };
let sandbox;

before(async () => {
  sandbox = await startSandbox('24', 'steady');
});
after(() => sandbox.stop());

const ledger = (query = '') => sandbox.control('GET', `/registrations?limit=10000${query}`);

test('every object made is told with its account, its maker and a fact', LONG, async () => {
  const t = await tenant(sandbox);
  const b = await brand(t);
  const { entries, exist, repeated, foreign } = await ledger(`&account=${t.sid}`);
  const made = Object.fromEntries(entries.map((e) => [e.sid, e]));
  assert.equal(made[b.profile.sid].fact, 'FriendlyName=Acme profile');
  assert.equal(made[b.sid].fact, `CustomerProfileBundleSid=${b.profile.sid}`);
  assert.ok(entries.every((e) => e.account === t.sid && e.authenticated === t.sid && e.http_status === 201));
  assert.deepEqual([exist.profile, exist.product, exist.brand, exist.end_user, exist.document, exist.address, exist.assignment],
    [1, 1, 1, 3, 1, 1, 6]);
  assert.deepEqual([repeated, foreign], [0, 0]);
  const { entries: all } = await ledger();
  assert.ok(all.some((e) => e.sid === t.sid && e.path === '/2010-04-01/Accounts.json'));
});

test('the same thing made twice is a repetition, an evaluation and a number of an area are not', LONG, async () => {
  const t = await tenant(sandbox, 'Twice');
  const { repeated: before_ } = await ledger();
  const p = await profile(t);
  await p.bundle.customerProfilesEvaluations.create({ policySid: POLICY.secondary });
  await t.client.incomingPhoneNumbers.create({ areaCode: '212' });
  await t.client.incomingPhoneNumbers.create({ areaCode: '212' });
  assert.equal((await ledger()).repeated, before_);
  await endUser(t, 'starter_customer_profile_information', PERSON);
  await endUser(t, 'starter_customer_profile_information', PERSON);
  const { repeated, entries } = await ledger(`&account=${t.sid}&repeats=true`);
  assert.equal(repeated, before_ + 1);
  assert.equal(entries.length, 1);
  assert.match(entries[0].sid, /^IT/);
});

test('a lost answer hides nothing from the ledger', LONG, async () => {
  const t = await tenant(sandbox, 'Lost');
  await sandbox.control('POST', '/faults/next', { fault: 'close_after', on: ['other'] });
  await assert.rejects(t.client.trusthub.v1.customerProfiles.create({
    friendlyName: 'lost', email: 'a@b.co', policySid: POLICY.secondary,
  }));
  const { exist, entries } = await ledger(`&account=${t.sid}`);
  assert.equal(exist.profile, 1);
  assert.deepEqual(entries.map((e) => e.fact), ['FriendlyName=lost']);
});

test('who names another\'s thing is found out, whatever the answer was', LONG, async () => {
  const t = await tenant(sandbox, 'One');
  const other = await tenant(sandbox, 'Two');
  const p = await profile(t);
  assert.equal((await ledger()).foreign, 0);
  await assert.rejects(other.client.trusthub.v1.customerProfiles(p.sid).fetch());
  await assert.rejects(other.client.trusthub.v1.customerProfiles(p.sid).update({ status: 'pending-review' }));
  // The parent's credentials would act in the wrong account on hosts without one in the path …
  await assert.rejects(sandbox.client().trusthub.v1.customerProfiles(p.sid).fetch());
  // … in an attribute, too …
  const [home] = await t.client.addresses.list();
  await other.client.trusthub.v1.supportingDocuments.create({
    friendlyName: 'a', type: 'customer_profile_address', attributes: { address_sids: home.sid },
  });
  // … and in the path of the 2010 API.
  await assert.rejects(other.client.api.v2010.accounts(t.sid).fetch());
  await sandbox.client().api.v2010.accounts(t.sid).fetch();
  const { foreign, foreign_requests: requests } = await ledger();
  assert.equal(foreign, 5);
  assert.deepEqual(requests.map((r) => [r.authenticated, r.sid, r.owner]), [
    [other.sid, p.sid, t.sid], [other.sid, p.sid, t.sid], [sandbox.account.sid, p.sid, t.sid], [other.sid, home.sid, t.sid],
    [other.sid, t.sid, t.sid]]);
  await assert.rejects(sandbox.client(t.sid, other.token).incomingPhoneNumbers.list());
  assert.equal((await ledger()).unauthenticated, 1);
});
