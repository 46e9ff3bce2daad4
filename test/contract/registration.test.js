'use strict';
// Registrations of all three kinds by the server itself, through a relay that judges every request and every answer by
// Twilio's OpenAPI files, and sees that no account is ever asked about, or with, what is another's.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { inherited, startSandbox, eventually } = require('./sandbox_harness');
const { checkAnswer, checkRequest } = require('./openapi');

const LONG = { timeout: 60000 };
const TRUST = /^\/v1\/(CustomerProfiles|TrustProducts|EndUsers|SupportingDocuments|Policies)/;
const SID = /\b[A-Z]{2}[0-9a-f]{32}\b/g;
const CAMPAIGN = 'QE2c6890da8086d771620e9b13fadeba0b'; // everybody's
const hostOf = (url) =>
  url.startsWith('/2010-04-01/') ? 'api.twilio.com'
    : url.startsWith('/v1/Alerts') ? 'monitor.twilio.com'
    : url.startsWith('/v1/AuthTokens') ? 'accounts.twilio.com'
    : /^\/v1\/(Sinks|Subscriptions)/.test(url) ? 'events.twilio.com'
      : TRUST.test(url) ? 'trusthub.twilio.com' : 'messaging.twilio.com';

let sandbox;
let relay;
let server;
const judged = { requests: new Set(), answers: 0 };
const faults = [];
// While tokens, keys and the account itself come and go, a look of the background that began before may be refused with
// those it had: it looks again later.
let walking = false;
let lose = () => false; // requests that take effect, and whose answer nobody reads
const owners = new Map(); // SID → the account that it was made in
const guard = (what, judge) => {
  try {
    return judge();
  } catch (error) {
    faults.push(`${what}: ${error.message}`);
    return undefined;
  }
};

// May that account speak of that SID? The ISV's primary profile is for all; the ISV makes and reads its subaccounts.
function mayName(account, sid, request) {
  if (sid === account || sid === CAMPAIGN || sid.startsWith('RN')) return true;
  if (account === sandbox.account.sid) return request.url.startsWith('/2010-04-01/Accounts');
  return owners.get(sid) === account || owners.get(sid) === sandbox.account.sid;
}

async function startRelay() {
  const http_server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const user = Buffer.from(request.headers.authorization.slice(6), 'base64').toString().split(':')[0];
    const account = user.startsWith('SK') ? owners.get(user) : user; // an API key is its account's
    const url = `https://${hostOf(request.url)}${request.url}`;
    for (const sid of decodeURIComponent(`${request.url} ${body}`).match(SID) ?? [])
      if (!mayName(account, sid, request)) faults.push(`${account} speaks of ${sid}: ${request.method} ${request.url}`);
    judged.requests.add(guard(`${request.method} ${url} ${body}`, () => checkRequest(request.method, url, body)));
    const type = request.headers['content-type'];
    const answer = await fetch(sandbox.base + request.url, {
      method: request.method, body: request.method === 'POST' ? body : undefined,
      headers: { authorization: request.headers.authorization, ...(type && { 'content-type': type }) },
    });
    const text = await answer.text();
    if (lose(request)) {
      request.socket.destroy();
      return;
    }
    if (answer.status === 204) guard(url, () => checkAnswer(request.method, url, 204));
    else if (answer.status < 300) {
      const object = JSON.parse(text);
      guard(url, () => checkAnswer(request.method, url, answer.status, object));
      judged.answers++;
      for (const sid of text.match(SID) ?? []) if (!owners.has(sid)) owners.set(sid, account);
      // An assignment answers with what it names, and a subaccount is its own.
      if (object.owner_account_sid) owners.set(object.sid, object.sid);
    } else if (!(answer.status === 404 && request.method === 'DELETE') && !/"code":21725/.test(text) &&
      !(walking && answer.status === 401 && request.method === 'GET'))
      faults.push(`${request.method} ${url} ${body}: ${answer.status} ${text}`);
    response.writeHead(answer.status, text === '' ? {} : { 'content-type': 'application/json' })
      .end(text.replaceAll(sandbox.base, relay.base));
  });
  http_server.listen(0, '127.0.0.1');
  await once(http_server, 'listening');
  return {
    base: `http://127.0.0.1:${http_server.address().port}`,
    stop: () => { http_server.closeAllConnections(); http_server.close(); },
  };
}

