'use strict';
// Our API's description: a public linter accepts it, and every answer of the server is as it says.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { test, before, after } = require('node:test');
const Ajv2020 = require('ajv/dist/2020').default;
const addFormats = require('ajv-formats').default;
const { lint, createConfig } = require('@redocly/openapi-core');

const FILE = path.join(__dirname, '../../data/openapi.json');
const doc = require(FILE);
const LONG = { timeout: 30000 };
let child;
let base;
let keys;

before(async () => {
  child = spawn(process.env.API_MAIN, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  keys = JSON.parse(line);
  base = `http://127.0.0.1:${keys.port}`;
});
after(async () => {
  child.stdin.end();
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
});

// One object that is told in parts (allOf) as the whole that they make.
function whole(schema) {
  if (schema.$ref) return whole(schema.$ref.slice(2).split('/').reduce((at, name) => at[name], doc));
  if (!schema.allOf) return schema;
  const parts = schema.allOf.map(whole);
  return { type: 'object', properties: Object.assign({}, ...parts.map((p) => p.properties)),
    required: parts.flatMap((p) => p.required) };
}

// Schemas that say which members there are must not be answered with more.
function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  if (schema.allOf) return closed(whole(schema));
  const copy = Object.fromEntries(Object.entries(schema).map(([k, v]) => [k, closed(v)]));
  if (copy.type === 'object' && copy.properties && copy.additionalProperties === undefined) {
    copy.additionalProperties = false;
  }
  return copy;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: 'api', components: closed(doc.components) });
const fixRefs = (schema) => JSON.parse(JSON.stringify(closed(schema)).replaceAll('"#/components', '"api#/components'));
const resolve = (thing) => (thing.$ref
  ? thing.$ref.slice(2).split('/').reduce((at, name) => at[name], doc) : thing);

function operationOf(method, target) {
  const segments = target.split('?')[0].split('/');
  const fits = (pattern) => {
    const parts = pattern.split('/');
    return parts.length === segments.length && parts.every((p, i) => p.startsWith('{') || p === segments[i]);
  };
  const found = Object.keys(doc.paths).filter(fits).sort((a, b) => a.split('{').length - b.split('{').length)[0];
  assert.ok(found, `${target} is not described`);
  assert.ok(doc.paths[found][method.toLowerCase()], `${method} ${found} is not described`);
  return doc.paths[found][method.toLowerCase()];
}

const seen = new Set();

async function call(method, target, body, headers = {}) {
  const operation = operationOf(method, target);
  const isText = typeof body === 'string';
  const answer = await fetch(base + target, {
    method,
    body: body === undefined || isText ? body : JSON.stringify(body),
    headers: { Authorization: `Bearer ${keys.key}`, ...headers },
  });
  const text = await answer.text();
  const described = operation.responses[answer.status];
  assert.ok(described, `${method} ${target}: status ${answer.status} is not described: ${text}`);
  seen.add(`${operation.operationId} ${answer.status}`);
  const content = resolve(described).content;
  if (!content) {
    assert.equal(text, '');
    return null;
  }
  const type = answer.headers.get('content-type').split(';')[0];
  assert.ok(content[type], `${method} ${target}: ${type} is not described`);
  if (!type.includes('json')) return text;
  const json = JSON.parse(text);
  const validate = ajv.compile(fixRefs(content[type].schema));
  assert.ok(validate(json), `${method} ${target}: ${JSON.stringify(validate.errors, null, 1)}\n${text}`);
  return json;
}

const asOperator = { Authorization: '' };
const operator = () => ({ Authorization: `Bearer ${keys.operator}` });

test('a public linter accepts the description', LONG, async () => {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lint({ ref: FILE, config });
  assert.deepEqual(problems.map((p) => `${p.ruleId}: ${p.message} ${JSON.stringify(p.location[0].pointer)}`), []);
});

