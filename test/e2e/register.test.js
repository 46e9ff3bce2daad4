'use strict';
// Registrations on the command line: from a form to a program that may send, with the sandbox as Twilio and as its
// reviewers. Pauses are short, so that a review is over soon; no test waits for a time of its own.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { DONE, FAILED, USAGE, NOT_FOUND, REFUSED, Server, STERLING, refused, eventually } = require('./server.js');

const FACTS = {
  legal_name: 'Acme Dental LLC', brand_name: 'Acme Dental', business_type: 'Limited Liability Corporation',
  industry: 'HEALTHCARE', identifier: 'EIN', registration_number: '12-3456789', regions: 'USA_AND_CANADA',
  website: 'https://acme-dental.example', company_type: 'private', street: '1 Main St', city: 'Oakland', region: 'CA',
  postal_code: '94612', country: 'US', first_name: 'Ada', last_name: 'Byron', email: 'ada@acme-dental.example',
  phone: '+14155550111', title: 'Owner', job_position: 'CEO', use_case: 'CUSTOMER_CARE',
  description: 'Acme Dental reminds its patients of appointments that they made, and answers their questions.',
  message_flow: 'Patients agree to receive text messages from Acme Dental by ticking an unchecked box on the web form at ' +
    'https://acme-dental.example/join. Message frequency varies. Message and data rates may apply. Reply HELP for help, ' +
    'STOP to cancel. Terms: https://acme-dental.example/terms Privacy policy: https://acme-dental.example/privacy',
  sample1: 'Acme Dental: your appointment is on Monday at 10:00. Reply STOP to opt out.',
  sample2: 'Acme Dental: please confirm your visit by answering Y. Reply STOP to opt out.',
  embedded_links: false, embedded_phone: false, privacy_url: 'https://acme-dental.example/privacy',
  terms_url: 'https://acme-dental.example/terms', numbers_to_buy: 1, area_code: '415',
};

const server = new Server();

function file(name, content) {
  const at = path.join(server.dir, name);
  fs.writeFileSync(at, content);
  return at;
}

async function organization(slug) {
  await server.post('organizations', { slug, name: slug });
  return { org: slug };
}

async function begin(as, ...words) {
  const facts = file('facts.json', JSON.stringify(FACTS));
  const { code, out, err } = await server.cli(
    ['register', 'start', '--kind', 'standard', '--facts', facts, '--id-only', ...words], as);
  assert.equal(code, DONE, err);
  return out.trim();
}

// Suspended, restored, and submitted again: each step is looked at anew.
async function again(id, as, ...facts) {
  const { steps } = await server.json(['register', 'status', id], as);
  const { sid } = steps.find((one) => one.step === 'messaging_service');
  await server.control('POST', '/reviews/decide', { sid, decision: 'suspend' });
  await eventually(async () => {
    await server.api('POST', `/v1/registrations/${id}/look`, as);
    return (await server.get(`registrations/${id}`, as)).state === 'action';
  }, 'the suspension');
  await server.control('POST', '/reviews/decide', { sid, decision: 'restore' });
  if (facts.length > 0) assert.equal((await server.cli(['register', 'fix', id, ...facts], as)).code, DONE);
  assert.equal((await server.cli(['register', 'resubmit', id], as)).code, DONE);
  const watched = await server.cli(['register', 'watch', id], as);
  assert.equal(watched.code, DONE, watched.err + watched.out);
}

// Twilio's API, as whoever is in the organization's console.
async function twilio(slug, method, at, form) {
  const { account: parent } = await server.control('GET', '');
  const { account_sid: sid } = await server.json(['org', 'show', slug]);
  const ask = async (as, how, where, body) => {
    const answer = await fetch(`${server.sandbox_url}/2010-04-01/Accounts/${sid}${where}`, {
      method: how, body: body && new URLSearchParams(body),
      headers: { authorization: `Basic ${Buffer.from(`${as.sid}:${as.auth_token}`).toString('base64')}` } });
    const text = await answer.text();
    assert.ok(answer.ok, text);
    return JSON.parse(text);
  };
  return ask(await ask(parent, 'GET', '.json'), method, at, form);
}

