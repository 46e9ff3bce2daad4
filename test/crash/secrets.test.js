'use strict';
// Every secret that the server is told or gives away (auth tokens, API keys and their secrets, keys of its own, secrets
// of webhooks) is noted by a relay between server and sandbox and by whoever calls the API. Then a run of registering,
// rotating, failing, dying and being asked wrongly leaves none of them in plain: not in a database file, a copy, a log, what a crash
// printed, an answer, an export or what the command line says.
//   STERLING_CRASH_SEED=SEED

const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { once } = require('node:events');
const { test } = require('node:test');
const { ACCOUNT, World, eventually } = require('./harness.js');

const seed = Number(process.env.STERLING_CRASH_SEED ?? Date.now() % 1000000);
const END_MS = 90000;
const SECRET_MEMBERS = /"(?:auth_token|secondary_auth_token|secret)":\s*"([^"]+)"/g;
const OWN_FILES = ['operator.key', 'master.key']; // where they belong, for their owner alone

const secrets = new Map(); // secret → what it is
const note = (secret, what) => secret && secrets.set(secret, what);
const said = []; // [whose, text]: everything that was answered or printed

// Between server and sandbox. `spoil` answers some requests instead of the sandbox, after it was asked.
async function startRelay(target) {
  const relay = { spoil: () => false };
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const password = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64').toString().split(':')[1];
    note(password, `the password of ${request.method} ${request.url}`);
    const type = request.headers['content-type'];
    const answer = await fetch(target + request.url, {
      method: request.method, body: request.method === 'POST' ? Buffer.concat(chunks) : undefined,
      headers: { authorization: request.headers.authorization, ...(type && { 'content-type': type }) },
    });
    const text = await answer.text();
    for (const [, secret] of text.matchAll(SECRET_MEMBERS)) note(secret, `told by ${request.method} ${request.url}`);
    const spoilt = relay.spoil(request);
    // A refusal that repeats the secret it was asked with, as a careless proxy might.
    if (spoilt) response.writeHead(500, { 'content-type': 'text/html' }).end(`<pre>${request.headers.authorization} ${password} ${text}</pre>`);
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text.replaceAll(target, relay.base));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  relay.base = `http://127.0.0.1:${server.address().port}`;
  relay.stop = () => { server.closeAllConnections(); server.close(); };
  return relay;
}

const FACTS = {
  legal_name: 'Acme Dental LLC', brand_name: 'Acme Dental', business_type: 'Limited Liability Corporation', industry: 'HEALTHCARE',
  identifier: 'EIN', registration_number: '12-3456789', regions: 'USA_AND_CANADA', website: 'https://acme-dental.example',
  company_type: 'private', street: '1 Main St', city: 'Oakland', region: 'CA', postal_code: '94612', country: 'US',
  first_name: 'Ada', last_name: 'Byron', email: 'ada@acme-dental.example', phone: '+14155550111', title: 'Owner',
  job_position: 'CEO', use_case: 'CUSTOMER_CARE', embedded_links: false, embedded_phone: false,
  description: 'Acme Dental reminds its patients of appointments that they made, and answers their questions.',
  message_flow: 'Patients agree to receive text messages from Acme Dental by ticking an unchecked box on the web form at'
    + ' https://acme-dental.example/join. Message frequency varies. Message and data rates may apply. Reply HELP for help, STOP'
    + ' to cancel. Terms: https://acme-dental.example/terms Privacy policy: https://acme-dental.example/privacy',
  sample1: 'Acme Dental: your visit is on Monday. Reply STOP to opt out.', sample2: 'Acme Dental: see you at 10:00. Reply STOP to end.',
  privacy_url: 'https://acme-dental.example/privacy', terms_url: 'https://acme-dental.example/terms', numbers_to_buy: 1, area_code: '415',
};

// As it is, as base64 and hexadecimal digits hide it, and as the password of a request.
function* disguises(secret) {
  yield secret;
  yield Buffer.from(secret).toString('hex');
  for (let shift = 0; shift < 3; shift++) // wherever in the encoded text it begins
    yield Buffer.from('x'.repeat(shift) + secret).toString('base64').slice(shift === 0 ? 0 : 4, -4);
}

function assertNone(where, content) {
  for (const [secret, what] of secrets)
    for (const disguise of disguises(secret))
      if (disguise.length >= 16) assert.ok(!content.includes(disguise), `${what} is in ${where}`);
}

function* filesOf(directory) {
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const at = path.join(directory, entry.name);
    if (entry.isDirectory()) yield* filesOf(at);
    else if (entry.isFile() && !OWN_FILES.includes(entry.name)) yield at;
  }
}