test('organizations, programs and keys', LONG, async () => {
  const made = await call('POST', '/v1/organizations', { slug: 'dental', name: 'Dental', program: { brand_score: 80 } },
    operator());
  assert.equal(made.program.brand_score, 80);
  await call('GET', '/v1/organizations', undefined, operator());
  await call('GET', '/v1/organizations/dental', undefined, operator());
  await call('PATCH', '/v1/organizations/dental', { share: 200 }, operator());
  await call('PATCH', '/v1/organizations/dental', { program: { registration: 'approved' } }, operator());
  await call('GET', '/v1/organization');
  const acting = { ...operator(), 'Sterling-Organization': 'dental' };
  const program = await call('POST', '/v1/programs', { name: 'alerts' }, acting);
  await call('PATCH', `/v1/programs/${program.id}`, { brand_type: 'standard' }, acting);
  await call('GET', '/v1/programs');
  const key = await call('POST', '/v1/keys', { name: 'crm', scopes: ['read'], expires_at: '2999-01-01T00:00:00Z' });
  await call('GET', '/v1/keys');
  await call('DELETE', `/v1/keys/${key.id}`);
});

test('accounts of organizations', LONG, async () => {
  const at = '/v1/organizations/shop/account';
  await call('POST', '/v1/organizations', { slug: 'shop', name: 'Shop' }, operator());
  assert.equal((await call('GET', at, undefined, operator())).account_sid, null);
  await call('POST', `${at}/rotate`, undefined, operator()); // 409: it has no account of its own
  await call('POST', at, undefined, operator()); // 202, or 409 where there is no Twilio
  await call('PATCH', '/v1/organizations/shop', { account_sid: `AC${'5'.repeat(32)}`, auth_token: '7'.repeat(32) }, operator());
  await call('POST', at, undefined, operator()); // 409: it has one
  assert.deepEqual((await call('POST', `${at}/keys`, { name: 'for requests' }, operator())).keys.map((k) => k.state), ['wanted']);
  await call('POST', `${at}/keys`, { name: '' }, operator()); // 422
  const [key] = (await call('GET', `${at}/keys`, undefined, operator())).data;
  await call('DELETE', `${at}/keys/${key.id}`, undefined, operator());
  await call('DELETE', `${at}/keys/${key.id}`, undefined, operator()); // 409
  await call('DELETE', `${at}/keys/99`, undefined, operator()); // 404
  assert.equal((await call('POST', `${at}/rotate`, undefined, operator())).rotation.step, 'wanted');
  await call('POST', `${at}/rotate`, undefined, operator()); // 409: under way
  assert.equal((await call('POST', `${at}/suspend`, undefined, operator())).state, 'suspended');
  assert.equal((await call('POST', `${at}/resume`, undefined, operator())).wanted, 'resume');
  await call('POST', `${at}/close`, { confirm: 'other' }, operator()); // 422
  assert.equal((await call('POST', `${at}/close`, { confirm: 'shop' }, operator())).state, 'closed');
  await call('POST', `${at}/resume`, undefined, operator()); // 409: for good
});

test('registrations', LONG, async () => {
  await call('GET', '/v1/primary-profile', undefined, operator()); // 503 where nobody asks Twilio
  const acting = { ...operator(), 'Sterling-Organization': 'dental' };
  const made = await call('POST', '/v1/registrations', { kind: 'standard', start: false, facts: { legal_name: 'Dental' } }, acting);
  assert.equal(made.state, 'draft');
  await call('POST', '/v1/registrations', { kind: 'standard', start: false, facts: {} }, acting); // 409: it has one
  await call('PATCH', `/v1/registrations/${made.id}`, { facts: { brand_name: 'Dental', age_gated: false } }, acting);
  await call('POST', `/v1/registrations/${made.id}/start`, undefined, acting); // 422: its facts are not complete
  await call('POST', `/v1/registrations/${made.id}/resubmit`, undefined, acting); // 409
  assert.equal((await call('POST', `/v1/registrations/${made.id}/start`, { unchecked: true }, acting)).state, 'running');
  await call('POST', `/v1/registrations/${made.id}/passcode`, undefined, acting); // 409
  await call('POST', `/v1/registrations/${made.id}/look`, undefined, acting);
  assert.equal((await call('POST', `/v1/registrations/${made.id}/cancel`, undefined, acting)).state, 'canceled');
  assert.equal((await call('GET', `/v1/registrations/${made.id}`, undefined, acting)).facts.age_gated, 'false');
  await call('GET', '/v1/registrations', undefined, acting);
  assert.equal((await call('GET', `/v1/registrations/${made.id}/notes`, undefined, acting)).data.length, 4);
});