before(async () => {
  await server.start('--onboarding.email=isv@example.com', '--onboarding.poll_first_ms=100',
    '--onboarding.poll_max_ms=300', '--onboarding.settle_ms=500', '--onboarding.writes_per_min=60000');
  await server.control('POST', '/settings', { registration_writes_per_s: 1000 });
  await server.control('POST', '/reviews', { all: {
    pending_ms_min: 1, pending_ms_max: 10, review_ms_min: 1, review_ms_max: 10 } });
});

after(() => server.remove());

test('a registration is taken from its facts to a program that may send', async () => {
  const as = await organization('acme');
  const moves = (events) => events.filter((e) => e.type.startsWith('registration.'));
  const live = await server.listen('acme', null, (events) => events.some((e) => e.type === 'registration.approved'));
  const id = await begin(as);
  const watched = await server.cli(['register', 'watch', id], as);
  assert.equal(watched.code, DONE, watched.err + watched.out);
  for (const step of [/campaign_approved/, /approved/]) assert.match(watched.err, step);
  // A dashboard sees it moving, and its account and number by the way. An event tells the step of when it is read.
  await live.done();
  live.close();
  const steps = moves(live.events).map((e) => e.data.data).filter((e) => e.registration === id);
  assert.equal(steps.at(-1).step, 'program_may_send');
  assert.ok(steps.every((e, i) => i === 0 || e.steps_done >= steps[i - 1].steps_done), JSON.stringify(steps));
  for (const type of ['account.active', 'number.active'])
    assert.ok(live.events.some((e) => e.type === type), `${type} of ${live.events.map((e) => e.type)}`);

  const shown = await server.cli(['register', 'status', id], as);
  for (const word of [/state: +approved/, /brand +done +BN[0-9a-f]{32}/, /number +sid/,
    /fees: \$61\.00 once and \$11\.15 a month; so far \$61\.00 and \$11\.15 a month/]) assert.match(shown.out, word);
  const { data } = await server.json(['register', 'list'], as);
  assert.deepEqual(data.map((one) => [one.id, one.state]), [[id, 'approved']]);
  const org = await server.json(['org', 'show', 'acme']);
  assert.equal(org.program.registration, 'approved');
  const notes = (await server.json(['register', 'notes', id], as)).data;
  assert.ok(notes.some((note) => note.outcome === 'started'), JSON.stringify(notes));
  for (const step of ['customer_profile', 'brand_approved', 'campaign_approved', 'numbers_attached'])
    assert.ok(notes.some((note) => note.step === step), `${step}: ${JSON.stringify(notes)}`);
  refused(await server.cli(['register', 'resubmit', id], as), REFUSED, /approved cannot be resubmitted/);
  assert.equal((await server.cli(['register', 'cancel', id], as)).code, DONE); // to begin another for the program
  refused(await server.cli(['register', 'look', id], as), REFUSED, /canceled cannot be looked at/);
  refused(await server.cli(['register', 'passcode', id], as), REFUSED);
});

test('what was refused is explained, mended with the difference shown, and submitted again', async () => {
  const as = await organization('refused');
  const flow = `${FACTS.message_flow} REJECT-30909`;
  const id = await begin(as, `message_flow=${flow}`);
  const watched = await server.cli(['register', 'watch', id], as);
  assert.equal(watched.code, FAILED, watched.err);
  for (const word of [/state: +action/, /code: +30909/, /30909: /, /fields: .*message_flow/, /sent again: /, new RegExp(`register fix ${id}`)])
    assert.match(watched.out, word);

  const fixed = await server.cli(['register', 'fix', id, `message-flow=${FACTS.message_flow}`], as);
  assert.equal(fixed.code, DONE, fixed.err);
  assert.ok(fixed.out.includes(`before: ${flow}\n  after:  ${FACTS.message_flow}\n`), fixed.out);
  assert.match(fixed.out, /Not submitted yet/);
  assert.equal((await server.json(['register', 'status', id], as)).fees.ahead_micros, 0, 'an update is free');
  const again = await server.json(['register', 'fix', id, `message_flow=${FACTS.message_flow}`, '--resubmit'], as);
  assert.deepEqual(again.changes, []);
  assert.equal((await server.cli(['register', 'watch', id], as)).code, DONE);
  const end = await server.json(['register', 'status', id], as);
  assert.equal(end.state, 'approved');
  assert.equal(end.campaign_resubmissions, 1);
});

