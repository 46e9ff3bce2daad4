'use strict';
// Numbers proved by codes, as a tenant does it, against the built-in Twilio, which shows the codes as a handset would.

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const { createRequire } = require('node:module');
const fs = require('node:fs');
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
const codes = new Set();

function judged(schema, json) {
  const validate = ajv.compile({ $ref: `api#/components/schemas/${schema}` });
  assert.ok(validate(json), `${schema}: ${JSON.stringify(validate.errors)}`);
  const known = Object.keys(doc.components.schemas[schema].properties);
  assert.deepEqual(Object.keys(json).filter((name) => !known.includes(name)), []);
  return json;
}

async function tenant(slug, ...flags) {
  accounts[slug] = await server.control('POST', '/accounts', { friendly_name: slug });
  server.keep(accounts[slug].auth_token);
  await server.json(['org', 'create', slug, '--account-sid', accounts[slug].sid, ...flags],
    { env: { STERLING_ORG_AUTH_TOKEN: accounts[slug].auth_token } });
}

const api = (method, route, body, org = 'acme', headers = {}) =>
  server.api(method, route, { org, headers, body: typeof body === 'object' ? JSON.stringify(body) : body });
const start = (to, more = {}, org) => api('POST', '/v1/verifications', { to, ...more }, org);
const check = (id, code, org) => api('POST', `/v1/verifications/${id}/check`, { code }, org);

async function begun(to, more, org) {
  const { status, body } = await start(to, more, org);
  assert.equal(status, 201, JSON.stringify(body));
  return judged('Verification', body);
}

// What the handset shows: the newest code for a number.
async function shown(to) {
  const all = (await server.control('GET', '/codes')).codes.filter((c) => c.to === to);
  const { code } = all[0];
  codes.add(code);
  return code;
}
const wrong = (code) => String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0');

before(async () => {
  await server.start('--verify.code_length=8', '--limits.verify_per_s=25', '--verify.country_per_h=1000');
  await server.control('POST', '/settings', { verify_per_s_max: 40 });
  await tenant('acme');
  await tenant('bolt');
});
after(async () => {
  assert.equal(await server.stop(), 0);
  server.remove();
});

test('a number is proved with the code that its handset shows', async () => {
  const v = await begun('+12125550101', { locale: 'en', client_address: '203.0.113.7' });
  assert.deepEqual([v.status, v.codes_sent, v.attempts_left, v.channel], ['pending', 1, 5, 'sms']);
  const code = await shown('+12125550101');
  assert.equal(code.length, 8);
  const missed = await check(v.id, wrong(code));
  assert.deepEqual([missed.status, missed.body.valid, missed.body.attempts_left], [200, false, 4]);
  const hit = judged('VerificationCheck', (await check(v.id, code)).body);
  assert.deepEqual([hit.valid, hit.status], [true, 'approved']);
  const again = await check(v.id, code);
  assert.equal(again.status, 409);
  assert.match(again.body.detail, /over \(approved\)/);
  assert.equal((await api('GET', `/v1/verifications/${v.id}`)).body.status, 'approved');
  assert.equal((await api('GET', `/v1/verifications/${v.id}`, undefined, 'bolt')).status, 404);
});

test('each organization has one service, in its own account', async () => {
  const made = judged('VerifyService', (await api('GET', '/v1/verify/service')).body);
  assert.deepEqual([made.name, made.account_sid], ['acme', accounts.acme.sid]);
  assert.equal((await server.json(['verify', 'service', 'create'], { org: 'acme' })).sid, made.sid);
  assert.equal((await api('GET', '/v1/verify/service', undefined, 'bolt')).status, 404);
  const theirs = await server.json(['verify', 'service', 'create'], { org: 'bolt' });
  assert.equal(theirs.account_sid, accounts.bolt.sid);
  assert.notEqual(theirs.sid, made.sid);
});

test('by the command line', async () => {
  const v = await server.json(['verify', 'start', '212 555 0102'], { org: 'acme' });
  assert.equal(v.to, '+12125550102');
  const code = await shown(v.to);
  const missed = await server.cli(['verify', 'check', v.id, wrong(code)], { org: 'acme' });
  assert.deepEqual([missed.code, /not the code/.test(missed.err)], [4, true]);
  const hit = await server.cli(['verify', 'check', v.id], { org: 'acme', input: `${code}\n` });
  assert.equal(hit.code, 0, hit.err);
  assert.match(hit.out, /status: +approved/);
  assert.match((await server.cli(['verify', 'show', v.id], { org: 'acme' })).out, /approved/);
  const none = await server.cli(['verify', 'show', 'ver_x'], { org: 'acme' });
  assert.deepEqual([none.code, /its id was in the answer/.test(none.err)], [3, true]);
  const other = await server.json(['verify', 'start', '+12125550103'], { org: 'acme' });
  assert.match((await server.cli(['verify', 'cancel', other.id], { org: 'acme' })).out, /canceled/);
  assert.equal((await server.cli(['verify', 'check', other.id, '12345678'], { org: 'acme' })).code, 4);
  assert.equal((await server.cli(['verify', 'service', 'burn'], { org: 'acme' })).code, 2);
});

