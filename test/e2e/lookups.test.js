'use strict';
// Numbers looked up as a tenant does it, against the built-in Twilio, whose ledger says what was asked and for whom.

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const { createRequire } = require('node:module');
const path = require('node:path');
const { Server, eventually } = require('./server');
const doc = require('../../data/openapi.json');

const contract = createRequire(path.join(__dirname, '../contract/package.json'));
const Ajv2020 = contract('ajv/dist/2020').default;
const ajv = new Ajv2020({ strict: false, allErrors: true });
contract('ajv-formats').default(ajv);
ajv.addSchema({ $id: 'api', components: doc.components });

const server = new Server();
const accounts = {};

function judged(schema, json) {
  const validate = ajv.compile({ $ref: `api#/components/schemas/${schema}` });
  assert.ok(validate(json), `${schema}: ${JSON.stringify(validate.errors)}`);
  const known = Object.keys(doc.components.schemas[schema].properties);
  assert.deepEqual(Object.keys(json).filter((name) => !known.includes(name)), []);
  return json;
}

async function asked(slug) {
  const all = (await server.control('GET', '/lookups')).accounts;
  return all.find((a) => a.account === accounts[slug].sid)?.packages.line_type_intelligence ?? 0;
}

async function tenant(slug) {
  accounts[slug] = await server.control('POST', '/accounts', { friendly_name: slug });
  server.keep(accounts[slug].auth_token);
  await server.json(['org', 'create', slug, '--account-sid', accounts[slug].sid],
    { env: { STERLING_ORG_AUTH_TOKEN: accounts[slug].auth_token } });
}

const daysAgo = (days) => new Date(Date.now() - days * 86400000).toISOString();

const look = async (number, org = 'acme') =>
  judged('Lookup', (await server.api('GET', `/v1/lookups/${encodeURIComponent(number)}`, { org })).body);

before(async () => {
  await server.start('--lookup.month_max=18', '--lookup.reassigned=true');
  await tenant('acme');
  await tenant('bolt');
});
after(async () => {
  assert.equal(await server.stop(), 0);
  server.remove();
});

test('a number is asked for once, whoever wants to know, and with the tenant\'s own credentials', async () => {
  const first = await look('+12125550145');
  assert.deepEqual([first.line_type, first.carrier, first.cached, first.valid], ['mobile', 'AT&T Wireless', false, true]);
  assert.equal((await look('+12125550145')).cached, true);
  assert.equal((await look('+12125550145', 'bolt')).cached, true);
  assert.deepEqual([await asked('acme'), await asked('bolt')], [1, 0]);
  await look('+12125550146', 'bolt');
  assert.deepEqual([await asked('acme'), await asked('bolt')], [1, 1]);
  assert.equal((await server.control('GET', '/lookups')).accounts.length, 2);
  const text = await server.cli(['lookup', '+12125559401'], { org: 'acme' });
  assert.equal(text.code, 0);
  assert.match(text.out, /landline/);
  const again = await server.json(['lookup', '+12125550145', '--verified-on', '2026-01-31'], { org: 'acme' });
  assert.deepEqual([again.reassigned, again.verified_on, again.cached], ['no', '2026-01-31', false]);
});

test('what is wrong is said by name', async () => {
  const bad = await server.api('GET', '/v1/lookups/123', { org: 'acme' });
  assert.equal(bad.status, 422);
  assert.equal(bad.body.errors[0].field, 'number');
  const day = await server.api('GET', '/v1/lookups/%2B12125550145?verified_on=soon', { org: 'acme' });
  assert.equal(day.body.errors[0].field, '?verified_on');
  assert.equal((await server.cli(['lookup', '+1212'], { org: 'acme' })).code, 4);
});

test('when Twilio does not answer nothing is charged', async () => {
  await server.control('POST', '/faults/next', { fault: 'error_before', on: ['other'], status: 503 });
  const failed = await server.api('GET', '/v1/lookups/%2B12125550133', { org: 'acme' });
  assert.equal(failed.status, 503);
  assert.equal((await look('+12125550133')).cached, false);
});

test('what Twilio refuses of a number is refused, and charged to nobody', async () => {
  await server.control('POST', '/faults/next', { fault: 'error_before', on: ['other'], status: 400 });
  const refused = await server.api('GET', '/v1/lookups/%2B12125550135', { org: 'acme' });
  assert.equal(refused.status, 409);
  assert.match(refused.body.detail, /Twilio refuses to look this number up.*400/);
});