test('a sender that was removed stays away when its registration is taken again', async () => {
  const as = await organization('removed');
  const id = await begin(as, 'numbers_to_buy=2');
  assert.equal((await server.cli(['register', 'watch', id], as)).code, DONE);
  const [gone, kept] = (await server.get('senders', as)).data.map((one) => one.address);
  assert.equal((await server.cli(['sender', 'remove', gone], as)).code, DONE);
  await again(id, as);
  const now = (await server.get('senders', as)).data;
  assert.deepEqual(now.map((one) => [one.address, one.state]), [[kept, 'active']]);
});

test('a number that was bought is not bought again, though it has another name since', async () => {
  const as = await organization('renamed');
  const owned = async () => (await twilio('renamed', 'GET', '/IncomingPhoneNumbers.json')).incoming_phone_numbers;
  const id = await begin(as);
  assert.equal((await server.cli(['register', 'watch', id], as)).code, DONE);
  const [bought] = await owned();
  await twilio('renamed', 'POST', `/IncomingPhoneNumbers/${bought.sid}.json`, { FriendlyName: 'Front desk' });
  await again(id, as);
  assert.deepEqual((await owned()).map((one) => [one.sid, one.friendly_name]), [[bought.sid, 'Front desk']]);
  const { numbers } = await server.json(['register', 'status', id], as);
  assert.deepEqual(numbers.map((one) => one.sid), [bought.sid]);

  // More may be wanted, which takes another; one that was released since is not made up for, and sends no more.
  await again(id, as, 'numbers_to_buy=2');
  const other = (await owned()).find((one) => one.sid !== bought.sid);
  assert.equal((await owned()).length, 2);
  assert.equal((await server.cli(['number', 'release', other.phone_number, '--force'], as)).code, DONE);
  await eventually(async () => (await owned()).length === 1, 'the release');
  await again(id, as);
  assert.deepEqual((await owned()).map((one) => one.sid), [bought.sid]);
  assert.deepEqual((await server.get('senders', as)).data.map((one) => one.address), [bought.phone_number]);
});

test('a draft is completed, begun or canceled', async () => {
  const as = await organization('draft');
  const draft = await server.json(['register', 'start', '--kind', 'low_volume', '--draft', 'legal_name=Draft LLC'], as);
  assert.equal(draft.state, 'draft');
  refused(await server.cli(['register', 'resubmit', draft.id], as), REFUSED, /facts\.website/, /required/);
  assert.equal((await server.cli(['register', 'watch', draft.id], as)).code, FAILED);
  const fixed = await server.json(['register', 'fix', draft.id, 'city=Reno', 'legal_name='], as);
  assert.deepEqual(fixed.changes, [
    { field: 'legal_name', part: 'business', before: 'Draft LLC', after: null },
    { field: 'city', part: 'address', before: null, after: 'Reno' }]);
  const masked = await server.cli(['register', 'fix', draft.id, 'registration_number=12-3456789'], as);
  assert.match(masked.out, /registration_number\n  before: \n  after:  1…9\n/);
  assert.deepEqual(fixed.registration.facts, { city: 'Reno' });
  assert.deepEqual(fixed.registration.changes, fixed.changes, 'the server tells the same');
  assert.equal((await server.cli(['register', 'cancel', draft.id], as)).code, DONE);

  const id = await begin(as, '--draft');
  assert.equal((await server.json(['register', 'resubmit', id], as)).state, 'running');
});

test('what cannot be taken is refused with what to do', async () => {
  const as = await organization('wrong');
  refused(await server.cli(['register', 'start', 'city=Reno'], as), USAGE, /--kind/);
  refused(await server.cli(['register', 'start', '--kind', 'standard'], as), USAGE, /--facts/);
  refused(await server.cli(['register', 'start', '--kind', 'standard', 'town=Reno'], as), USAGE, /town/, /fields/);
  refused(await server.cli(['register', 'start', '--kind', 'standard', 'Reno'], as), USAGE, /FIELD=VALUE/);
  refused(await server.cli(['register', 'start', '--kind', 'grand', 'city=Reno'], as), REFUSED, /kind/, /sole_proprietor/);
  refused(await server.cli(['register', 'start', '--kind', 'standard', 'city=Reno'], as), REFUSED, /facts\.legal_name/);
  refused(await server.cli(['register', 'start', '--kind', 'standard', '--facts', file('bad.json', '[')], as), REFUSED,
    /line 1/);
  refused(await server.cli(['register', 'start', '--kind', 'standard', '--facts', file('list.json', '["x"]')], as),
    REFUSED, /object/);
  refused(await server.cli(['register', 'start', '--kind', 'standard', '--facts', file('deep.json', '{"city": []}')], as),
    REFUSED, /city is not a text/);
  const missing = await server.cli(['register', 'start', '--kind', 'standard', '--facts', path.join(server.dir, 'none.json')], as);
  refused(missing, REFUSED, /none\.json: No such file/);
  assert.doesNotMatch(missing.err, /line/);
  refused(await server.cli(['register', 'status', 'reg_nothing'], as), NOT_FOUND);
  const fields = await server.cli(['register', 'fields']);
  assert.match(fields.out, /message_flow +all, toll_free +campaign/);
});

