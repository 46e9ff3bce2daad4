'use strict';
// Twilio accounts of organizations on the command line: what an operator wants, and what happens in Twilio's console.
// The server's pauses are short; no test waits for a time of its own.

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const { DONE, NOT_FOUND, REFUSED, Server, eventually } = require('./server.js');

const FACTS = {
  legal_name: 'Told LLC', brand_name: 'Told', business_type: 'Limited Liability Corporation', industry: 'RETAIL',
  identifier: 'EIN', registration_number: '12-3456789', regions: 'USA_AND_CANADA', website: 'https://told.example',
  company_type: 'private', street: '1 Main St', city: 'Oakland', region: 'CA', postal_code: '94612', country: 'US',
  first_name: 'Ada', last_name: 'Byron', email: 'ada@told.example', phone: '+14155550111', title: 'Owner', job_position: 'CEO',
  use_case: 'CUSTOMER_CARE', embedded_links: 'false', embedded_phone: 'false', numbers_to_buy: '1', area_code: '415',
  description: 'Told tells its customers when their orders are ready and answers their questions.',
  message_flow: 'Customers agree to receive text messages from Told by ticking an unchecked box on the web form at'
    + ' https://told.example/join. Message frequency varies. Message and data rates may apply. Reply HELP for help, STOP to'
    + ' cancel. Terms: https://told.example/terms Privacy policy: https://told.example/privacy',
  sample1: 'Told: your order is ready. Reply STOP to opt out.', sample2: 'Told: we open at 9. Reply STOP to opt out.',
  privacy_url: 'https://told.example/privacy', terms_url: 'https://told.example/terms',
};

const server = new Server();
let parent;

// Twilio's API, as whoever is in the console.
async function twilio(method, at, form, as = parent) {
  const answer = await fetch(server.sandbox_url + at, {
    method, body: form && new URLSearchParams(form),
    headers: { authorization: `Basic ${Buffer.from(`${as.sid}:${as.auth_token}`).toString('base64')}` },
  });
  const text = await answer.text();
  if (!answer.ok) throw Object.assign(new Error(text), { status: answer.status });
  return text ? JSON.parse(text) : null;
}
const consoleSays = (sid, status) => twilio('POST', `/2010-04-01/Accounts/${sid}.json`, { Status: status });
const subaccount = (sid) => twilio('GET', `/2010-04-01/Accounts/${sid}.json`);
const show = (slug) => server.json(['account', 'show', slug]);
const until = (slug, right) => eventually(async () => {
  const now = await server.get(`organizations/${slug}/account`);
  return right(now) && now;
}, `the account of ${slug}`);

async function withAccount(slug) {
  await server.post('organizations', { slug, name: slug });
  const { code, err } = await server.cli(['account', 'create', slug, '--wait']);
  assert.equal(code, DONE, err);
  return until(slug, (now) => now.event_sink_sid);
}

// Again when a turn of the server's own came between.
async function want(...args) {
  for (;;) {
    const result = await server.cli(args);
    if (!/changed meanwhile/.test(result.err)) return result;
  }
}

before(async () => {
  await server.start('--accounts.look_ms=200', '--accounts.rotate_pause_ms=100', '--accounts.rotate_keep_ms=100',
    '--onboarding.settle_ms=500', '--onboarding.email=isv@example.com', '--onboarding.poll_first_ms=86400000',
    '--onboarding.poll_max_ms=86400000', '--onboarding.writes_per_min=60000', '--quiet_hours=false');
  parent = (await server.control('GET', '')).account;
});
after(() => server.remove());