test('what Twilio refuses ends the look-up of a list with its reason', async () => {
  await server.cli(['contacts', 'import', '-', '--list', 'refused'], { org: 'bolt', input: 'number\n+12125550134\n' });
  await server.control('POST', '/faults/next', { fault: 'error_before', on: ['other'], status: 400 });
  const { code, err } = await server.cli(['contacts', 'hygiene', 'refused'], { org: 'bolt' });
  assert.equal(code, 4);
  assert.match(err, /400|refuse/i);
  assert.equal(judged('Hygiene', await server.json(['contacts', 'hygiene', 'refused'], { org: 'bolt' })).state, 'done');
});

test('a list is looked up and reported, and carriers are filled in', async () => {
  const numbers = ['+12125550111', '+12125550145', '+12125559401', '+12125559403', '+12125559411', '+12125559608',
    '+12125559111']; // the last is nobody's
  await server.control('POST', '/handsets', { number: '+12125550111', reassigned_on: daysAgo(60).slice(0, 10) });
  await server.cli(['contacts', 'import', '-', '--list', 'people', '--consent', 'written', '--disclosure', 'Texts?',
    '--attested-by', 'Ann', '--given-at', daysAgo(180)], { org: 'acme', input: `number\n${numbers.join('\n')}\n` });
  const report = judged('Hygiene', await server.json(['contacts', 'hygiene', 'people'], { org: 'acme' }));
  assert.equal(report.state, 'done');
  assert.deepEqual([report.contacts, report.mobile, report.landline, report.voip, report.unknown, report.reassigned,
    report.invalid], [7, 3, 1, 1, 1, 1, 1]);
  assert.equal(report.looked_up + report.known_already, 7);
  assert.ok(report.cost_micros > 0);
  // Somebody else has it now, who never agreed.
  const evidence = async (number) => JSON.parse((await server.cli(['consent', 'evidence', number], { org: 'acme' })).out);
  const proof = await evidence('+12125550111');
  assert.deepEqual([proof.holds.state, proof.holds.basis], ['opted_out', null]);
  assert.deepEqual(proof.entries.map(({ entry: e }) => [e.state, e.source]), [['opted_in', 'import'], ['opted_out', 'wrong_number']]);
  assert.equal((await evidence('+12125550145')).holds.state, 'opted_in');
  const again = await server.json(['contacts', 'hygiene', 'people'], { org: 'acme' });
  assert.deepEqual([again.looked_up, again.known_already, again.cost_micros], [0, 7, 0]);
  assert.equal((await server.json(['consent', 'verify'], { org: 'acme' })).checked.entries, 9); // an attestation, seven, and that one
  const { data } = await server.json(['contacts', 'list', '--list', 'people'], { org: 'acme' });
  assert.deepEqual([...new Set(data.filter((c) => c.number === '+12125550111').map((c) => c.carrier))], ['verizon']);
});

test('one number that changed hands loses an older consent, and keeps the new owner\'s', async () => {
  const list = (name, number, days, org) => server.cli(['contacts', 'import', '-', '--list', name, '--consent', 'written',
    '--disclosure', 'Texts?', '--attested-by', 'Ann', '--given-at', daysAgo(days)], { org, input: `number\n${number}\n` });
  const [old, fresh] = ['+12125550112', '+12125550113'];
  for (const number of [old, fresh])
    await server.control('POST', '/handsets', { number, reassigned_on: daysAgo(60).slice(0, 10) });
  await list('old', old, 180, 'acme');
  await list('fresh', fresh, 30, 'acme');
  await list('old', old, 180, 'bolt');
  const since = daysAgo(100).slice(0, 10);
  const look1 = async (number, org, ...flags) => judged('Lookup', await server.json(['lookup', number, ...flags], { org }));
  const state = async (number, org) => (await server.json(['consent', 'show', number], { org })).state;
  let said = await look1(old, 'acme', '--verified-on', since);
  assert.deepEqual([said.reassigned, said.consent_voided, await state(old, 'acme')], ['yes', true, 'opted_out']);
  said = await look1(old, 'acme');
  assert.deepEqual([said.cached, said.consent_voided], [true, false]);
  assert.equal(await state(old, 'bolt'), 'opted_in');
  said = await look1(old, 'bolt'); // known already, whoever asked
  assert.deepEqual([said.cached, said.consent_voided, await state(old, 'bolt')], [true, true, 'opted_out']);
  said = await look1(fresh, 'acme', '--verified-on', since);
  assert.deepEqual([said.reassigned, said.consent_voided, await state(fresh, 'acme')], ['yes', false, 'opted_in']);

  // What was agreed to with one program alone is agreed to as well.
  const narrow = '+12125550114';
  await server.control('POST', '/handsets', { number: narrow, reassigned_on: daysAgo(60).slice(0, 10) });
  const agreed = await server.api('POST', '/v1/consents', { org: 'acme', body: JSON.stringify({ number: narrow, state: 'opted_in',
    means: 'web_form', basis: 'written', disclosure: 'Texts?', evidence: 'form', scope: 'program', program: 'default', given_at: daysAgo(180) }) });
  assert.equal(agreed.status, 201, JSON.stringify(agreed.body));
  said = await look1(narrow, 'acme', '--verified-on', since);
  assert.deepEqual([said.reassigned, said.consent_voided, await state(narrow, 'acme')], ['yes', true, 'opted_out']);
});