test('facts are judged without a server, and what is wrong is named with what to write', async () => {
  const facts = file('good.json', JSON.stringify(FACTS));
  const good = await server.cli(['register', 'check', facts]);
  assert.equal(good.code, DONE, good.out);
  assert.match(good.out, /fees: \$61\.00 once and \$11\.15 a month; so far \$0\.00 and \$0\.00 a month/);
  assert.match(good.out, /review of the campaign +1 x \$15\.00/);
  const bad = await server.cli(['register', 'check', facts, 'registration_number=00-0000000', 'postal_code=10001']);
  assert.equal(bad.code, REFUSED);
  assert.match(bad.out, /block registration_number: .*\(refusal 30795\)/);
  assert.match(bad.out, /block postal_code: This postal code is in another state or province/);
  const told = JSON.parse((await server.cli(['register', 'check', facts, 'phone=415', '--json'])).out);
  assert.equal(told.findings[0].field, 'phone');
  refused(await server.cli(['register', 'check', facts, '--kind', 'none']), USAGE, /--kind is standard/);
});

test('the example of facts is complete: it passes the checks, and is approved', async () => {
  const as = await organization('model');
  for (const kind of ['standard', 'low_volume', 'sole_proprietor', 'toll_free']) {
    const example = file('example.json', (await server.cli(['register', 'fields', '--example', '--kind', kind])).out);
    const judged = await server.cli(['register', 'check', example, '--kind', kind]);
    assert.equal(judged.code, DONE, judged.out);
    const table = (await server.cli(['register', 'fields', '--example', '--csv', '--kind', kind])).out;
    const all = await server.cli(['register', 'import', '-', '--dry-run', '--json'], { input: table });
    assert.equal(all.code, DONE, all.err);
    assert.equal(JSON.parse(all.out).good, 1);
  }
  refused(await server.cli(['register', 'fields', '--csv']), USAGE, /--csv goes with --example/);
  const example = file('example.json', (await server.cli(['register', 'fields', '--example'])).out);
  refused(await server.cli(['register', 'check', example, '--website']), USAGE, /\.example lead nowhere/);
  const begun = await server.cli(['register', 'start', '--kind', 'standard', '--facts', example, '--id-only'], as);
  assert.equal(begun.code, DONE, begun.err);
  const end = await server.cli(['register', 'watch', begun.out.trim()], as);
  assert.equal(end.code, DONE, end.out + end.err);
});

// A file of customers; `more(i)` gives columns of row i, over the facts.
function customers(name, count, more = () => ({})) {
  const rows = Array.from({ length: count }, (_, i) => ({
    slug: `${name}-${i}`, kind: 'standard', ...FACTS, legal_name: `${name} ${i} LLC`, ...more(i) }));
  const cell = (value) => `"${String(value).replaceAll('"', '""')}"`;
  const lines = rows.map((row) => Object.values(row).map(cell).join(','));
  return file(`${name}.csv`, `${[Object.keys(rows[0]).join(','), ...lines].join('\n')}\n`);
}

async function registrations(slug) {
  return (await server.get('registrations', { org: slug })).data;
}