test('an account that is suspended in the console stops its organization with the reason, until it is active again', async () => {
  const { account_sid: sid } = await withAccount('acme');
  assert.match(sid, /^AC[0-9a-f]{32}$/);
  const moved = (events) => events.filter((e) => e.type.startsWith('account.')).map((e) => e.type);
  const live = await server.listen('acme', null, (events) => moved(events).length >= 2);
  await consoleSays(sid, 'suspended');
  const halted = await until('acme', (now) => now.halted);
  assert.equal(halted.at_twilio, 'suspended');
  assert.match(halted.why, /Sterling did not ask for it/);
  assert.equal((await server.json(['org', 'show', 'acme'])).state, 'suspended');
  await consoleSays(sid, 'active');
  const again = await until('acme', (now) => !now.halted && now.state === 'active');
  assert.equal(again.why, null);
  await live.done();
  live.close();
  assert.deepEqual(moved(live.events), ['account.suspended', 'account.active']);
  assert.equal(live.events.find((e) => e.type === 'account.suspended').data.data.at_twilio, 'suspended');
});

test('what an operator suspended stays so, whatever the console says', async () => {
  const { account_sid: sid } = await withAccount('held');
  assert.equal((await want('account', 'suspend', 'held', '--wait')).code, DONE);
  assert.equal((await subaccount(sid)).status, 'suspended');
  await consoleSays(sid, 'active');
  await until('held', (now) => now.at_twilio === 'active');
  assert.equal((await show('held')).state, 'suspended');
  assert.equal((await want('account', 'resume', 'held', '--wait')).code, DONE);
  assert.equal((await show('held')).state, 'active');
});

test('an organization that Twilio stopped is not said to be stopped by hand, and says how to keep it so', async () => {
  const { account_sid: sid } = await withAccount('twice');
  await consoleSays(sid, 'suspended');
  await until('twice', (now) => now.halted);
  for (const state of ['suspended', 'active']) {
    const { status, body } = await server.api('PATCH', '/v1/organizations/twice', { body: JSON.stringify({ state }) });
    assert.equal(status, 409, JSON.stringify(body));
    assert.match(body.detail, /suspend its account/);
  }
  assert.equal((await want('account', 'suspend', 'twice', '--wait')).code, DONE);
  await consoleSays(sid, 'active');
  await until('twice', (now) => now.at_twilio === 'active');
  assert.deepEqual([(await show('twice')).state, (await server.get('organizations/twice/account')).halted], ['suspended', false]);
});

test('a key takes the place of the token, and the token that of a key that was removed', async () => {
  const { account_sid: sid } = await withAccount('keyed');
  const made = await want('account', 'key-add', 'keyed', 'for requests', '--wait', '--json');
  assert.equal(made.code, DONE, made.err);
  const [key] = JSON.parse(made.out).keys;
  assert.equal(JSON.parse(made.out).requests_use, key.sid);
  assert.ok(!/secret/i.test(made.out), made.out);
  await twilio('DELETE', `/2010-04-01/Accounts/${sid}/Keys/${key.sid}.json`);
  const fallen = await until('keyed', (now) => now.requests_use === 'auth token');
  assert.match(fallen.keys[0].state, /revoked/);
  assert.match((await want('account', 'key-revoke', 'keyed', String(key.id))).err, /revoked already/);
  assert.equal((await want('account', 'key-revoke', 'keyed', '7')).code, NOT_FOUND);
  const listed = await server.cli(['account', 'key-list', 'keyed']);
  assert.match(listed.out, /for requests +SK[0-9a-f]{32} +revoked/);
});

test('a rotation ends with another token, and one whose second token was removed ends with the old one', async () => {
  const { account_sid: sid } = await withAccount('turned');
  const before = (await subaccount(sid)).auth_token;
  assert.equal((await want('account', 'rotate', 'turned', '--wait')).code, DONE);
  const now = await subaccount(sid);
  assert.notEqual(now.auth_token, before);
  assert.ok((await show('turned')).rotation.last_at);
  await assert.rejects(twilio('GET', `/2010-04-01/Accounts/${sid}.json`, undefined, { sid, auth_token: before }));
  await want('account', 'rotate', 'turned'); // and somebody takes the second token away at once
  await eventually(() => twilio('DELETE', '/v1/AuthTokens/Secondary', undefined, now).then(() => true, (error) => error.status === 401));
  const end = await until('turned', (account) => account.rotation.step === null && !account.busy);
  assert.ok(end.at_twilio === 'active', JSON.stringify(end));
  await want('account', 'suspend', 'turned', '--wait'); // and it works on
  await want('account', 'resume', 'turned', '--wait');
  assert.equal((await want('account', 'key-add', 'turned', 'proof', '--wait')).code, DONE);
});