test('the month\'s budget is never overdrawn, and says what to do', async () => {
  const before17 = await asked('acme');
  const rows = Array.from({ length: 10 }, (_, i) => `+1212555030${i}`);
  await server.cli(['contacts', 'import', '-', '--list', 'many'], { org: 'acme', input: `number\n${rows.join('\n')}\n` });
  const limited = await server.cli(['contacts', 'hygiene', 'many', '--limit', '1'], { org: 'acme' });
  assert.equal(limited.code, 4);
  assert.match(limited.err, /limit of look-ups is used/);
  const spent = await server.cli(['contacts', 'hygiene', 'many'], { org: 'acme' });
  assert.equal(spent.code, 4);
  assert.match(spent.err, /lookup\.month_max/);
  assert.equal(await asked('acme'), 17); // and one of a number that is nobody's, of which no line is told
  assert.ok(before17 < 17);
  const refused = await server.api('GET', '/v1/lookups/%2B12125550399', { org: 'acme' });
  assert.equal(refused.status, 429);
  assert.match(refused.body.detail, /18 of 18 look-ups/);
  assert.equal(await asked('acme'), 17);
  assert.equal((await look('+12125550145')).cached, true);
});

test('a walk goes on after a restart', async () => {
  await server.json(['org', 'create', 'crew']); // of the installation's own account, which the next sandbox has, too
  const rows = Array.from({ length: 60 }, (_, i) => `+1213555${String(1000 + i)}`);
  await server.cli(['contacts', 'import', '-', '--list', 'long'], { org: 'crew', input: `number\n${rows.join('\n')}\n` });
  await server.control('POST', '/faults', { per_million: { error_before: 1000000 } });
  const begun = await server.json(['contacts', 'hygiene', 'long', '--no-wait'], { org: 'crew' });
  assert.equal(begun.state, 'running');
  const twice = await server.cli(['contacts', 'hygiene', 'long'], { org: 'crew' });
  assert.equal(twice.code, 4);
  server.child.kill('SIGKILL');
  await server.exited;
  server.ended = undefined;
  await server.start('--lookup.month_max=1000', '--limits.lookup_per_s=20');
  const done = await eventually(async () => {
    const { body } = await server.api('GET', `/v1/hygiene/${begun.id}`, { org: 'crew' });
    return body.state !== 'running' && body;
  }, 'the end of the walk');
  assert.equal(judged('Hygiene', done).contacts, 60);
});

// The other side counts whole seconds. Of requests that follow each other 50 ms apart at least, one second may see 22.
test('Lookup is asked no faster than it may be', async () => {
  await server.control('POST', '/settings', { lookup_per_s_max: 22 });
  const rows = Array.from({ length: 50 }, (_, i) => `+1213555${String(2000 + i)}`);
  await server.cli(['contacts', 'import', '-', '--list', 'paced'], { org: 'crew', input: `number\n${rows.join('\n')}\n` });
  const uses = async () => (await server.control('GET', '/lookups')).accounts.reduce(
    (sum, a) => [sum[0] + a.requests, sum[1] + a.throttled], [0, 0]);
  const [before] = await uses();
  const done = judged('Hygiene', await server.json(['contacts', 'hygiene', 'paced'], { org: 'crew' }));
  assert.deepEqual([done.state, done.looked_up], ['done', 50]);
  assert.deepEqual(await uses(), [before + 50, 0]);
});

test('no number and no token is in the log', () => {
  const log = server.log();
  for (const secret of server.secrets) assert.ok(!log.includes(secret), secret);
});