test('five customers are imported twice, and nothing is doubled', async () => {
  const at = customers('five', 5);
  const judged = await server.json(['register', 'import', at, '--dry-run']);
  assert.deepEqual([judged.rows, judged.good, judged.bad], [5, 5, undefined]);
  const told = await server.cli(['register', 'import', at, '--dry-run']);
  assert.match(told.err, /5 rows have the registration number 12-3456789 \(lines 2, 3, …\): .*refused \(30898\)/);
  refused(await server.cli(['org', 'show', 'five-0']), NOT_FOUND);

  const report = path.join(server.dir, 'report.csv');
  const first = await server.json(['register', 'import', at, '--report', report]);
  assert.deepEqual([first.rows, first.begun], [5, 5]);
  assert.match(fs.readFileSync(report, 'utf8'), /^line,slug,state,registration,detail\r\n2,five-0,begun,reg_/);
  const second = await server.json(['register', 'import', at]);
  assert.equal(second.skipped, 5);
  for (let i = 0; i < 5; i++) {
    const [one, ...others] = await registrations(`five-${i}`);
    assert.deepEqual([one.id, others], [second.data[i].registration, []]);
    const watched = await server.cli(['register', 'watch', one.id], { org: `five-${i}` });
    assert.equal(watched.code, DONE, watched.out);
    assert.equal((await server.json(['org', 'show', `five-${i}`])).name, `five ${i} LLC`);
  }
});