test('closing is for good: it asks, withdraws the senders, and closes the account', async () => {
  const { account_sid: sid } = await withAccount('gone');
  await server.cli(['sender', 'add', '+14155550199'], { org: 'gone' });
  assert.equal((await server.cli(['account', 'close', 'gone'], { input: 'no\n' })).code, REFUSED);
  assert.equal((await subaccount(sid)).status, 'active');
  for (;;) {
    const closed = await server.cli(['account', 'close', 'gone', '--wait'], { input: 'gone\n' });
    if (/changed meanwhile/.test(closed.err)) continue;
    assert.equal(closed.code, DONE, closed.err);
    assert.match(closed.err, /for good.*30 days/s);
    assert.match(closed.out, /1 sender\(s\) withdrawn\. Twilio keeps a closed account 30 days/);
    break;
  }
  assert.equal((await subaccount(sid)).status, 'closed');
  assert.deepEqual((await server.json(['sender', 'list'], { org: 'gone' })).data.map((one) => one.state).filter((s) => s !== 'removed'), []);
  assert.match((await server.cli(['account', 'resume', 'gone'])).err, /for good/);
});

test('a state is not set by hand while a wish will set it', async () => {
  await withAccount('torn');
  await server.control('POST', '/faults', { per_million: { error_before: 1000000 } });
  assert.equal((await want('account', 'suspend', 'torn')).code, DONE);
  const torn = await want('org', 'update', 'torn', '--state', 'active');
  assert.equal(torn.code, REFUSED, torn.out);
  assert.match(torn.err, /wanted to suspend its account/);
  await server.control('DELETE', '/faults');
  await until('torn', (now) => now.at_twilio === 'suspended' && !now.busy);
  assert.equal((await want('org', 'update', 'torn', '--state', 'suspended')).code, DONE);
});

test('an account that two organizations have is not rotated from under one of them', async () => {
  const { account_sid: sid } = await withAccount('one');
  await server.json(['org', 'create', 'two', '--name', 'Two', '--account-sid', sid],
    { env: { STERLING_ORG_AUTH_TOKEN: (await subaccount(sid)).auth_token } });
  const refused = await want('account', 'rotate', 'one');
  assert.equal(refused.code, REFUSED, refused.out);
  assert.match(refused.err, /organization two has the same account/);
});

test('a key of an account that is not closed at Twilio does not look revoked while it works', async () => {
  await server.json(['org', 'create', 'house', '--name', 'House', '--account-sid', parent.sid],
    { env: { STERLING_ORG_AUTH_TOKEN: parent.auth_token } });
  const made = await want('account', 'key-add', 'house', 'for requests', '--wait', '--json');
  assert.equal(made.code, DONE, made.err);
  const [{ sid }] = JSON.parse(made.out).keys;
  const there = async () => (await twilio('GET', `/2010-04-01/Accounts/${parent.sid}/Keys.json`)).keys.some((one) => one.sid === sid);
  assert.ok(await there());
  let closed;
  do closed = await server.cli(['account', 'close', 'house'], { input: 'house\n' }); while (/changed meanwhile/.test(closed.err));
  await until('house', (now) => /is not changed at Twilio/.test(now.why) || now.keys[0].state === 'revoked');
  await until('house', (now) => now.keys[0].state === 'revoked');
  assert.ok(!(await there()));
  assert.equal((await subaccount(parent.sid)).status, 'active');
});