test('the same code goes out again, so often as a number may be sent one in an hour', async () => {
  const first = await begun('+12125550104');
  const code = await shown('+12125550104');
  for (let sent = 2; sent <= 5; sent++) {
    const v = await begun('+12125550104');
    assert.deepEqual([v.id, v.codes_sent, v.codes_left], [first.id, sent, 5 - sent]);
  }
  assert.equal(await shown('+12125550104'), code);
  const sixth = await start('+12125550104');
  assert.deepEqual([sixth.status, sixth.body.twilio_code], [429, 60203]);
  assert.ok(Number(sixth.headers.get('retry-after')) > 500);
  await api('POST', `/v1/verifications/${first.id}/cancel`, {});
  const over = await start('+12125550104');
  assert.equal(over.status, 429);
  assert.match(over.body.detail, /verify\.number_per_h/);
  assert.ok(Number(over.headers.get('retry-after')) > 3000);
});

test('five wrong codes end it, and guessing on is stopped', async () => {
  const v = await begun('+12125550105');
  const code = await shown('+12125550105');
  for (let left = 4; left >= 0; left--)
    assert.equal((await check(v.id, wrong(code))).body.attempts_left, left === 0 ? 0 : left);
  assert.equal((await api('GET', `/v1/verifications/${v.id}`)).body.status, 'max_attempts_reached');
  const more = await check(v.id, code);
  assert.deepEqual([more.status, more.body.twilio_code], [429, 60202]);
  assert.equal((await start('+12125550105')).body.twilio_code, 60202);
});

test('a key is answered once, and sends one code', async () => {
  const headers = { 'Idempotency-Key': 'one' };
  const first = await api('POST', '/v1/verifications', { to: '+12125550106' }, 'acme', headers);
  const again = await api('POST', '/v1/verifications', { to: '+12125550106' }, 'acme', headers);
  assert.deepEqual(again.body, first.body);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
  assert.equal((await api('GET', `/v1/verifications/${first.body.id}`)).body.codes_sent, 1);
  const other = await api('POST', '/v1/verifications', { to: '+12125550107' }, 'acme', headers);
  assert.equal(other.status, 422);
});

// One request sends, whoever else comes with the same key meanwhile: he waits, or is told what the first was told.
test('two starts of one key in the same moment send one code, and so does a third whose answer was lost', async () => {
  const headers = { 'Idempotency-Key': 'twins' };
  const twin = () => api('POST', '/v1/verifications', { to: '+12125550108' }, 'acme', headers);
  const answers = await Promise.all([twin(), twin(), twin(), twin()]);
  const sent = answers.filter((a) => a.status === 201);
  assert.ok(sent.length >= 1 && answers.every((a) => a.status === 201 || a.status === 429), JSON.stringify(answers.map((a) => a.status)));
  assert.equal(new Set(sent.map((a) => a.body.id)).size, 1);
  const said = await twin();
  assert.deepEqual([said.status, said.body.codes_sent, said.headers.get('idempotent-replayed')], [201, 1, 'true']);
  const codesOf = async (to) => (await server.control('GET', `/codes?to=${encodeURIComponent(to)}`)).codes.map((c) => c.sends);
  assert.deepEqual(await codesOf('+12125550108'), [1]);

  await server.control('POST', '/faults/next', { fault: 'error_after', on: ['other'], status: 503 });
  const lost = () => api('POST', '/v1/verifications', { to: '+12125550109' }, 'acme', { 'Idempotency-Key': 'lost' });
  assert.equal((await lost()).status, 503);
  assert.deepEqual([(await lost()).body.codes_sent, (await lost()).headers.get('idempotent-replayed')], [1, 'true']);
  assert.deepEqual(await codesOf('+12125550109'), [1]);
});

test('one who opted out gets the code that he asks for', async () => {
  await api('POST', '/v1/consents', { number: '+12125550108', state: 'opted_out' });
  assert.equal((await begun('+12125550108')).status, 'pending');
});

