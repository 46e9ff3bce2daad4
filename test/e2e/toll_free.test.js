'use strict';
// Toll-free numbers verified on the command line, with the sandbox as Twilio and as its reviewers: from facts to a number
// that may send, and through refusals that can and cannot be edited.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { Server, eventually } = require('./server.js');

const FACTS = {
  legal_name: 'Acme Dental LLC', brand_name: 'Acme Dental', website: 'https://acme-dental.example', company_type: 'private',
  identifier: 'EIN', registration_number: '12-3456789', street: '1 Main St', city: 'Oakland', region: 'CA',
  postal_code: '94612', country: 'US', first_name: 'Ada', last_name: 'Byron', email: 'ada@acme-dental.example',
  phone: '+14155550111', use_case: 'ACCOUNT_NOTIFICATIONS,CUSTOMER_CARE',
  description: 'Reminders of appointments that patients made.', message_flow: 'Patients tick an unchecked box on our form.',
  sample1: 'Acme Dental: your visit is tomorrow at 10:00. Reply STOP to opt out.', opt_in_type: 'WEB_FORM',
  opt_in_images: 'https://acme-dental.example/opt-in.png', message_volume: '1,000',
  privacy_url: 'https://acme-dental.example/privacy', terms_url: 'https://acme-dental.example/terms',
};
const server = new Server();
const as = { org: 'acme' };
let account;

async function number(last) {
  const made = `+1833555${last}`;
  await server.control('POST', '/numbers', { account: account.sid, numbers: [made] });
  return made;
}

async function begin(facts, ...words) {
  const file = path.join(server.dir, 'facts.json');
  fs.writeFileSync(file, JSON.stringify({ ...FACTS, ...facts }));
  return server.cli(['register', 'start', '--kind', 'toll_free', '--facts', file, '--id-only', ...words], as);
}

async function watched(facts) {
  const { code, out, err } = await begin(facts);
  assert.equal(code, 0, err);
  const end = await server.cli(['register', 'watch', out.trim()], as);
  return { id: out.trim(), ...end };
}

const notes = async (id) => (await server.get(`registrations/${id}/notes`, as)).data.map((n) => n.outcome);
const sender = async (address) =>
  (await server.get('senders', as)).data.find((s) => s.address === address);

async function submitted() {
  const answer = await fetch(`${server.sandbox_url}/v1/Tollfree/Verifications?PageSize=100`, { headers: { authorization:
    `Basic ${Buffer.from(`${account.sid}:${account.auth_token}`).toString('base64')}` } });
  return (await answer.json()).verifications;
}

before(async () => {
  await server.start('--onboarding.email=isv@example.com', '--onboarding.poll_first_ms=50',
    '--onboarding.poll_max_ms=200', '--onboarding.settle_ms=500', '--onboarding.writes_per_min=60000',
    '--onboarding.recheck_ms=300');
  await server.control('POST', '/settings', { registration_writes_per_s: 1000, toll_free_enforced: true });
  await server.control('POST', '/reviews', { all: {
    pending_ms_min: 1, pending_ms_max: 10, review_ms_min: 1, review_ms_max: 10 } });
  account = await server.control('POST', '/accounts', { friendly_name: 'acme' });
  await server.json(['org', 'create', 'acme', '--name', 'Acme Dental', '--account-sid', account.sid],
    { env: { STERLING_ORG_AUTH_TOKEN: account.auth_token } });
});
after(async () => {
  assert.equal(await server.stop(), 0);
  server.remove();
});

test('a number that was held sends as soon as it is verified', async () => {
  const n = await number(1001);
  await server.json(['sender', 'add', n], as);
  assert.equal((await sender(n)).verified, false);
  const text = await server.json(['send', '+12125550101', 'Your visit is tomorrow.', '--kind', 'transactional'], as);
  const end = await watched({ numbers: n });
  assert.equal(end.code, 0, end.err + end.out);
  assert.match(end.err, /toll_free_approved/);
  assert.equal((await sender(n)).verified, true);
  await eventually(async () => (await server.get(`messages/${text.id}`, as)).state === 'delivered', 'delivery');
  const [v] = await submitted();
  assert.deepEqual([v.business_name, v.business_type, v.use_case_categories.length, v.external_reference_id, v.status],
    ['Acme Dental LLC', 'PRIVATE_PROFIT', 2, end.id, 'TWILIO_APPROVED']);
});