test('numbers and drift', LONG, async () => {
  const acting = { ...operator(), 'Sterling-Organization': 'acme' };
  await call('POST', '/v1/numbers', { count: 2 }, acting); // 422: nobody agreed to the price
  const { data: [one, two] } = await call('POST', '/v1/numbers', { count: 2, area_code: '415', monthly_cost_max_micros: 2300000 }, acting);
  assert.deepEqual([one.state, two.number], ['wanted', null]);
  assert.equal((await call('GET', '/v1/numbers?limit=1', undefined, acting)).data.length, 1);
  await call('PATCH', `/v1/numbers/${one.id}`, { notes: 'front desk' }, acting);
  assert.equal((await call('GET', `/v1/numbers/${one.id}`, undefined, acting)).notes, 'front desk');
  await call('POST', `/v1/numbers/${one.id}/quarantine`, undefined, acting); // 409: it is not there yet
  assert.equal((await call('POST', `/v1/numbers/${one.id}/retry`, undefined, acting)).state, 'wanted');
  assert.equal((await call('POST', `/v1/numbers/${one.id}/release`, { force: true }, acting)).state, 'released');
  const code = await call('POST', '/v1/numbers/records', { number: '54321', kind: 'short_code', leased_since: '2026-01-01T00:00:00Z' }, acting);
  assert.equal((await call('POST', `/v1/numbers/${code.id}/quarantine`, { days: 2 }, acting)).state, 'quarantined');
  await call('POST', `/v1/numbers/${code.id}/release`, undefined, acting); // 409: two more days
  assert.equal((await call('POST', `/v1/numbers/${code.id}/restore`, undefined, acting)).state, 'active');
  assert.equal((await call('POST', '/v1/numbers/adopt', { number: '+14155550177' }, acting)).state, 'setting_up');
  const plan = await call('GET', '/v1/numbers/plan?type=local&count=3', undefined, acting);
  assert.equal(plan.monthly_cost_total_micros, 3450000);
  assert.equal(plan.own_account, true);
  await call('GET', '/v1/numbers/available', undefined, acting); // 503: nobody asks Twilio here
  assert.equal((await call('GET', '/v1/drift', undefined, acting)).state, 'never');
  assert.equal((await call('POST', '/v1/drift', { repair: true }, acting)).state, 'repairing');
});

test('senders, lists and contacts', LONG, async () => {
  const sender = await call('POST', '/v1/senders', { address: '+14155550100' });
  await call('POST', '/v1/senders', { senders: [{ address: '72345', verified: true }, { address: 'ACME' }] });
  await call('GET', '/v1/senders?limit=1');
  await call('GET', `/v1/senders/${sender.id}`);
  await call('PATCH', `/v1/senders/${sender.id}`, { verified: true });
  const list = await call('POST', '/v1/lists', { name: 'people' });
  await call('GET', `/v1/lists/${list.id}`);
  await call('GET', '/v1/lists');
  await call('POST', '/v1/contacts', { number: '415 555 2671', fields: { name: 'Zoë', age: 7 }, list: 'people' });
  await call('POST', '/v1/contacts', { number: '+14155552671', carrier: 'att', time_zone: 'America/Chicago' });
  await call('GET', '/v1/contacts?list=people');
  await call('GET', '/v1/contacts/+14155552671');
  assert.match(await call('GET', '/v1/contacts/export'), /^number,age,name,carrier/);
  await call('POST', '/v1/contacts', { number: '+14155552672' });
  await call('DELETE', '/v1/contacts/+14155552672');
});

test('imports', LONG, async () => {
  const made = await call('POST', '/v1/imports?list=people', 'number\n+14155550101\n', { 'Content-Type': 'text/csv' });
  await call('GET', '/v1/imports');
  await call('GET', `/v1/imports/${made.id}`);
  await call('GET', `/v1/imports/${made.id}/rejects.csv`);
});