test('bad input is told by name, and no code is told back', async () => {
  const v = await begun('+12125550109');
  const cases = [
    [{}, 'to'], [{ to: '123' }, 'to'], [{ to: 12125550109 }, 'to'], [{ to: '+447911123456' }, 'to'],
    [{ to: '+19005550100' }, 'to'], [{ to: '+18005550100' }, 'to'], [{ to: '+12125550110', channel: 'fax' }, 'channel'],
    [{ to: '+12125550110', channel: 'call' }, 'channel'], [{ to: '+12125550110', locale: 'english' }, 'locale'],
    [{ to: '+12125550110', client_address: 'home' }, 'client_address'], [{ to: '+12125550110', code: '1' }, 'code'],
  ];
  for (const [body, field] of cases) {
    const answer = await api('POST', '/v1/verifications', body);
    assert.equal(answer.status, 422, JSON.stringify(body));
    assert.equal(answer.body.errors[0].field, field, JSON.stringify(answer.body));
    assert.ok(answer.body.errors[0].fix.length > 0);
  }
  for (const body of [{}, { code: 73519246 }, { code: ['73519246'] }, { code: '73519246xyz' }, { code: '735 192 46' },
    { code: '7351924673519246' }, { code: '73519246', cod: '73519246' }]) {
    const answer = await api('POST', `/v1/verifications/${v.id}/check`, body);
    assert.equal(answer.status, 422, JSON.stringify(body));
    assert.ok(!/735/.test(JSON.stringify(answer.body)), JSON.stringify(answer.body));
  }
  const torn = await api('POST', `/v1/verifications/${v.id}/check`, '{"code": "73519246');
  assert.equal(torn.status, 400);
  assert.ok(!/735/.test(JSON.stringify(torn.body)), JSON.stringify(torn.body));
  assert.equal((await check('ver_0000000000000', '123456')).status, 404);
  assert.equal((await api('GET', `/v1/verifications/${v.id}`)).body.attempts, 0);
});

test('what Twilio refuses is explained by its code', async () => {
  for (const [to, status, code] of [['+12125559710', 409, 60410], ['+12125559712', 429, 60212],
    ['+12125559738', 409, 60238], ['+12125559745', 429, 60245]]) {
    const { status: got, body } = await start(to);
    assert.deepEqual([got, body.twilio_code], [status, code], JSON.stringify(body));
    assert.match(body.detail, /^Twilio refused/);
  }
  const { status, body } = await start('+12125559401'); // a landline, as soon as somebody looked
  assert.equal(status, 201, JSON.stringify(body));
  await server.cli(['lookup', '+12125559401'], { org: 'acme' });
  const landline = await start('+12125559401');
  assert.deepEqual([landline.status, landline.body.errors[0].field], [422, 'to']);
});

test('one client address gets so many codes in an hour', async () => {
  const from = { client_address: '2001:db8:1:2::7' };
  for (let i = 0; i < 20; i++) await begun(`+1213555${1000 + i}`, from);
  const { status, body } = await start('+12135551099', { client_address: '2001:db8:1:2:ffff::1' });
  assert.equal(status, 429);
  assert.match(body.detail, /verify\.address_per_h/);
  assert.equal((await start('+12135551099', { client_address: '2001:db8:1:3::1' })).status, 201);
});

test('who asks for more than his service may be asked is told to wait', async () => {
  const many = Array.from({ length: 150 }, (_, i) => `+1312555${1000 + i}`);
  const answers = await Promise.all(many.map((to) => start(to, {}, 'bolt')));
  const refused = answers.filter((a) => a.status === 429);
  const sent = answers.filter((a) => a.status === 201);
  assert.equal(refused.length + sent.length, 150);
  assert.ok(sent.length >= 25 && refused.length > 0, `${sent.length} were sent`);
  assert.ok(refused.every((a) => Number(a.headers.get('retry-after')) >= 1));
  assert.ok(refused.some((a) => /limits\.verify_per_s/.test(a.body.detail)), JSON.stringify(refused[0].body));
});

test('a request whose answer was lost is looked for, not sent again', async () => {
  await server.control('POST', '/faults/next', { fault: 'error_after', on: ['other'], status: 503 });
  const lost = await start('+12125550120');
  assert.equal(lost.status, 503);
  const found = await begun('+12125550120');
  assert.deepEqual([found.status, found.codes_sent], ['pending', 1]);
  assert.equal((await check(found.id, await shown('+12125550120'))).body.valid, true);
});

test('so is one that was to go out once more', async () => {
  await begun('+12125550122');
  await server.control('POST', '/faults/next', { fault: 'error_after', on: ['other'], status: 503 });
  assert.equal((await start('+12125550122')).status, 503);
  assert.equal((await begun('+12125550122')).codes_sent, 2);
});