test('who has no account of its own is stopped here alone, and the own profile is looked at', async () => {
  await server.json(['org', 'create', 'shared', '--name', 'Shared']);
  assert.equal((await server.cli(['account', 'suspend', 'shared', '--wait'])).code, DONE);
  assert.equal((await show('shared')).state, 'suspended');
  assert.equal((await subaccount(parent.sid)).status, 'active');
  assert.equal((await want('account', 'resume', 'shared', '--wait')).code, DONE);
  assert.match((await server.cli(['account', 'rotate', 'shared'])).err, /no account of its own/);
  const primary = await server.cli(['account', 'primary']);
  assert.equal(primary.code, DONE, primary.err);
  assert.match(primary.out, /approved/);
});

test('events alone move a registration that would be looked at tomorrow; unsigned or foreign ones change nothing', async () => {
  await withAccount('told');
  await server.control('POST', '/settings', { registration_writes_per_s: 1000 });
  await server.control('POST', '/reviews', { all: {
    pending_ms_min: 700, pending_ms_max: 900, review_ms_min: 700, review_ms_max: 900 } });
  const words = Object.entries(FACTS).map(([name, value]) => `${name}=${value}`);
  const begun = await server.cli(['register', 'start', '--kind', 'standard', '--id-only', ...words], { org: 'told' });
  assert.equal(begun.code, DONE, begun.err);
  const status = () => server.get(`registrations/${begun.out.trim()}`, { org: 'told' });
  await eventually(async () => (await status()).state === 'waiting');
  const hook = (await server.json(['org', 'show', 'told'])).webhooks.inbound.replace(/inbound$/, 'events');
  const forged = await fetch(hook, { method: 'POST', headers: { 'content-type': 'application/json', 'x-twilio-signature': 'x' },
    body: '[{"specversion":"1.0","type":"com.twilio.messaging.compliance.brand-registration.brand-registered","data":{}}]' });
  assert.equal(forged.status, 401);
  assert.match((await forged.json()).detail, /signature/);
  const done = await eventually(async () => {
    const now = await status();
    assert.notEqual(now.state, 'action', JSON.stringify(now));
    return now.state === 'approved' && now;
  }, 'the registration is approved');
  assert.ok(done.steps.some((step) => step.step === 'campaign_approved' && step.state === 'done'));
  assert.deepEqual(done.numbers.map((one) => [one.attached, one.registered]), [[true, true]]);
  const notes = (await server.json(['register', 'notes', done.id], { org: 'told' })).data;
  assert.ok(notes.some((one) => one.step === 'numbers_attached' && one.outcome === 'registered'), JSON.stringify(notes));
});

test('the first message that an account is refused for has it looked at, whenever its turn is', async () => {
  const quiet = new Server();
  try {
    await quiet.start('--accounts.look_ms=86400000', '--onboarding.settle_ms=500', '--quiet_hours=false');
    await quiet.json(['org', 'create', 'acme', '--name', 'Acme', '--registration', 'approved', '--brand', 'standard', '--score', '80']);
    await quiet.cli(['account', 'create', 'acme', '--wait']);
    const { account_sid: account } = await eventually(async () => {
      const now = await quiet.get('organizations/acme/account');
      return now.event_sink_sid && now;
    });
    const { numbers: [number] } = await quiet.control('POST', '/numbers', { account, area_code: 415, count: 1 });
    await quiet.cli(['sender', 'add', number.phone_number], { org: 'acme' });
    const { account: owner } = await quiet.control('GET', '');
    const authorization = `Basic ${Buffer.from(`${owner.sid}:${owner.auth_token}`).toString('base64')}`;
    await fetch(`${quiet.sandbox_url}/2010-04-01/Accounts/${account}.json`, {
      method: 'POST', headers: { authorization }, body: new URLSearchParams({ Status: 'suspended' }),
    });
    const sent = await quiet.cli(['send', '+14155550101', 'Your table is ready.', '--kind', 'transactional'], { org: 'acme' });
    assert.equal(sent.code, DONE, sent.err);
    const halted = await eventually(async () => {
      const now = await quiet.get('organizations/acme/account');
      return now.halted && now;
    }, 'the suspension is noticed');
    assert.equal(halted.state, 'suspended');
  } finally {
    quiet.remove();
  }
});