test('nothing is sent while a row is bad; each is told with its line, field, value and what to do', async () => {
  const wrong = [{}, { slug: 'No Slug' }, { kind: 'grand' }, { city: '' }, { country: 'USA' }, { slug: 'bad-0' }];
  const at = customers('bad', wrong.length, (i) => wrong[i]);
  const result = await server.cli(['register', 'import', at]);
  refused(result, REFUSED, /line 3: slug 'No Slug': A slug is/, /line 4: kind 'grand': .*sole_proprietor/,
    /line 5: city: It is required/, /line 6: country 'USA': It is no country code/,
    /line 7: slug 'bad-0': Line 2 has it already/, /5 of 6 rows are bad; nothing was sent/);
  refused(await server.cli(['org', 'show', 'bad-0']), NOT_FOUND);
  const report = path.join(server.dir, 'bad-report.csv');
  const some = await server.json(['register', 'import', at, '--skip-bad', '--draft', '--report', report]);
  for (const line of [/\r\n5,bad-3,bad,,city: It is required\.\r\n/, /\r\n6,bad-4,bad,,"?country: .* country: It is no country code/])
    assert.match(fs.readFileSync(report, 'utf8'), line);
  assert.deepEqual([some.rows, some.bad, some.drafted], [6, 5, 1]);
  assert.equal((await registrations('bad-0'))[0].state, 'draft');

  for (const [text, word] of [['slug,kind,town\n', /column "town"/], ['slug,kind,city,City\n', /"city" is there twice/],
    ['slug,city\n', /"kind" is missing/], ['slug,kind\n', /no rows/], ['', /nothing in the file/]])
    refused(await server.cli(['register', 'import', '-'], { input: text }), REFUSED, word);
  for (const header of ['slug,kind,town', 'slug,city,town', 'city']) // and what is left unread does no harm
    refused(await server.cli(['register', 'import', '-'], { input: `${header}\na,standard,x\n` }), REFUSED, /^sterling [^\n]+\n$/);
  refused(await server.cli(['register', 'import', '-'], { input: 'slug,kind\n"a,standard\n' }), REFUSED, /line 2: /);
  refused(await server.cli(['register', 'import', path.join(server.dir, 'none.csv')]), FAILED, /none\.csv/);
});

// What a person may write into each field by mistake; into those that take any words, what no key writes.
const MISTAKES = {
  legal_name: 'https://acme-dental.example', brand_name: 'N/A', business_type: 'GmbH', industry: 'Dentist', identifier: 'SSN',
  registration_number: '00-0000000', regions: 'Mars', website: 'http://acme-dental.example', social_media: 'a\u0001b',
  company_type: 'family', stock_exchange: 'Wall Street', stock_ticker: 'ACME', brand_contact_email: 'kim', vertical: 'RETAIL',
  street: '12', street2: 'Suite\u00073', city: '94612', region: 'California', postal_code: '10001', country: 'usa',
  first_name: '7', last_name: '-', email: 'ada at acme', phone: '415 555 0111', title: 'todo', job_position: 'Boss',
  mobile_phone: '+18005550100', first_name2: 'Grace\u0007', last_name2: '2', email2: 'grace', phone2: '555', title2: '1',
  job_position2: 'Boss', use_case: 'REMINDERS', description: 'Texts.', message_flow: 'They agree.', sample1: 'Soon!',
  sample2: 'x', sample3: 'tbd', sample4: 'Soon!', sample5: 'lorem ipsum dolor', opt_in_message: 'Welcome', opt_out_message: 'Bye',
  help_message: 'Help', opt_in_keywords: 'JOIN US!', opt_out_keywords: 'BYE', help_keywords: 'HELP ME', embedded_links: 'maybe',
  embedded_phone: '1', subscriber_opt_in: 'si', age_gated: 'no', direct_lending: 'x', privacy_url: 'acme-dental.example/privacy',
  terms_url: 'http://acme-dental.example/terms', opt_in_type: 'FAX', opt_in_images: 'x', message_volume: '7', numbers: '+18005550100',
  numbers_to_buy: 'two', area_code: '41', skip_vetting: 'maybe', campaign_verify_token: '4711', mock: 'yes',
};

test('a mistake in any field is told by its name, with what is wrong and what to write', async () => {
  const fields = (await server.json(['register', 'fields'])).data;
  assert.deepEqual(Object.keys(MISTAKES).sort(), fields.map((one) => one.field).sort());
  const all = Object.entries(MISTAKES);
  const blank = Object.fromEntries(Object.keys(MISTAKES).map((name) => [name, FACTS[name] ?? '']));
  const at = customers('mistakes', all.length, (i) => ({ ...blank, [all[i][0]]: all[i][1] }));
  const result = await server.cli(['register', 'import', at, '--dry-run']);
  refused(result, REFUSED, new RegExp(`${all.length} of ${all.length} rows are bad`));
  assert.doesNotMatch(result.err, /[\u0001-\u0009\u000b-\u001f]/); // what no key writes is not written to a terminal, either
  for (const [i, [field, value]] of all.entries()) {
    const told = new RegExp(`line ${i + 2}: ${field}\\b.*: .{8,}`);
    assert.match(result.err, told, field);
    const { status, body } = await server.api('POST', '/v1/registrations/check', {
      body: JSON.stringify({ kind: 'standard', facts: { ...FACTS, [field]: value } }) });
    assert.equal(status, 200, JSON.stringify(body));
    const found = body.findings.find((one) => one.field === field && one.severity === 'block');
    assert.ok(found && found.why.length > 8 && found.fix.length > 3, `${field}: ${JSON.stringify(body.findings)}`);
  }
});

test('a row that the server refuses is told, the others are begun', async () => {
  await server.json(['org', 'create', 'part-0', '--name', 'part']);
  const at = customers('part', 2, () => ({ program: 'texts' }));
  const result = await server.cli(['register', 'import', at, '--draft', '--json']);
  assert.equal(result.code, REFUSED, result.err);
  const { failed, drafted, data } = JSON.parse(result.out);
  assert.deepEqual([failed, drafted], [1, 1]);
  assert.match(data[0].detail, /program: There is no such program/);
});

test('an import that is interrupted goes on when it is repeated', async () => {
  const at = customers('cut', 12);
  const child = spawn(STERLING, ['register', 'import', at, '--draft', '--json'], {
    env: { ...process.env, STERLING_DATA_DIR: server.dir }, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const out = [];
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.resume();
  await eventually(async () => (await server.api('GET', '/v1/organizations/cut-0')).status === 200, 'the first row');
  child.kill('SIGINT');
  await closed;
  const { data } = JSON.parse(Buffer.concat(out).toString());
  const begun = data.filter((row) => row.state === 'drafted').length;
  assert.equal(data.filter((row) => row.state === 'not reached').length, 12 - begun);
  const again = await server.json(['register', 'import', at, '--draft']);
  assert.deepEqual([again.skipped || 0, again.drafted || 0], [begun, 12 - begun]);
  for (let i = 0; i < 12; i++) assert.equal((await registrations(`cut-${i}`)).length, 1);
});

test('a website is read before a fee: what a reviewer would refuse there stops the registration', async () => {
  const as = await organization('site');
  const bad = 'https://acme-dental.example/site-shares/privacy';
  const id = await begin(as, `privacy_url=${bad}`);
  const watched = await server.cli(['register', 'watch', id], as);
  assert.equal(watched.code, FAILED, watched.err);
  for (const word of [/code: +30932/, /website: block \(4 pages read/, /block privacy_url: It allows data to be shared/,
    /may share your phone number with partners/, /nothing was sent yet/, /costs: nothing/])
    assert.match(watched.out, word);
  assert.deepEqual((await server.json(['register', 'status', id], as)).steps, [], 'nothing was made at Twilio');
  const mended = await server.cli(['register', 'fix', id, `privacy_url=${FACTS.privacy_url}`, '--resubmit'], as);
  assert.equal(mended.code, DONE, mended.err);
  assert.match(mended.err, /Fees of this submission, in all: \$61\.00; what was refused costs nothing/);
  assert.equal((await server.cli(['register', 'watch', id], as)).code, DONE);
  const good = await server.json(['register', 'status', id], as);
  assert.deepEqual([good.website.state, good.website.verdict, good.website.pages], ['read', 'clean', 4]);

  const other = await organization('site-passed');
  const passed = await begin(other, `website=https://site-parked.acme-dental.example`, '--unchecked');
  assert.equal((await server.cli(['register', 'watch', passed], other)).code, DONE);
  assert.equal((await server.json(['register', 'status', passed], other)).website.state, 'passed_over');
});

test('the website is judged with the facts, by the command line and by the server', async () => {
  const { port } = new URL(server.sandbox_url);
  const facts = file('site.json', JSON.stringify({ ...FACTS, website: 'https://site-login.acme-dental.example' }));
  const words = ['register', 'check', facts, '--website'];
  const told = await server.cli(words, { env: { STERLING_SITES_TEST_PORT: port } });
  assert.equal(told.code, REFUSED, told.out);
  for (const word of [/^clean$/m, /website, 4 pages read: block/, /block website: It shows only a login\. \(refusal 30921\)/])
    assert.match(told.out, word);
  const json = JSON.parse((await server.cli([...words, '--json'], { env: { STERLING_SITES_TEST_PORT: port } })).out);
  assert.deepEqual(json.website.findings.map((f) => f.rule), ['page_login']);

  const { org } = await organization('site-asked');
  const ask = async () => (await server.api('POST', '/v1/registrations/check', {
    org,
    body: JSON.stringify({ kind: 'standard', facts: JSON.parse(fs.readFileSync(facts, 'utf8')), website: true }) })).body;
  assert.equal((await ask()).website.state, 'reading');
  const read = await eventually(async () => { const { website } = await ask(); return website.state === 'read' && website; }, 'the website');
  assert.deepEqual(read.findings.map((f) => [f.rule, f.code]), [['page_login', 30921]]);
});

test('what a reviewer is sure to refuse is refused before a fee, unless a person passes that over', async () => {
  const as = await organization('sure');
  const facts = file('sure.json', JSON.stringify({ ...FACTS, postal_code: '10001' }));
  const words = ['register', 'start', '--kind', 'standard', '--facts', facts];
  refused(await server.cli(words, as), REFUSED, /facts\.postal_code '10001': .*another state/);
  assert.equal((await server.json([...words, '--unchecked'], as)).state, 'running');
  const other = await organization('surer');
  const { id } = await server.json([...words, '--draft'], other);
  refused(await server.cli(['register', 'resubmit', id], other), REFUSED, /postal_code/);
  assert.equal((await server.json(['register', 'resubmit', id, '--unchecked'], other)).state, 'running');

  const at = customers('sure', 1, () => ({ postal_code: '10001' }));
  refused(await server.cli(['register', 'import', at, '--dry-run']), REFUSED, /line 2: postal_code '10001': /);
  assert.equal((await server.json(['register', 'import', at, '--unchecked'])).begun, 1);
});

test('two imports of one file at a time begin each registration once', async () => {
  const slugs = Array.from({ length: 6 }, (_, i) => `twice-${i}`);
  for (const slug of slugs) await organization(slug);
  const at = customers('twice', slugs.length);
  const both = await Promise.all([1, 2].map(() => server.json(['register', 'import', at, '--draft'])));
  for (const [i, slug] of slugs.entries()) {
    const ids = (await registrations(slug)).map((one) => one.id);
    assert.deepEqual(ids, [both[0].data[i].registration]);
    assert.deepEqual(ids, [both[1].data[i].registration]);
  }
});

test('forty numbers are told of at once, and each word of it counts', { timeout: 120000 }, async () => {
  const as = await organization('forty');
  const id = await begin(as, 'numbers_to_buy=40');
  assert.equal((await server.cli(['register', 'watch', id], as)).code, DONE);
  const { numbers } = await server.json(['register', 'status', id], as);
  assert.equal(numbers.filter((one) => one.registered).length, 40, JSON.stringify(numbers));
});