test('who has the code of a lost answer proves his number with it', async () => {
  const stop = new AbortController();
  const events = await fetch(`${server.events_url}/v1/events`, { signal: stop.signal, headers: {
    Authorization: `Bearer ${server.operatorKey}`, 'Sterling-Organization': 'acme' } });
  const reader = events.body.getReader();
  let text = '';
  await server.control('POST', '/faults/next', { fault: 'error_after', on: ['other'], status: 503 });
  assert.equal((await start('+12125550123')).status, 503);
  while (!/verification":"ver_/.test(text)) text += Buffer.from((await reader.read()).value).toString();
  stop.abort();
  const [, id] = /verification":"(ver_[^"]*)/.exec(text);
  const hit = await check(id, await shown('+12125550123'));
  assert.deepEqual([hit.status, hit.body.valid, hit.body.status], [200, true, 'approved'], JSON.stringify(hit.body));
});

test('who is suspended sends no codes', async () => {
  await tenant('halt');
  await server.json(['org', 'update', 'halt', '--state', 'suspended']);
  const { status, body } = await start('+12125550124', {}, 'halt');
  assert.equal(status, 409, JSON.stringify(body));
  assert.match(body.detail, /suspended/);
});

test('a service whose making was not heard of is found again by its name', async () => {
  await tenant('crew');
  await server.control('POST', '/faults/next', { fault: 'error_after', on: ['other'], status: 503, skip: 1 });
  const lost = await start('+12125550121', {}, 'crew');
  assert.equal(lost.status, 503, JSON.stringify(lost.body));
  await begun('+12125550121', {}, 'crew');
  const listed = await fetch(`${server.sandbox_url}/v2/Services`, { headers: { authorization:
    `Basic ${Buffer.from(`${accounts.crew.sid}:${accounts.crew.auth_token}`).toString('base64')}` } });
  assert.equal((await listed.json()).services.length, 1);
});

test('an organization\'s first verifications in the same moment make one service', async () => {
  await tenant('rush');
  // The first one's look for a service is answered late: the others come meanwhile.
  await server.control('POST', '/faults/next', { fault: 'latency', on: ['other'], delay_ms: 400 });
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => start(`+121255501${60 + i}`, {}, 'rush')));
  assert.deepEqual([...new Set(answers.map((a) => a.status))], [201], JSON.stringify(answers.map((a) => a.body)));
  const listed = await fetch(`${server.sandbox_url}/v2/Services`, { headers: { authorization:
    `Basic ${Buffer.from(`${accounts.rush.sid}:${accounts.rush.auth_token}`).toString('base64')}` } });
  assert.equal((await listed.json()).services.length, 1);
});

test('what guards took stays taken when the server is killed, and a service that is gone is made anew', async () => {
  await server.json(['org', 'create', 'dune']); // of the installation's own account, which the next sandbox has, too
  const v = await begun('+12125550130', {}, 'dune');
  for (let i = 0; i < 4; i++) await begun('+12125550130', {}, 'dune');
  server.child.kill('SIGKILL');
  await server.exited;
  server.ended = undefined;
  await server.start('--verify.code_length=8', '--limits.verify_per_s=25', '--sandbox.seed=2', '--verify.country_per_h=12');
  assert.equal((await api('GET', `/v1/verifications/${v.id}`, undefined, 'dune')).body.status, 'pending');
  await api('POST', `/v1/verifications/${v.id}/cancel`, {}, 'dune');
  const { status, body } = await start('+12125550130', {}, 'dune');
  assert.equal(status, 429);
  assert.match(body.detail, /verify\.number_per_h/);
  await eventually(async () => (await start('+12125550131', {}, 'dune')).status === 201, 'a new service');
});

test('events tell each move', async () => {
  const stop = new AbortController();
  const answer = await fetch(`${server.events_url}/v1/events`, { signal: stop.signal, headers: {
    Authorization: `Bearer ${server.operatorKey}`, 'Sterling-Organization': 'dune' } });
  const reader = answer.body.getReader();
  let text = '';
  const v = await begun('+12125550132', {}, 'dune');
  await check(v.id, await shown('+12125550132'), 'dune');
  while (!text.includes('verification.approved')) text += Buffer.from((await reader.read()).value).toString();
  assert.match(text, /event: verification\.pending\ndata: \{/);
  stop.abort();
});

test('one country gets so many codes in an hour', async () => {
  const answers = [];
  for (let i = 0; i < 12; i++) answers.push(await start(`+1312555${2000 + i}`, {}, 'dune'));
  const last = answers[answers.length - 1];
  assert.equal(last.status, 429);
  assert.match(last.body.detail, /verify\.country_per_h/);
});

test('no number, no token and no code is in the log, and no code is in the database', () => {
  const log = server.log();
  for (const secret of server.secrets) assert.ok(!log.includes(secret), secret);
  assert.ok(codes.size > 5);
  const stored = fs.readdirSync(server.dir, { recursive: true, withFileTypes: true }).filter((f) => f.isFile())
    .map((f) => fs.readFileSync(path.join(f.parentPath ?? f.path, f.name)));
  for (const code of codes)
    for (const bytes of [Buffer.from(log), ...stored]) assert.ok(!bytes.includes(code), code);
});