test('a refusal names the field and the deadline, and is edited', async () => {
  const n = await number(1002);
  const end = await watched({ numbers: n, description: 'Reminders. REJECT-30446' });
  assert.equal(end.code, 1, end.err);
  for (const word of [/state: +action/, /code: +30446/, /fields: .*message_flow/, /can be edited.* until \d{4}-/])
    assert.match(end.out, word);
  assert.equal(await sender(n), undefined);
  const sid = (await submitted()).find((v) => v.tollfree_phone_number === n).sid;
  const other = await server.cli(['register', 'fix', end.id, 'numbers=+18335559999'], as);
  assert.equal(other.code, 4);
  assert.match(other.err, /fixed once it was sent/);
  const fixed = await server.cli(['register', 'fix', end.id, `description=${FACTS.description}`, '--resubmit'], as);
  assert.equal(fixed.code, 0, fixed.err);
  assert.equal((await server.cli(['register', 'watch', end.id], as)).code, 0);
  assert.ok((await notes(end.id)).includes('edited'));
  assert.equal((await submitted()).find((v) => v.tollfree_phone_number === n).sid, sid);
  assert.equal((await sender(n)).verified, true);
});

test('what cannot be edited is removed and submitted anew', async () => {
  const n = await number(1003);
  const end = await watched({ numbers: n, description: 'Reminders. REJECT-30442' });
  assert.match(end.out, /cannot be edited/);
  const sid = (await submitted()).find((v) => v.tollfree_phone_number === n).sid;
  await server.cli(['register', 'fix', end.id, `description=${FACTS.description}`, '--resubmit'], as);
  assert.equal((await server.cli(['register', 'watch', end.id], as)).code, 0);
  assert.ok((await notes(end.id)).includes('removed'));
  assert.notEqual((await submitted()).find((v) => v.tollfree_phone_number === n).sid, sid);
});

test('a submission whose answer was lost is found, and not made twice', async () => {
  const n = await number(1004);
  await server.control('POST', '/faults/next', { fault: 'error_after', on: ['other'], status: 503, skip: 2 });
  const end = await watched({ numbers: n });
  assert.equal(end.code, 0, end.err + end.out);
  assert.ok((await notes(end.id)).includes('found'), (await notes(end.id)).join());
  assert.equal((await submitted()).filter((v) => v.tollfree_phone_number === n).length, 1);
});

test('one that is refused later sends no more', async () => {
  const v = (await submitted()).find((one) => one.tollfree_phone_number === '+18335551004');
  await server.control('POST', '/reviews/decide', { sid: v.sid, decision: 'suspend', code: 30445 });
  await eventually(async () => (await sender('+18335551004')).verified === false, 'the sender to be held');
});

test('a sender that was removed stays away when its number is refused', async () => {
  const [v] = (await submitted()).filter((one) => one.tollfree_phone_number === '+18335551002');
  assert.equal((await server.cli(['sender', 'remove', '+18335551002'], as)).code, 0);
  await server.control('POST', '/reviews/decide', { sid: v.sid, decision: 'suspend', code: 30445 });
  await eventually(async () =>
    (await server.get(`registrations/${v.external_reference_id}`, as)).state === 'action', 'the refusal');
  assert.equal(await sender('+18335551002'), undefined);
});

test('bad facts are told by name before anything is submitted', async () => {
  const cases = { numbers: '+14155550100', use_case: 'FUN', opt_in_type: 'TELEPATHY', message_volume: '7',
    company_type: 'club', identifier: 'SSN', registration_number: '', website: 'acme-dental.example', email: 'ada',
    opt_in_images: 'http://acme-dental.example/a.png', description: 'x'.repeat(501), sample1: 'y'.repeat(1001),
    privacy_url: 'http://x.example', terms_url: 'ftp://x.example', legal_name: '', job_position: 'CEO' };
  for (const [name, value] of Object.entries(cases)) {
    const { code, err } = await begin({ numbers: '+18335551001', [name]: value });
    assert.equal(code, 4, `${name}: ${err}`);
    assert.match(err, new RegExp(`facts\\.${name}`), err);
  }
  const two = await begin({ numbers: '+18335551001,+18335551002' });
  assert.match(two.err, /verification of its own/);
  const checked = await server.json(['register', 'fields']);
  assert.match(JSON.stringify(checked), /message_volume/);
});