test('a run of registering, rotating, failing and dying leaves no secret in plain anywhere', async (t) => {
  t.diagnostic(`STERLING_CRASH_SEED=${seed}`);
  const world = await World.make(t, {
    seed, settings: {
      'onboarding.email': 'isv@example.com', 'onboarding.poll_first_ms': 100, 'onboarding.poll_max_ms': 300,
      'onboarding.settle_ms': 300, 'onboarding.writes_per_min': 60000, 'accounts.look_ms': 1000,
      'accounts.rotate_pause_ms': 100, 'accounts.rotate_keep_ms': 100, 'log.level': 'debug',
    },
  });
  const relay = await startRelay(world.sandboxUrl);
  t.after(() => relay.stop());
  world.settings['twilio.base_url'] = relay.base;
  note(ACCOUNT.token, 'the installation\'s auth token');
  await world.control('POST', 'reviews', { all: { pending_ms_min: 1, pending_ms_max: 20, review_ms_min: 1, review_ms_max: 20 } });
  await world.control('POST', 'settings', { registration_writes_per_s: 1000 });
  await world.start();
  note(world.key, 'the operator\'s key');

  const ask = async (method, what, body, { keep = true, key = world.key } = {}) => {
    const answer = await fetch(`${world.url}/v1/${what}`, {
      method, body: body && JSON.stringify(body),
      headers: {
        Authorization: `Bearer ${key}`, 'Content-Type': 'application/json',
        ...(what.startsWith('organizations') ? {} : { 'Sterling-Organization': 'acme' }),
      },
    });
    const text = await answer.text();
    if (keep) said.push([`${answer.status} of ${method} ${what}`, text]);
    return { status: answer.status, text, json: () => JSON.parse(text) };
  };
  const want = async (what, body) => {
    while ((await ask('POST', `organizations/acme/account${what}`, body)).status === 409) await new Promise(setImmediate);
  };
  const settled = () => eventually('the account is settled', END_MS, async () =>
    !(await ask('GET', 'organizations/acme/account')).json().busy);
  const diesAt = async (name, begin) => {
    await world.kill();
    world.launch(`${name}:crash`);
    await world.server.ready();
    await begin().catch(() => {}); // it may die before it answers
    const how = await eventually(`${name} is reached`, END_MS, () => world.server.ended, 20);
    assert.strictEqual(how.signal, 'SIGKILL', `${name}: ${JSON.stringify(how)}`);
    await world.start();
    await settled();
  };

  // Registering makes the account; answers fail on the way and repeat what they were asked with.
  let spoilt = 0;
  relay.spoil = () => spoilt < 40 && ++spoilt % 7 === 0;
  await ask('POST', 'organizations', { slug: 'acme', name: 'Acme' });
  const begun = await ask('POST', 'registrations', { kind: 'standard', facts: FACTS });
  assert.strictEqual(begun.status, 201, begun.text);
  const { id } = begun.json();
  await eventually('it is approved', END_MS, async () => {
    const now = (await ask('GET', `registrations/${id}`)).json();
    if (now.state === 'action') await ask('POST', `registrations/${id}/resubmit`);
    return now.state === 'approved';
  });
  relay.spoil = () => false;

  // Keys of our own, told once; and an account's, never.
  note((await ask('POST', 'keys', { name: 'crm', scopes: ['read'] }, { keep: false })).json().secret, 'a tenant\'s key');
  note((await ask('POST', 'webhooks', { url: 'https://example.com/in' }, { keep: false })).json().secret, 'a webhook\'s secret');
  await diesAt('account.token_made', () => want('/rotate'));
  await diesAt('account.promoted', () => want('/rotate'));
  await diesAt('account.key_made', () => want('/keys', { name: 'for requests' }));

  // Tokens given by hand, and what is wrong with them; requests that repeat a secret.
  const planted = 'p1anted70ken0f7wi1i0p1anted70ken';
  note(planted, 'a token that was given by hand');
  await ask('PATCH', 'organizations/acme', { auth_token_secondary: planted });
  await ask('PATCH', 'organizations/acme', { auth_token_secondary: `${planted} with a space` });
  await ask('PATCH', 'organizations/acme', { auth_token: [planted] });
  await ask('POST', 'organizations', { slug: 'other', name: 'Other', account_sid: 'AC1', auth_token: planted });
  await ask('POST', 'organizations', { slug: 'other', name: 'Other', auth_token: planted });
  await ask('GET', 'organizations', undefined, { key: `${world.key}x` });
  for (const what of ['organizations', 'organizations/acme', 'organizations/acme/account', 'organizations/acme/account/keys', 'keys',
    'webhooks', `registrations/${id}`, `registrations/${id}/notes`, 'senders', 'audit', 'consents/export', 'contacts/export', 'limits'])
    await ask('GET', what);
  for (const args of [['org', 'show', 'acme'], ['account', 'show', 'acme', '--json'], ['account', 'key-list', 'acme'], ['config', 'show'],
    ['register', 'status', id], ['audit'], ['backup', path.join(world.directory, 'copy.db')]]) {
    const { stdout, stderr } = world.command({ TWILIO_AUTH_TOKEN: ACCOUNT.token }, ...args);
    said.push([`sterling ${args.join(' ')}`, stdout + stderr]);
  }
  for (const target of ['metrics', 'healthz']) {
    const answer = await fetch(`${world.url}/${target}`, { headers: { Authorization: `Bearer ${world.key}` } });
    said.push([target, await answer.text()]);
  }
  await world.stop();

  assert.ok(secrets.size >= 9, `only ${secrets.size} secrets: ${[...secrets.values()].join('; ')}`);
  assert.ok([...secrets.values()].some((what) => /Keys\.json/.test(what)), 'no key\'s secret passed');
  const files = [...filesOf(world.directory)];
  assert.ok(files.some((file) => /sterling\.db/.test(file)) && files.some((file) => /copy\.db/.test(file)) && files.includes(world.log));
  for (const file of files) assertNone(path.basename(file), fs.readFileSync(file));
  for (const [whose, text] of said) assertNone(whose, text);
  t.diagnostic(`${secrets.size} secrets, ${files.length} files, ${said.length} answers`);
});