test('content', LONG, async () => {
  const verdict = await call('POST', '/v1/content/check', { text: 'Sale: https://bit.ly/x', kind: 'marketing' });
  assert.equal(verdict.verdict, 'block');
  await call('POST', '/v1/content/check', { text: 'x', kind: 'none' });
  await call('GET', '/v1/quiet-hours?number=%2B13055550101&zip=33101&at=2026-03-08T09:30:00-05:00');
  await call('GET', '/v1/quiet-hours?number=nobody&kind=none');
});

test('a check of a registration', LONG, async () => {
  const facts = { registration_number: '00-0000000', identifier: 'EIN', country: 'US', phone: '415' };
  const verdict = await call('POST', '/v1/registrations/check', { kind: 'standard', facts });
  assert.equal(verdict.verdict, 'block');
  assert.ok(verdict.findings.some(f => f.field === 'registration_number' && f.rule === 'ein_prefix' && f.code === 30795));
  assert.ok(!JSON.stringify(verdict).includes('00-0000000'), 'a tax number is masked');
  assert.equal(verdict.advice.vetting[3].tmobile_per_day, 200000);
  // Nobody reads websites here; test/e2e has a server that does.
  const read = await call('POST', '/v1/registrations/check', {
    kind: 'standard', facts: { website: 'https://acme-dental.example/' }, website: true });
  assert.equal(read.website, null);
  await call('POST', '/v1/registrations/check', { kind: 'standard', facts: { legal_nam: 'x' } });
  await call('POST', '/v1/registrations/check', { kind: 'other', facts: {} });
});

test('campaigns', LONG, async () => {
  const made = await call('POST', '/v1/campaigns', { name: 'Spring', template: 'Hi {{name}} —', list: 'people' });
  assert.ok(made.warnings.length > 0);
  await call('PATCH', `/v1/campaigns/${made.id}`, { template: 'Hi {{name|there}}' });
  await call('GET', `/v1/campaigns/${made.id}/preflight`);
  await call('POST', `/v1/campaigns/${made.id}/start`);
  await call('POST', `/v1/campaigns/${made.id}/start`, { acknowledge: ['all'] });
  await call('POST', `/v1/campaigns/${made.id}/start`);
  await call('POST', `/v1/campaigns/${made.id}/pause`);
  await call('POST', `/v1/campaigns/${made.id}/resume`, {});
  await call('GET', `/v1/campaigns/${made.id}`);
  await call('GET', `/v1/campaigns/${made.id}/report`);
  await call('POST', `/v1/campaigns/${made.id}/cancel`);
  await call('GET', '/v1/campaigns');
});

test('messages and consents', LONG, async () => {
  const made = await call('POST', '/v1/messages', { to: '+12125550101', body: 'Hello', urgent: true });
  await call('GET', `/v1/messages/${made.id}`);
  await call('GET', '/v1/messages?to=%2B12125550101&state=queued');
  await call('POST', `/v1/messages/${made.id}/cancel`);
  await call('POST', `/v1/messages/${made.id}/cancel`);
  await call('GET', '/v1/inbound');
  await call('POST', '/v1/consents', { number: '+12125550101', state: 'opted_out', evidence: 'a call' });
  await call('GET', '/v1/consents?number=%2B12125550101');
  await call('GET', `/v1/messages/${(await call('GET', '/v1/messages')).data[0].id}/explain`);
  await call('GET', '/v1/consents/+12125550101');
  await call('GET', '/v1/consents/verify');
  await call('GET', '/v1/audit', undefined, operator());
  await call('POST', '/v1/consents/import', 'number,state,means,given_at\n+12125550109,opted_out,keyword,2026-01-02T03:04:05Z\n',
    { 'Content-Type': 'text/csv' });
  await call('GET', '/v1/consents/export');
  const { entries } = await call('GET', '/v1/consents/+12125550101/evidence');
  await call('GET', `/v1/consents/+12125550101/evidence?path_after=${entries[0].entry.entry}`);
  await call('GET', '/v1/consents/+12125550101/evidence?path_after=x');
  await call('POST', '/v1/consents', { number: '+12125550177', state: 'opted_in', means: 'web_form', disclosure: 'Offers by text',
    url: 'https://example.com/join', ip: '192.0.2.1', given_at: '2026-01-02T03:04:05-05:00' });
  await call('GET', '/v1/consents/nobody');
  await call('POST', '/v1/messages', { to: '+12125550101', body: 'Hello' });
});

