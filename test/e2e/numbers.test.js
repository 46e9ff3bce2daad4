'use strict';
// Numbers as an operator meets them, against the built-in Twilio: found, bought, set up, adopted, quarantined, released;
// and what differs at Twilio, shown and repaired.

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const { DONE, USAGE, NOT_FOUND, REFUSED, Server, refused, eventually } = require('./server');

const server = new Server();
const as = { org: 'acme' };
let account;

// The other side, asked with the organization's own credentials.
async function twilio(method, path, form) {
  const answer = await fetch(server.sandbox_url + path, {
    method, body: form && new URLSearchParams(form),
    headers: { authorization: `Basic ${Buffer.from(`${account.sid}:${account.auth_token}`).toString('base64')}` },
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}
const api = (what) => `/2010-04-01/Accounts/${account.sid}/${what}`;
const owned = async () => (await twilio('GET', api('IncomingPhoneNumbers.json?PageSize=1000'))).incoming_phone_numbers;
const pooled = async (service) => (await twilio('GET', `/v1/Services/${service.sid}/PhoneNumbers`)).phone_numbers;
const senders = async () => Object.fromEntries(
  (await server.get('senders', as)).data.map((one) => [one.address, one]));

let service;
before(async () => {
  await server.start('--drift.every_ms=86400000', '--onboarding.settle_ms=100', '--numbers.requests_per_min=60000');
  account = await server.control('POST', '/accounts', { friendly_name: 'acme' });
  server.keep(account.auth_token);
  service = await twilio('POST', '/v1/Services', { FriendlyName: 'acme' });
  await server.json(['org', 'create', 'acme', '--account-sid', account.sid, '--service', service.sid,
    '--brand', 'standard', '--score', '30', '--registration', 'approved'],
  { env: { STERLING_ORG_AUTH_TOKEN: account.auth_token } });
});
after(async () => {
  assert.equal(await server.stop(), 0);
  server.remove();
});

test('numbers are searched for by what they must be', async () => {
  const found = await server.json(['number', 'search', '--area-code', '415', '--limit', '3'], as);
  assert.equal(found.data.length, 3);
  assert.ok(found.data.every((one) => one.number.startsWith('+1415') && one.region === 'CA' && one.sms));
  assert.equal(found.monthly_cost_micros, 1150000);
  const region = await server.json(['number', 'search', '--region', 'NY', '--contains', '212'], as);
  assert.ok(region.data.length > 0 && region.data.every((one) => one.region === 'NY'));
  const any = await server.json(['number', 'search', '--area-code', '415', '--limit', '30'], as);
  assert.ok(any.data.some((one) => !one.mms) && any.data.some((one) => !one.voice), JSON.stringify(any.data));
  const able = await server.json(['number', 'search', '--area-code', '415', '--limit', '30', '--mms', '--voice'], as);
  assert.ok(able.data.length > 0 && able.data.every((one) => one.mms && one.voice));
  const near = await server.json(['number', 'search', '--near', '+16025550100'], as);
  assert.ok(near.data.every((one) => one.number.startsWith('+1602')));
  const free = await server.json(['number', 'search', '--type', 'toll_free'], as);
  assert.equal(free.monthly_cost_micros, 2150000);
  refused(await server.cli(['number', 'search', '--type', 'mobile'], as), NOT_FOUND, /no numbers of that type/);
  refused(await server.cli(['number', 'search', '--area-code', '911'], as), REFUSED, /does not take that search/);
  refused(await server.cli(['number', 'search', '--area-code', '41x'], as), REFUSED, /--area-code '41x'.*three digits/);
  refused(await server.cli(['number', 'search', '--limit', '0'], as), REFUSED, /--limit '0'.*from 1 to \d+/);
  refused(await server.cli(['number', 'search', '--distance', '501'], as), USAGE, /distance/);
});

test('a plan tells how many numbers a brand wants, and why', async () => {
  const plan = await server.json(['number', 'plan'], as);
  assert.deepEqual([plan.messages_per_minute, plan.wanted, plan.to_buy], [750, 8, 8]);
  const little = await server.cli(['number', 'plan', '--per-minute', '250'], as);
  assert.match(little.out, /numbers wanted: +3/);
  assert.match(little.out, /- A T2 brand sends 750/);
});

let bought;
test('numbers are bought once the price was agreed to, and are senders of the service', async () => {
  refused(await server.cli(['number', 'buy', '--count', '2'], as), USAGE, /2 local number\(s\) cost \$2\.30 a month/, /--yes/);
  assert.equal((await owned()).length, 0);
  const answer = await server.json(['number', 'buy', '--count', '2', '--area-code', '415', '--yes'], as);
  bought = answer.data;
  assert.deepEqual(bought.map((one) => [one.state, one.bought, one.program]), [['active', true, 'default'], ['active', true, 'default']]);
  const there = await owned();
  const hook = (await server.json(['org', 'show', 'acme'])).webhooks.inbound;
  assert.deepEqual(there.map((one) => one.phone_number).sort(), bought.map((one) => one.number).sort());
  assert.ok(there.every((one) => one.sms_url === hook && /^sterling num_/.test(one.friendly_name)));
  assert.equal((await pooled(service)).length, 2);
  const all = await senders();
  assert.ok(bought.every((one) => all[one.number].state === 'active' && all[one.number].sid === one.sid));
});

test('an organization of another country buys as many as it plans there, where it searches', async () => {
  const north = await server.control('POST', '/accounts', { friendly_name: 'north' });
  await server.json(['org', 'create', 'north', '--name', 'North', '--region', 'CA', '--account-sid', north.sid,
    '--brand', 'standard', '--score', '30', '--registration', 'approved'],
    { env: { STERLING_ORG_AUTH_TOKEN: server.keep(north.auth_token) } });
  await server.json(['org', 'update', 'north', '--brand-name', 'North'], // what is exported is another organization's token
    { env: { STERLING_ORG_AUTH_TOKEN: server.keep('0123456789abcdef0123456789abcdef') } });
  const found = await server.json(['number', 'search', '--limit', '5'], { org: 'north' });
  const order = await server.json(['number', 'buy', '--plan', '--per-minute', '250', '--yes'], { org: 'north' });
  assert.deepEqual(order.data.map((one) => one.state), ['active', 'active', 'active'], JSON.stringify(order.data));
  const codes = new Set(found.data.map((one) => one.number.slice(2, 5)));
  for (const { number } of order.data) assert.ok(codes.has(number.slice(2, 5)), `${number}, not of ${[...codes]}`);
  const again = await server.cli(['number', 'buy', '--plan', '--per-minute', '250', '--yes'], { org: 'north' });
  assert.match(again.err, /nothing is to be bought/);
});

test('who would buy in the account of all is told so with the price', async () => {
  await server.json(['org', 'create', 'guest', '--registration', 'approved', '--brand', 'standard', '--score', '30']);
  refused(await server.cli(['number', 'buy'], { org: 'guest' }), USAGE, /no Twilio account of its own/, /--yes/);
  const own = await server.cli(['number', 'buy'], as);
  refused(own, USAGE, /--yes/);
  assert.doesNotMatch(own.err, /account of its own/);
});

test('what cannot be bought is told with the reason', async () => {
  refused(await server.cli(['number', 'buy', bought[0].number, '--yes', '--json'], as), REFUSED, /has \+1415\d+ already/);
  const taken = await server.control('POST', '/accounts', { friendly_name: 'other' });
  const first = (await server.json(['number', 'search', '--area-code', '602', '--limit', '1'], as)).data[0].number;
  await fetch(`${server.sandbox_url}/2010-04-01/Accounts/${taken.sid}/IncomingPhoneNumbers.json`, {
    method: 'POST', body: new URLSearchParams({ PhoneNumber: first }),
    headers: { authorization: `Basic ${Buffer.from(`${taken.sid}:${taken.auth_token}`).toString('base64')}` } });
  const result = await server.cli(['number', 'buy', first, '--yes', '--json'], as);
  assert.equal(result.code, REFUSED, result.err);
  const [failed] = JSON.parse(result.out).data;
  assert.deepEqual([failed.state, failed.error_code], ['failed', 21422]);
  for (const [wrong, code, words] of [[['hello'], REFUSED, /no number that can be bought/], [['+18335550100'], REFUSED, /--type toll_free/],
    [['--area-code', '4x5'], USAGE, /three digits/]]) {
    const told = await server.cli(['number', 'buy', ...wrong, '--yes'], as);
    refused(told, code, words);
    assert.doesNotMatch(told.err, /a month/, 'nothing wrong is given a price');
  }
  const stranger = await server.cli(['number', 'adopt', '+12125550123'], as);
  refused(stranger, REFUSED, /not adopted: The organization's account at Twilio has no such number/);
  const { status, body } = await server.api('POST', '/v1/numbers', { org: 'acme', body: '{"monthly_cost_max_micros":1149999}' });
  assert.equal(status, 422);
  assert.match(JSON.stringify(body), /cost 1\.15 dollars a month/);
});

test('a number is quarantined before it is released, and sends no more', async () => {
  const [{ number, id }] = bought;
  refused(await server.cli(['number', 'release', number], as), REFUSED, /quarantine it first/);
  const quiet = await server.json(['number', 'quarantine', number], as);
  assert.equal(quiet.state, 'quarantined');
  assert.ok(Date.parse(quiet.quarantined_until) > Date.now() + 44 * 86400000);
  assert.equal((await senders())[number].state, 'held');
  assert.equal((await owned()).length, 2);
  assert.equal((await server.json(['number', 'restore', number], as)).state, 'active');
  assert.equal((await senders())[number].state, 'active');
  await server.json(['number', 'quarantine', number, '--days', '3'], as);
  refused(await server.cli(['number', 'release', number], as), REFUSED, /3 more day/);
  await server.json(['number', 'release', number, '--force'], as);
  await eventually(async () => (await server.get(`numbers/${id}`, as)).state === 'released', 'released');
  assert.equal((await senders())[number], undefined);
  assert.deepEqual((await owned()).map((one) => one.phone_number), [bought[1].number]);
});

test('what differs at Twilio is shown with was and is, and repaired when asked', async () => {
  const [mine] = await owned();
  const extra = await twilio('POST', api('IncomingPhoneNumbers.json'), { AreaCode: '312' });
  await twilio('POST', api(`IncomingPhoneNumbers/${mine.sid}.json`), { SmsUrl: 'https://elsewhere.example/sms' });
  await twilio('POST', `/v1/Services/${service.sid}`, { InboundRequestUrl: 'https://elsewhere.example/in', StickySender: 'false',
    StatusCallback: 'https://elsewhere.example/status' });
  await twilio('DELETE', `/v1/Services/${service.sid}/PhoneNumbers/${mine.sid}`);
  const seen = await server.cli(['drift', '--json'], as);
  assert.equal(seen.code, REFUSED, seen.err);
  const { findings } = JSON.parse(seen.out);
  const of = (kind, field) => findings.find((one) => one.kind === kind && (!field || one.field === field));
  assert.equal(of('number_found').number, extra.phone_number);
  assert.deepEqual([of('number_webhook').number, of('number_webhook').is], [mine.phone_number, 'https://elsewhere.example/sms']);
  assert.match(of('number_webhook').was, /\/twilio\/\w+\/inbound$/);
  assert.equal(of('service_setting', 'inbound_request_url').is, 'https://elsewhere.example/in');
  assert.equal(of('service_setting', 'status_callback').is, 'https://elsewhere.example/status');
  assert.deepEqual([of('service_setting', 'sticky_sender').was, of('service_setting', 'sticky_sender').is], ['true', 'false']);
  assert.equal(of('number_outside_service').number, mine.phone_number);
  assert.ok(findings.every((one) => !one.repaired));
  assert.match((await server.cli(['audit'])).out, /webhook.*service|service.*webhook/i);

  const repaired = JSON.parse((await server.cli(['drift', '--repair', '--json'], as)).out);
  assert.ok(repaired.findings.every((one) => one.repaired === one.repairable), JSON.stringify(repaired));
  assert.deepEqual((await pooled(service)).map((one) => one.phone_number), [mine.phone_number]);
  const after = JSON.parse((await server.cli(['drift', '--json'], as)).out);
  assert.deepEqual(after.findings.map((one) => [one.kind, one.number]), [['number_found', extra.phone_number]]);

  await server.json(['number', 'adopt', extra.phone_number], as);
  await eventually(async () => (await server.get(`numbers/${encodeURIComponent(extra.phone_number)}`, as)).state === 'active', 'adopted');
  assert.equal((await senders())[extra.phone_number].state, 'active');
  const clean = await server.cli(['drift'], as);
  assert.equal(clean.code, DONE, clean.out);
  await twilio('DELETE', api(`IncomingPhoneNumbers/${extra.sid}.json`));
  const gone = JSON.parse((await server.cli(['drift', '--json'], as)).out);
  assert.deepEqual(gone.findings.map((one) => [one.kind, one.number]), [['number_gone', extra.phone_number]]);
});

test('a sender whose number the account has not is told, not counted, and well again once it has it', async () => {
  const [typo] = (await server.json(['number', 'search', '--area-code', '303', '--limit', '1'], as)).data.map((one) => one.number);
  const plan = async () => (await server.json(['number', 'plan'], as));
  const row = async () => (await server.get('numbers', as)).data.find((one) => one.number === typo);
  const kinds = async () => JSON.parse((await server.cli(['drift', '--json'], as)).out).findings
    .filter((one) => one.number === typo).map((one) => one.kind);
  const before = await plan();
  await server.json(['sender', 'add', typo], as);
  await eventually(async () => (await row())?.state === 'gone', 'looked at without being asked');
  assert.match((await row()).why, /the organization's account at Twilio does not.*remove the sender/);
  assert.match((await server.cli(['number', 'list'], as)).out, /get this one into the account\. /); // what to do is not cut off
  assert.deepEqual(await kinds(), ['sender_not_in_account']);
  const told = await server.cli(['drift', '--last'], as);
  assert.match(told.out, /sender_not_in_account: nothing can leave from it: sterling sender remove/);
  const now = await plan();
  assert.equal(now.to_buy, before.to_buy);
  assert.match(now.reasons.at(-1), /2 sender\(s\) more do not count/); // and the one of above that is gone

  const there = await twilio('POST', api('IncomingPhoneNumbers.json'), { PhoneNumber: typo });
  await server.cli(['drift', '--repair'], as);
  assert.deepEqual([(await row()).state, (await row()).sid], ['active', there.sid]);
  assert.deepEqual(await kinds(), ['number_webhook']);
  await server.cli(['drift', '--repair'], as);
  assert.deepEqual(await kinds(), []);
  assert.equal((await plan()).to_buy, before.to_buy - 1);

  await twilio('DELETE', api(`IncomingPhoneNumbers/${there.sid}.json`));
  assert.deepEqual(await kinds(), ['number_gone']);

  // Adopted, and gone once more: it has two rows, and is told once.
  const again = await twilio('POST', api('IncomingPhoneNumbers.json'), { PhoneNumber: typo });
  assert.equal((await server.json(['number', 'adopt', typo], as)).state, 'active');
  await twilio('DELETE', api(`IncomingPhoneNumbers/${again.sid}.json`));
  assert.deepEqual(await kinds(), ['number_gone']);
  assert.deepEqual(await kinds(), ['number_gone']);

  // Its sender is removed, as told: nothing asks for that any more.
  const rows = async () => (await server.get('numbers', as)).data.filter((one) => one.number === typo);
  assert.deepEqual((await rows()).map((one) => one.state), ['gone', 'gone']);
  assert.equal((await server.cli(['sender', 'remove', typo], as)).code, DONE);
  assert.equal((await senders())[typo], undefined);
  assert.deepEqual(await kinds(), []);
  assert.deepEqual((await rows()).map((one) => one.state), ['released', 'released']);
  assert.match((await row()).why, /no sender has it any more/);
});

test('an account of any size is looked at, and again when its numbers are known', async () => {
  const large = await server.control('POST', '/accounts', { friendly_name: 'large' });
  await server.json(['org', 'create', 'large', '--name', 'Large', '--account-sid', large.sid],
    { env: { STERLING_ORG_AUTH_TOKEN: server.keep(large.auth_token) } });
  for (const area_code of [415, 312, 602, 404])
    await server.control('POST', '/numbers', { account: large.sid, area_code, count: 450 });
  for (let look = 0; look < 2; look++) {
    const { code, out, err } = await server.cli(['drift', '--json'], { org: 'large' });
    assert.equal(code, REFUSED, err);
    assert.equal(JSON.parse(out).found, 1800);
  }
});

test('short codes and hosted numbers are written down, with notes, and are senders', async () => {
  const made = await server.json(['number', 'record', '54321', '--kind', 'short_code', '--notes', 'random, leased by quarter',
    '--leased-since', '2026-01-01T00:00:00Z'], as);
  assert.deepEqual([made.state, made.kind, made.leased_since], ['active', 'short_code', '2026-01-01T00:00:00.000Z']);
  assert.deepEqual([(await senders())['54321'].kind, (await senders())['54321'].verified], ['short_code', true]);
  assert.equal((await server.json(['number', 'note', made.id, 'vanity'], as)).notes, 'vanity');
  assert.equal((await server.json(['number', 'quarantine', '54321', '--days', '0'], as)).state, 'quarantined');
  assert.equal((await senders())['54321'].state, 'held');
  assert.equal((await server.json(['number', 'restore', '54321'], as)).state, 'active');
  refused(await server.cli(['number', 'record', '+14155550100', '--kind', 'short_code'], as), REFUSED, /no number of that kind/);
  const hosted = await server.json(['number', 'record', '+12125550111', '--kind', 'hosted', '--not-approved'], as);
  assert.equal((await senders())['+12125550111'].verified, false);
  await server.json(['number', 'quarantine', hosted.id, '--days', '0'], as);
  await server.json(['number', 'release', hosted.id], as);
  await eventually(async () => (await server.get(`numbers/${hosted.id}`, as)).state === 'released', 'let go');
});

test('a number that is another organization\'s sender is bought, and a person is told', async () => {
  const [number] = (await server.json(['number', 'search', '--area-code', '503', '--limit', '1'], as)).data.map((one) => one.number);
  await server.json(['sender', 'add', number], as);
  const bought = await server.cli(['number', 'buy', number, '--yes', '--json'], { org: 'north' });
  assert.equal(bought.code, REFUSED, bought.err);
  const [failed] = JSON.parse(bought.out).data;
  assert.equal(failed.state, 'failed');
  assert.match(failed.why, /is in use already; remove it where it is first/);
  assert.equal((await server.cli(['sender', 'remove', number], as)).code, DONE);
  assert.equal((await server.json(['number', 'retry', failed.id], { org: 'north' })).state, 'setting_up');
  await eventually(async () =>
    (await server.get(`numbers/${failed.id}`, { org: 'north' })).state === 'active', 'the set-up');
});

// A number of the account, adopted while Twilio does not answer: it waits to be set up, and says what for. It comes into
// the account behind the faults, so that no look for drift that is still due has seen it.
async function adoptedInVain(t) {
  t.after(() => server.control('DELETE', '/faults'));
  await server.control('POST', '/faults', { per_million: { error_before: 1000000 } });
  const { numbers: [there] } = await server.control('POST', '/numbers', { account: account.sid, area_code: 303, count: 1 });
  await server.post('numbers/adopt', { number: there.phone_number }, as);
  const at = `numbers/${encodeURIComponent(there.phone_number)}`;
  const waiting = await eventually(async () => {
    const now = await server.get(at, as);
    return now.why && now;
  }, 'what it waits for');
  assert.deepEqual([waiting.state, waiting.sid], ['setting_up', null]);
  return { there, at };
}

// Twilio answers again. A retry is refused while the number has its turn, which may have begun before.
async function comesTo(state, at) {
  await server.control('DELETE', '/faults');
  await eventually(async () => {
    if ((await server.get(at, as)).state === state) return true;
    const { status } = await server.api('POST', `/v1/${at}/retry`, as);
    assert.ok([200, 202, 409].includes(status), `${status}`);
    return false;
  }, state);
}

test('what was quarantined before it was set up is set up when it is restored', async (t) => {
  const { there, at } = await adoptedInVain(t);
  await server.post(`${at}/quarantine`, {}, as);
  assert.equal((await server.post(`${at}/restore`, {}, as)).state, 'setting_up');
  assert.equal((await senders())[there.phone_number], undefined, 'it is no sender before its texts come here');
  await comesTo('active', at);
  const hook = (await server.json(['org', 'show', 'acme'])).webhooks.inbound;
  assert.equal((await owned()).find((one) => one.sid === there.sid).sms_url, hook);
  assert.equal((await senders())[there.phone_number].state, 'active');
});

test('what was never set up is given back all the same, and not said to be while Twilio has it', async (t) => {
  const { there, at } = await adoptedInVain(t);
  const { id } = await server.post(`${at}/release`, { force: true }, as);
  await comesTo('released', `numbers/${id}`);
  assert.ok(!(await owned()).some((one) => one.sid === there.sid), 'Twilio still has it, and wants to be paid');
});

test('an order that is taken back leaves the sender that was there before', async (t) => {
  t.after(() => server.control('DELETE', '/faults'));
  const [number] = (await server.json(['number', 'search', '--area-code', '503', '--limit', '1'], as)).data.map((one) => one.number);
  await server.json(['sender', 'add', number], as);
  await server.control('POST', '/faults', { per_million: { error_before: 1000000 } });
  const { data: [order] } = await server.post('numbers', { numbers: [number], monthly_cost_max_micros: 5000000 }, as);
  const waiting = await eventually(async () => {
    const now = await server.get(`numbers/${order.id}`, as);
    return now.why && now;
  }, 'what it waits for');
  assert.equal(waiting.state, 'wanted');
  assert.equal((await server.post(`numbers/${order.id}/release`, {}, as)).state, 'released');
  await server.control('DELETE', '/faults');
  assert.equal((await senders())[number].state, 'active');
});

test('who waits for a number is told what it waits for', async (t) => {
  let freed;
  const free = () => (freed ??= server.control('DELETE', '/faults'));
  const unheard = setTimeout(free, 60000); // else it would wait for ever
  t.after(() => { clearTimeout(unheard); return free(); });
  await server.control('POST', '/faults', { per_million: { error_before: 1000000 } });
  const heard = (chunk) => { if (/ waits: /.test(chunk)) free(); };
  const bought = await server.cli(['number', 'buy', '--area-code', '303', '--yes'], { org: 'north', heard });
  await free();
  assert.equal(bought.code, DONE, bought.err);
  assert.match(bought.err, /^num_\w+ waits: \S/m);
});