async function startServer() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'sterling-contract-'));
  const settings = {
    port: 0, events_port: 0, data_dir: dir, 'twilio.base_url': relay.base, 'onboarding.email': 'isv@example.com',
    'onboarding.poll_first_ms': 100, 'onboarding.poll_max_ms': 300, 'onboarding.writes_per_min': 60000,
    'onboarding.settle_ms': 200,
    'reconcile.every_ms': 86400000, 'accounts.rotate_pause_ms': 100, 'accounts.rotate_keep_ms': 100,
  };
  const child = spawn(process.env.STERLING, ['serve', '--sandbox', ...Object.entries(settings).map(([k, v]) => `--${k}=${v}`)], {
    env: { ...inherited(), TWILIO_ACCOUNT_SID: sandbox.account.sid, TWILIO_AUTH_TOKEN: sandbox.account.auth_token },
    stdio: ['ignore', 'ignore', fs.openSync(path.join(dir, 'log'), 'a')],
  });
  const exited = once(child, 'exit');
  await eventually(() => fs.existsSync(path.join(dir, 'server.json')));
  const { url } = JSON.parse(fs.readFileSync(path.join(dir, 'server.json'), 'utf8'));
  const key = fs.readFileSync(path.join(dir, 'operator.key'), 'utf8').trim();
  // A worker's look may come between the server's reading and its writing, which it says: then it is asked again.
  const call = async (method, what, body, slug) => {
    const answer = await fetch(`${url}/v1/${what}`, {
      method, body: body && JSON.stringify(body),
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...(slug && { 'Sterling-Organization': slug }) },
    });
    const text = await answer.text();
    if (answer.status === 409 && /changed meanwhile/.test(text)) return call(method, what, body, slug);
    assert.ok(answer.ok, `${method} ${what}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
  return { call, stop: async () => { child.kill('SIGTERM'); await exited; fs.rmSync(dir, { recursive: true }); } };
}

const COMMON = {
  brand_name: 'Acme Dental', street: '1 Main St', street2: 'Suite 2', city: 'Oakland', region: 'CA', postal_code: '94612',
  country: 'US', first_name: 'Ada', last_name: 'Byron', email: 'ada@acme-dental.example', phone: '+14155550111',
  description: 'Acme Dental reminds its patients of appointments that they made and answers questions.',
  message_flow: 'Patients agree to receive text messages from Acme Dental by ticking an unchecked box on the web form at'
    + ' https://acme-dental.example/join. Message frequency varies. Message and data rates may apply. Reply HELP for help, STOP'
    + ' to cancel. Terms: https://acme-dental.example/terms Privacy policy: https://acme-dental.example/privacy',
  sample1: 'Acme Dental: your visit is on Monday. Reply STOP to opt out.', sample2: 'Acme Dental: call (415) 555-0111 to move your visit. Reply STOP to end.',
  opt_in_message: 'Acme Dental: you are in. Message frequency varies. Msg & data rates may apply. HELP for help, STOP to end.',
  opt_in_keywords: 'START, JOIN', help_message: 'Acme Dental: call +14155550111. STOP to end.', help_keywords: 'HELP,INFO',
  opt_out_message: 'Acme Dental: you get no more messages.', opt_out_keywords: 'STOP',
  embedded_links: false, embedded_phone: true, subscriber_opt_in: true,
  privacy_url: 'https://acme-dental.example/privacy', terms_url: 'https://acme-dental.example/terms', numbers_to_buy: 1,
};
const BUSINESS = {
  ...COMMON, legal_name: 'Acme Dental LLC', business_type: 'Limited Liability Corporation', industry: 'HEALTHCARE',
  identifier: 'EIN', registration_number: '12-3456789', regions: 'USA_AND_CANADA', website: 'https://acme-dental.example',
  company_type: 'private', title: 'Owner', job_position: 'CEO', use_case: 'CUSTOMER_CARE', area_code: '415',
  first_name2: 'Grace', last_name2: 'Hopper', email2: 'grace@acme-dental.example', phone2: '+14155550112', title2: 'Director',
  job_position2: 'Director',
};
const SOLE = { ...COMMON, mobile_phone: '+14158880100', vertical: 'HEALTHCARE' };

before(async () => {
  sandbox = await startSandbox();
  await sandbox.control('POST', '/reviews', {
    all: { pending_ms_min: 20, pending_ms_max: 100, review_ms_min: 20, review_ms_max: 100 }, person_ms_min: 20, person_ms_max: 50,
  });
  await sandbox.control('POST', '/settings', { registration_writes_per_s: 1000 });
  relay = await startRelay();
  server = await startServer();
}, LONG);
after(async () => {
  await server?.stop();
  relay?.stop();
  await sandbox?.stop();
});

// Its token is rotated, a key made, used and revoked; it is suspended, resumed and closed.
async function walkAccount(slug) {
  const at = `organizations/${slug}/account`;
  const want = async (method, what, body) => {
    await server.call(method, `${at}${what}`, body);
    return eventually(async () => {
      const now = await server.call('GET', at);
      return !now.busy && now;
    });
  };
  const before = (await server.call('GET', at)).account_sid;
  walking = true;
  assert.ok((await want('POST', '/rotate')).rotation.last_at);
  const { keys: [key], requests_use: used } = await want('POST', '/keys', { name: 'for requests' });
  assert.equal(used, key.sid);
  assert.equal((await want('POST', '/suspend')).at_twilio, 'suspended');
  assert.equal((await want('POST', '/resume')).at_twilio, 'active');
  assert.equal((await want('DELETE', `/keys/${key.id}`)).requests_use, 'auth token');
  const closed = await want('POST', '/close', { confirm: slug });
  walking = false;
  assert.deepEqual([closed.account_sid, closed.at_twilio, closed.state], [before, 'closed', 'closed']);
  const { data: senders } = await server.call('GET', 'senders', undefined, slug);
  assert.deepEqual(senders.filter((one) => one.state !== 'removed'), []);
}

test('what is asked of Twilio is what its OpenAPI files allow, in the account that it is about', LONG, async () => {
  const all = [['standard', BUSINESS], ['low_volume', BUSINESS], ['sole_proprietor', SOLE]];
  for (const [kind, facts] of all) {
    const slug = kind.replace('_', '-');
    await sandbox.control('POST', '/reviews', { person_silent: true });
    await server.call('POST', 'organizations', { slug, name: slug });
    const made = await server.call('POST', 'registrations', { kind, facts }, slug);
    const until = (right) => eventually(async () => {
      const now = await server.call('GET', `registrations/${made.id}`, undefined, slug);
      assert.notEqual(now.state, 'action', JSON.stringify(now));
      return right(now) && now;
    });
    if (kind === 'sole_proprietor') { // who has not answered is texted again, and answers
      await until((now) => now.state === 'waiting' && /passcode/.test(now.why));
      await sandbox.control('POST', '/reviews', { person_silent: false });
      await server.call('POST', `registrations/${made.id}/passcode`, undefined, slug);
    }
    const done = await until((now) => now.state === 'approved');
    assert.equal(done.numbers.length, 1);
    const { data: [program] } = await server.call('GET', 'programs', undefined, slug);
    assert.equal(program.registration, 'approved');
    assert.equal(program.brand_type, kind);
    assert.equal(program.brand_score !== null, kind === 'standard');
    const { data: senders } = await server.call('GET', 'senders', undefined, slug);
    assert.equal(senders.length, 1);
  }
  await walkAccount('standard');
  assert.equal((await server.call('GET', 'primary-profile')).state, 'approved');
  await server.call('POST', 'organizations', { slug: 'plain', name: 'Plain' });
  assert.equal((await server.call('POST', 'organizations/plain/account')).wanted, 'create');
  await eventually(async () => (await server.call('GET', 'organizations/plain/account')).event_sink_sid);
  assert.deepEqual(faults, []);
  assert.ok(judged.requests.size > 30 && judged.answers > 100, `${judged.requests.size} kinds, ${judged.answers} answers`);
});

// ---- what was refused ----

async function begin(slug, kind, facts) {
  await server.call('POST', 'organizations', { slug, name: slug });
  const { id } = await server.call('POST', 'registrations', { kind, facts }, slug);
  const until = (right) => eventually(async () => {
    const now = await server.call('GET', `registrations/${id}`, undefined, slug);
    return right(now) && now;
  });
  return {
    until,
    refused: (words) => until((now) => now.state === 'action' && words.test(now.why) && now),
    approved: () => until((now) => now.state === 'approved' && now),
    mend: async (mended) => {
      if (mended) await server.call('PATCH', `registrations/${id}`, { facts: mended }, slug);
      return server.call('POST', `registrations/${id}/resubmit`, undefined, slug);
    },
    // A worker's look may come between reading and writing: then it is asked again.
    passcode: () => eventually(() => server.call('POST', `registrations/${id}/passcode`, undefined, slug)
      .catch((error) => { if (!/: 409 /.test(error.message)) throw error; })),
    notes: async () => (await server.call('GET', `registrations/${id}/notes`, undefined, slug)).data,
    ledger: async () => {
      const { account_sid: account } = await server.call('GET', `organizations/${slug}`);
      return sandbox.control('GET', `/registrations?account=${account}`);
    },
  };
}
// The first request like this loses its answer.
function loseOnce(method, like) {
  let lost = 0;
  lose = (request) => request.method === method && like.test(request.url) && lost++ === 0;
  return () => assert.ok(lost > 0, `no ${method} of ${like}`);
}

test('what was made, though its answer was lost, is found and not made again', LONG, async () => {
  const makers = [/CustomerProfiles$/, /BrandRegistrations$/, /v1\/Services$/];
  lose = ({ method, url }) => {
    const at = method === 'POST' ? makers.findIndex((one) => one.test(url)) : -1;
    return at >= 0 && makers.splice(at, 1).length > 0;
  };
  const one = await begin('found', 'low_volume', BUSINESS);
  await one.approved();
  assert.deepEqual(makers, []);
  const { exist } = await one.ledger();
  assert.deepEqual([exist.profile, exist.brand, exist.service], [1, 1, 1]);
  assert.deepEqual(faults, []);
});

test('a campaign whose resubmission lost its answer is not paid for twice', LONG, async () => {
  // Twilio's dates are of whole seconds: a review takes longer than one.
  const slow = { pending_ms_min: 600, pending_ms_max: 700, review_ms_min: 600, review_ms_max: 700 };
  await sandbox.control('POST', '/reviews', { campaign: slow });
  const flow = COMMON.message_flow;
  const one = await begin('again', 'low_volume', { ...BUSINESS, message_flow: `${flow} REJECT-30896` });
  await one.refused(/The campaign was refused/);
  const lost = loseOnce('POST', /Usa2p\/QE/);
  await one.mend();
  const now = await one.until((g) => g.state === 'action');
  lost();
  assert.equal(now.campaign_resubmissions, 1);
  assert.match(now.why, /The campaign was refused/);
  assert.equal((await one.ledger()).submitted.campaign, 2);
  await one.mend({ message_flow: flow });
  assert.equal((await one.approved()).campaign_resubmissions, 2);
  assert.equal((await one.ledger()).submitted.campaign, 3);
  await sandbox.control('POST', '/reviews', { campaign: { pending_ms_min: 20, pending_ms_max: 50, review_ms_min: 20, review_ms_max: 50 } });
  assert.deepEqual(faults, []);
});

test('what no update of a campaign can carry makes another', LONG, async () => {
  const out = COMMON.opt_out_message;
  const one = await begin('anew', 'low_volume', { ...BUSINESS, opt_out_message: `${out} REJECT-30887` });
  const refused = await one.refused(/The campaign was refused/);
  assert.match(refused.refusal.resubmit, /deleted/);
  assert.deepEqual((await one.ledger()).exist.campaign, 1);
  const lost = loseOnce('DELETE', /Usa2p\/QE/); // what is gone already is as good
  await one.mend({ opt_out_message: out });
  const done = await one.approved();
  lost();
  const { exist, entries } = await one.ledger();
  assert.equal(exist.campaign, 1);
  assert.equal(entries.filter((e) => /Usa2p/.test(e.path)).length, 2);
  assert.equal(done.campaign_resubmissions, 1);
  const notes = await one.notes();
  assert.ok(notes.some((n) => n.step === 'campaign' && n.outcome === 'deleted'), JSON.stringify(notes));
  assert.ok(notes.some((n) => n.outcome === 'mended' && /made anew/.test(n.words)), JSON.stringify(notes));
  assert.deepEqual(faults, []);
});

test('the contact of a public company is mailed a link, again when asked', LONG, async () => {
  await sandbox.control('POST', '/reviews', { person_silent: true });
  const one = await begin('listed', 'standard', { ...BUSINESS, business_type: 'Corporation', company_type: 'public',
    stock_exchange: 'NASDAQ', stock_ticker: 'ACME', brand_contact_email: 'ada@acme-dental.example' });
  await one.until((g) => g.state === 'waiting' && /mails a link to ada@acme-dental.example/.test(g.why));
  await eventually(async () => { // until the mail is out, none can be sent again
    const { state, why } = await one.until(() => true);
    if (/mailed again/.test(why)) return true;
    if (state === 'waiting') await one.passcode();
    return false;
  });
  await sandbox.control('POST', '/reviews', { person_silent: false });
  await one.passcode();
  await one.approved();
  assert.equal((await one.ledger()).submitted.brand, 1);
  assert.deepEqual(faults, []);
});

test('a toll-free number is verified, edited where it may be and submitted anew where not', LONG, async () => {
  const { sid, auth_token } = await sandbox.control('POST', '/accounts', { friendly_name: 'toll' });
  await server.call('POST', 'organizations', { slug: 'toll', name: 'Toll', account_sid: sid, auth_token });
  await sandbox.control('POST', '/numbers', { account: sid, numbers: ['+18335550177'] });
  const facts = Object.fromEntries(['legal_name', 'brand_name', 'website', 'company_type', 'identifier', 'registration_number',
    'street', 'street2', 'city', 'region', 'postal_code', 'country', 'first_name', 'last_name', 'email', 'phone', 'sample1',
    'help_message', 'opt_in_message', 'opt_in_keywords', 'privacy_url', 'terms_url', 'message_flow'].map((n) => [n, BUSINESS[n]]));
  const { id } = await server.call('POST', 'registrations', { kind: 'toll_free', facts: { ...facts,
    use_case: 'MARKETING, EVENTS', description: 'News. REJECT-30446', opt_in_type: 'WEB_FORM', message_volume: '10,000',
    opt_in_images: 'https://acme-dental.example/a.png, https://acme-dental.example/b.png', age_gated: 'false',
    campaign_verify_token: 'cv|1.0|tcr|10dlc|5a1b2c3d-0000-4000-8000-000000000001|good', numbers: '+18335550177' } }, 'toll');
  const until = (state) => eventually(async () => {
    const now = await server.call('GET', `registrations/${id}`, undefined, 'toll');
    return now.state === state && now;
  });
  assert.equal((await until('action')).code, 30446);
  await server.call('PATCH', `registrations/${id}`, { facts: { description: 'News. REJECT-30442' } }, 'toll');
  await server.call('POST', `registrations/${id}/resubmit`, undefined, 'toll');
  await eventually(async () => (await until('action')).code === 30442);
  await server.call('PATCH', `registrations/${id}`, { facts: { description: 'News of the practice.' } }, 'toll');
  await server.call('POST', `registrations/${id}/resubmit`, undefined, 'toll');
  await until('approved');
  const notes = (await server.call('GET', `registrations/${id}/notes`, undefined, 'toll')).data.map((n) => n.outcome);
  for (const outcome of ['submitted', 'edited', 'removed', 'verified']) assert.ok(notes.includes(outcome), notes.join());
  for (const name of ['CreateTollfreeVerification', 'UpdateTollfreeVerification', 'DeleteTollfreeVerification',
    'FetchTollfreeVerification', 'ListTollfreeVerification']) assert.ok(judged.requests.has(name), name);
  const { data: [sender] } = await server.call('GET', 'senders', undefined, 'toll');
  assert.deepEqual([sender.address, sender.verified], ['+18335550177', true]);
  assert.deepEqual(faults, []);
});

test('a Campaign Verify token that is refused is mended, and another is sent', LONG, async () => {
  const token = (secret) => `cv|1.0|tcr|10dlc|5a1b2c3d-0000-4000-8000-000000000001|${secret}`;
  const one = await begin('vote', 'standard', { ...BUSINESS, use_case: 'POLITICAL', campaign_verify_token: token('REJECTED') });
  await one.refused(/Campaign Verify/);
  await one.mend({ campaign_verify_token: token('good') });
  await one.approved();
  assert.equal((await one.ledger()).exist.vetting, 2);
  assert.deepEqual(faults, []);
});