test('webhooks', LONG, async () => {
  const made = await call('POST', '/v1/webhooks', { url: 'https://example.com/in' });
  await call('GET', '/v1/webhooks');
  await call('GET', `/v1/webhooks/${made.id}`);
  await call('PATCH', `/v1/webhooks/${made.id}`, { state: 'disabled', events: ['campaign'] });
  assert.ok(made.events.length >= 11, 'all there are');
  for (const name of made.events)
    assert.deepEqual((await call('PATCH', `/v1/webhooks/${made.id}`, { events: [name] })).events, [name]);
  await call('GET', `/v1/webhooks/${made.id}/dead`);
  await call('POST', `/v1/webhooks/${made.id}/replay`);
  await call('DELETE', `/v1/webhooks/${made.id}`);
  await call('GET', `/v1/webhooks/${made.id}`);
});

test('explanations and operations', LONG, async () => {
  await call('GET', '/v1/errors/30007');
  const count = await call('POST', '/v1/segments', { text: 'café — “x”' });
  assert.equal(count.encoding, 'UCS-2');
  await call('GET', '/v1/limits');
  await call('GET', '/healthz', undefined, asOperator);
  await call('GET', '/readyz', undefined, asOperator);
  await call('GET', '/metrics', undefined, asOperator);
  assert.deepEqual(await call('GET', '/v1/openapi.json', undefined, asOperator), doc);
});

test('refusals', LONG, async () => {
  await call('POST', '/v1/lists', '{"name":');
  await call('POST', '/v1/lists', { nmae: 'x' });
  await call('GET', '/v1/lists', undefined, { Authorization: 'Bearer sk_none' });
  await call('POST', '/v1/organizations', { slug: 'x', name: 'X' });
  await call('POST', '/v1/organizations', { slug: 'dental', name: 'Again' }, operator());
  await call('POST', '/twilio/nowhere/inbound', 'a=b', { 'Content-Type': 'application/x-www-form-urlencoded' });
});

test('a stream of events', LONG, async () => {
  const stop = new AbortController();
  const answer = await fetch(`${base}/v1/events`, {
    headers: { Authorization: `Bearer ${keys.key}` }, signal: stop.signal,
  });
  assert.equal(answer.headers.get('content-type'), 'text/event-stream');
  const reader = answer.body.getReader();
  await call('POST', '/v1/consents', { number: '+12125550102', state: 'opted_out' });
  let text = '';
  while (!text.includes('+12125550102')) text += Buffer.from((await reader.read()).value).toString();
  assert.match(text, /event: consent\.opted_out\ndata: \{/);
  seen.add('streamEvents 200');
  stop.abort();
});

test('every operation was answered well at least once', () => {
  const operations = Object.values(doc.paths).flatMap((p) => Object.values(p)).map((o) => o.operationId);
  const twilio = ['twilioStatus', 'twilioInbound', 'twilioFallback', 'twilioRegistration', 'twilioEvents'];
  // No row is rejected without the worker that imports, nothing refused, waited for, or asked of Twilio without those that
  // register (registration.test.js asks these), and nobody asks Lookup or Verify here (test/e2e/lookups.test.js and verify.test.js do), nor for
  // numbers (test/e2e/numbers.test.js).
  const elsewhere = ['getImportRejects', 'resubmitRegistration', 'sendRegistrationPasscode', 'lookUpNumber', 'lookUpList',
    'getHygiene', 'startVerification', 'getVerification', 'checkVerification', 'cancelVerification', 'getVerifyService',
    'makeVerifyService', 'createAccount', 'getPrimaryProfile', 'searchNumbers'];
  const left = operations.filter((id) => !twilio.includes(id) && !elsewhere.includes(id) &&
    id !== 'removeSender' && ![...seen].some((s) => s.startsWith(`${id} 2`)));
  assert.deepEqual(left, []);
});
