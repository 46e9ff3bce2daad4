'use strict';
// The command line as its user meets it: against a server with its sandbox, from an empty directory to a graceful
// end. One server for all; every test makes the organization it works in.

const assert = require('node:assert/strict');
const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { Server, run, eventually, STERLING } = require('./server.js');

const DONE = 0;
const FAILED = 1;
const USAGE = 2;
const NOT_FOUND = 3;
const REFUSED = 4;
const UNREACHABLE = 5;

const CONSENT = ['--consent', 'written', '--disclosure', 'I agree to get offers by text.', '--attested-by', 'the shop'];
const SETTINGS_PAGE = path.join(__dirname, '../../docs/settings.md');
const server = new Server();
const areas = [205, 206, 207, 208, 209, 210, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231, 234, 239];

// A number without a place is somewhere in the US: whatever the state, whatever the holiday.
function openEverywhere(day) {
  return JSON.parse(execFileSync(STERLING, ['quiet-hours', '+18005550199', '--json', '--at', day.toISOString()])).open;
}

// The next working day's afternoon that is lawful in every US time zone; never in the past, because what waits for a
// time would wait until the clock is there again.
function lawfulMoment() {
  const day = new Date();
  day.setUTCHours(20, 0, 0, 0);
  while (day < new Date() || !openEverywhere(day)) day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().replace('.000', '');
}

function file(name, content) {
  const at = path.join(server.dir, name);
  fs.writeFileSync(at, content);
  return at;
}

// An organization with so many numbers of its own.
async function organization(slug, numbers = 1) {
  await server.json(['org', 'create', slug, '--name', slug.toUpperCase(), '--registration', 'approved', '--brand',
    'standard', '--score', '80', '--use-case', 'MARKETING', '--help-text', 'Call 555-0100']);
  const { webhooks } = await server.json(['org', 'show', slug]);
  const { sid } = await server.control('POST', '/services', {
    friendly_name: slug, inbound_request_url: webhooks.inbound, program: { brand: 1, brand_score: 80 } });
  await server.json(['org', 'update', slug, '--service', sid]);
  const made = await server.control('POST', '/numbers', { service: sid, area_code: areas.shift(), count: numbers });
  const list = JSON.stringify(made).match(/\+1\d{10}/g);
  const added = await server.cli(['sender', 'add', '--file', '-'], { org: slug, input: list.join('\n') });
  assert.equal(added.code, DONE, added.err);
  return { slug, numbers: list };
}

// `count` people of an exchange; their numbers.
function people(count, exchange) {
  return Array.from({ length: count }, (_, i) => `+1212${exchange}${String(i).padStart(4, '0')}`);
}

async function importPeople(org, list, numbers) {
  const rows = numbers.map((number, i) => `${number},Name${i}`);
  const result = await server.cli(['contacts', 'import', '-', '--list', list, ...CONSENT], {
    org, input: `number,first_name\n${rows.join('\n')}\n` });
  assert.equal(result.code, DONE, result.err);
  return result.out;
}

function refused(result, code, ...words) {
  assert.equal(result.code, code, `${result.code}: ${result.err}${result.out}`);
  for (const word of words) assert.match(result.err, word);
}

before(async () => {
  await server.start('--reconcile.every_ms=500', '--http.import_bytes_max=8388608');
  await server.control('POST', '/clock', { set: lawfulMoment() });
  const swift = { filtered_per_million: 0, unreachable_per_million: 0, unknown_per_million: 0, landline_per_million: 0,
    no_receipt_per_million: 0, sent_ms_min: 5, sent_ms_max: 50, receipt_ms_min: 20, receipt_ms_max: 100 };
  await server.control('POST', '/carriers', { verizon: swift, att: swift, tmobile: swift, other_us: swift, foreign: swift });
});

after(() => server.remove());

test('organizations, keys and senders are made, shown, changed and removed', async () => {
  await organization('acme', 3);
  const { data } = await server.json(['org', 'list']);
  assert.ok(data.some((org) => org.slug === 'acme'));
  refused(await server.cli(['org', 'create', 'acme']), REFUSED, /acme/);
  refused(await server.cli(['org', 'create', 'No Slug!']), REFUSED, /slug/);
  refused(await server.cli(['org', 'create', 'fancy', '--brand', 'fancy']), REFUSED, /--brand 'fancy'.*low_volume/);
  assert.match((await server.cli(['org', 'show', 'acme'])).out, /help text:\s+Call 555-0100/);
  assert.match((await server.cli(['org', 'show', 'acme'])).out, /words for STOP:\s+-\n/); // nothing is shown as such
  assert.match((await server.cli(['org', 'show', 'acme'])).out, /countries:\s+-\n/);
  refused(await server.cli(['org', 'show', 'nobody']), NOT_FOUND);
  refused(await server.cli(['org', 'show', 'no such/thing?']), NOT_FOUND);
  refused(await server.cli(['org', 'update', 'acme', '--score', '101']), USAGE, /--score/);
  refused(await server.cli(['org', 'update', 'acme', '--spend-cap', 'much']), USAGE, /--spend-cap/);

  const key = await server.json(['key', 'create', 'reports', '--scopes', 'read'], { org: 'acme' });
  server.keep(key.secret);
  assert.deepEqual(key.scopes, ['read']);
  assert.equal((await server.cli(['campaign', 'list'], { key: key.secret })).code, DONE);
  refused(await server.cli(['send', '+12125550100', 'Hi'], { key: key.secret }), REFUSED, /scope/i);
  const listed = await server.cli(['key', 'list', '--json'], { org: 'acme' });
  assert.ok(!listed.out.includes(key.secret));
  assert.equal((await server.cli(['key', 'revoke', key.id], { org: 'acme' })).code, DONE);
  refused(await server.cli(['campaign', 'list'], { key: key.secret }), REFUSED, /401/);
  refused(await server.cli(['key', 'create', 'x', '--scopes', 'everything'], { org: 'acme' }), REFUSED, /scopes/);
  refused(await server.cli(['key', 'create', 'x', '--expires', '2001-01-01T00:00:00Z'], { org: 'acme' }), REFUSED,
    /expires_at/, /past/);

  const senders = (await server.json(['sender', 'list'], { org: 'acme' })).data;
  assert.equal(senders.length, 3);
  const held = await server.json(['sender', 'update', senders[0].id, '--state', 'held'], { org: 'acme' });
  assert.equal(held.state, 'held');
  assert.equal((await server.cli(['sender', 'remove', senders[0].id], { org: 'acme' })).code, DONE);
  assert.equal((await server.json(['sender', 'list'], { org: 'acme' })).data.filter((s) => s.state === 'active').length,
    2);
  refused(await server.cli(['sender', 'add', 'not-a-number!'], { org: 'acme' }), REFUSED, /not-a-number/);
  refused(await server.cli(['sender', 'add'], { org: 'acme' }), USAGE, /no address/);
  const name = await server.cli(['sender', 'add', 'banana'], { org: 'acme' });
  assert.equal(name.code, DONE);
  assert.match(name.err, /'banana' is an alphanumeric sender: a name/);
});

test('an import takes what is right and gives back what is wrong, to be corrected and imported again', async () => {
  await organization('imports');
  const org = 'imports';
  const upload = file('dirty.csv', Buffer.concat([
    Buffer.from('\ufeffPhone,First Name,carrier,_note\r\n'),
    Buffer.from('(212) 555-1001,Zoë,AT&T,x\r\n'),
    Buffer.from('+12125551002,,T-Mobile,\r\n'),
    Buffer.from('12,short,,\r\n'),
    Buffer.from('+12125551003,too,many,columns,here\r\n'),
    Buffer.from('+12125551004,bad '), Buffer.from([0xff, 0xfe]), Buffer.from(',,\r\n'),
    Buffer.from('+12125551002,again,,\r\n'),
    Buffer.from('+12125551005,"quoted, with comma",,\r\n'),
    Buffer.from(`+12125551006,${'x'.repeat(5 << 20)},,\r\n`),
    Buffer.from('+12125551007,last,,\r\n'),
  ]));
  const rejects = path.join(server.dir, 'rejects.csv');
  const job = await server.json(['contacts', 'import', upload, '--list', 'people', '--rejects', rejects], { org });
  assert.equal(job.state, 'done');
  assert.equal(job.rows, 9);
  assert.equal(job.added, 4);
  assert.equal(job.duplicates, 1);
  assert.equal(job.rejected, 4);
  assert.equal(job.added + job.updated + job.duplicates + job.rejected, job.rows, 'each row is in one count');
  const back = fs.readFileSync(rejects);
  assert.ok(back.length < 200000, 'a line of 5 MB is not kept whole');
  const lines = back.toString().split('\r\n');
  assert.match(lines[0], /_line,_column,_reason/);
  assert.match(back.toString(), /12,short,,,4,phone,/);
  assert.match(back.toString(), /UTF-8/);
  assert.match(back.toString(), /longer than|too long|too large/i);

  const fixed = file('fixed.csv', `${lines[0]}\r\n${lines[1].replace('12,short', '+12125551008,short')}\r\n`);
  const second = await server.json(['contacts', 'import', fixed, '--list', 'people'], { org });
  assert.equal(second.added, 1);
  assert.equal(second.rejected, 0);
  assert.equal((await server.json(['contacts', 'list', '--list', 'people'], { org })).data.length, 5);
  const table = await server.cli(['contacts', 'list', '--list', 'people', '--limit', '2'], { org });
  assert.match(table.out, /^id +number +carrier +consent +fields\n/);
  assert.equal(table.out.trim().split('\n').length, 3);

  const exported = path.join(server.dir, 'export.csv');
  assert.equal((await server.cli(['contacts', 'export', '--list', 'people', '--output', exported], { org })).code, DONE);
  const csv = fs.readFileSync(exported, 'utf8');
  refused(await server.cli(['contacts', 'export', '--list', 'nobody', '--output', exported], { org }), NOT_FOUND, /list/);
  assert.equal(fs.readFileSync(exported, 'utf8'), csv, 'an older file stays as it was');
  assert.ok(!fs.existsSync(`${exported}.part`));
  assert.match(csv, /Zoë/);
  assert.match(csv, /"quoted, with comma"/);
  const again = await server.json(['contacts', 'import', exported], { org });
  assert.equal(again.rejected, 0);
  assert.equal(again.added, 0);
  assert.equal(again.rows, 5);
});

test('a quote that is never closed costs its own row and no other', async () => {
  await organization('quotes');
  const rejects = path.join(server.dir, 'quotes.rejects.csv');
  const job = await server.json(['contacts', 'import', '-', '--rejects', rejects], {
    org: 'quotes', input: `number,name\n+12125553000,"open\n${people(8000, '553').map((n) => `${n},x\n`).join('')}` });
  assert.equal(job.rejected, 1);
  assert.equal(job.added, 8000);
  assert.match(fs.readFileSync(rejects, 'utf8'), /,2,.*quot/i);
});

test('an upload that cannot be used at all is refused with the reason and stores nothing', async () => {
  await organization('uploads');
  const org = 'uploads';
  const bad = async (content, ...words) => {
    refused(await server.cli(['contacts', 'import', '-', '--list', 'none'], { org, input: content }), REFUSED, ...words);
  };
  await bad('name,mail\nAnn,a@example.com\n', /no column for the phone number/, /phone_number/);
  await bad('', /empty/i);
  await bad('\n\n', /line 3/, /name the columns/);
  await bad('"number\n+12125550100\n', /line 1/, /never closes; add the closing quote/);
  await bad(Buffer.from([0x6e, 0xff, 0x0a]), /line 1/, /not UTF-8/);
  await bad('number,Name,name\n+12125550100,a,b\n', /line 1/, /two columns are called name; rename/);
  await bad(`number,${'x'.repeat(5 << 20)}\n`, /line 1/, /header line/);
  refused(await server.cli(['contacts', 'import', path.join(server.dir, 'nowhere.csv')], { org }), FAILED, /nowhere.csv/);
  const large = Buffer.concat([Buffer.from('number\n'), Buffer.alloc(9 << 20, '+12125550100\n')]);
  await bad(large, /too large|import_bytes_max/, /8388608|split/);
  await bad(Buffer.concat([large, large, large, large]), /too large|import_bytes_max/, /8388608|split/);
  refused(await server.cli(['contacts', 'import', file('large.csv', large)], { org }), REFUSED, /longer than the 8388608 bytes/, /413/);
  refused(await server.cli(['contacts', 'import', '-', '--region', 'Mars'], { org, input: 'number\n' }), REFUSED,
    /region/);
  refused(await server.cli(['contacts', 'import', '-', '--consent', 'writen', '--attested-by', 'Ann'],
    { org, input: 'number\n+12125550123\n' }), REFUSED, /--consent 'writen'.*express or written/);
  assert.equal((await server.json(['contacts', 'list'], { org })).data.length, 0);
  assert.deepEqual((await server.api('GET', '/v1/lists', { org })).body.data, []);
  assert.deepEqual((await server.api('GET', '/v1/imports', { org })).body.data, []);
  assert.deepEqual(fs.readdirSync(path.join(server.dir, 'spool')).filter((name) => !/rejects/.test(name)), []);
});

test('a campaign is created, started, watched and reported', async () => {
  await organization('watch', 5);
  const org = 'watch';
  const numbers = people(30, '556');
  assert.match(await importPeople(org, 'vip', numbers), /consents recorded: 30, on entry \d+ of the ledger/);
  const created = await server.cli(['campaign', 'create', 'Hello', '--list', 'vip', '--template',
    'Hi {{first_name}}, {{nickname|friend}}! Reply STOP to opt out.', '--start', '--acknowledge', 'all', '--id-only'], { org });
  assert.equal(created.code, DONE, created.err);
  const id = created.out.trim();
  const watched = await server.json(['campaign', 'watch', id], { org });
  assert.equal(watched.campaign.state, 'completed');
  const report = await server.cli(['campaign', 'show', id], { org });
  assert.match(report.out, /30 recipients/);
  assert.match(report.out, /delivered +30/);
  const followed = await server.cli(['campaign', 'watch', id], { org });
  assert.match(followed.err, /30\/30 {2}delivered 30 {2}failed 0/);
  assert.equal(followed.out.trim(), report.out.trim());
  const { campaign } = await server.json(['campaign', 'show', id], { org });
  assert.equal(campaign.audience, 30);
  assert.equal(campaign.counts.delivered, 30);
  const received = await server.received(new Set(numbers));
  assert.equal(received.length, 30);
  assert.equal(new Set(received.map((entry) => entry.to)).size, 30);
  assert.ok((await server.json(['campaign', 'list'], { org })).data.some((c) => c.id === id));
  const messages = (await server.json(['messages', 'list', '--campaign', id], { org })).data;
  assert.equal(messages.length, 30);
  const shown = await server.json(['messages', 'show', messages[0].id], { org });
  assert.match(shown.body, /^Hi Name\d+, friend!/);
  refused(await server.cli(['campaign', 'start', id], { org }), REFUSED, /completed/);
});

// What goes on is measured on the engine's own clock: one number sends 10 messages a second, so when 12 single messages
// have gone since a moment, more than a second has passed since then.
async function passASecond(org, exchange) {
  const numbers = people(12, exchange);
  for (const number of numbers)
    assert.equal((await server.cli(['send', number, 'Tick', '--urgent'], { org })).code, DONE);
  await eventually(async () => (await server.received(new Set(numbers))).length === 12, 'twelve single messages');
}

test('a paused campaign keeps no stretches in memory, and goes on where it was', async () => {
  const org = 'resting';
  await organization(org, 1);
  // Each of these states has hours of its own, so its people are a stretch.
  const codes = [212, 213, 312, 303, 305, 214, 206, 404, 602, 617, 702, 615, 504, 503, 801, 313];
  const numbers = codes.flatMap((code) => people(20, '559').map((number) => number.replace('+1212', `+1${code}`)));
  const set = new Set(numbers);
  const stretches = () => server.metric('sterling_campaign_stretches');
  await importPeople(org, 'all', numbers);
  const before = await stretches();
  const { id } = await server.json(['campaign', 'create', 'Rests', '--list', 'all', '--template', 'Hi', '--start', '--acknowledge', 'all'],
    { org });
  await eventually(async () => (await server.received(set)).length >= 3, 'the first messages');
  await eventually(async () => (await stretches()) >= before + 10, 'the stretches to be read');
  await server.json(['campaign', 'pause', id], { org });
  await eventually(async () => (await stretches()) <= before + 4, 'the stretches to be forgotten'); // but those in hand
  const paused = (await server.received(set)).length;
  await server.json(['campaign', 'resume', id], { org });
  await eventually(async () => (await stretches()) >= before + 10, 'the stretches to be read again');
  await eventually(async () => (await server.received(set)).length > paused, 'messages after the resume');
  const to = (await server.received(set)).map((m) => m.to);
  assert.equal(new Set(to).size, to.length, 'nobody is written to twice');
  await server.json(['campaign', 'cancel', id], { org });
});

test('pause and cancel let nothing more go in the second that follows, and resume goes on', async () => {
  await organization('pause', 1);
  const org = 'pause';
  const numbers = people(80, '557');
  const set = new Set(numbers);
  const count = async () => (await server.received(set)).length;
  const counts = async (id) => (await server.json(['campaign', 'show', id], { org })).campaign.counts;
  // What the campaign may still have under way when its state is stored; waited for, it is all that ever comes.
  const settle = (id) => eventually(async () => {
    const { armed, in_doubt: doubt } = await counts(id);
    return armed + doubt === 0;
  }, 'the answers under way');
  await importPeople(org, 'all', numbers);
  const { id } = await server.json(['campaign', 'create', 'Slow', '--list', 'all', '--template', 'Hi', '--start', '--acknowledge', 'all'],
    { org });
  await eventually(async () => (await count()) >= 3, 'the first messages');
  assert.equal((await server.json(['campaign', 'pause', id], { org })).state, 'paused');
  await settle(id);
  const paused = await count();
  assert.ok(paused < 80, 'it was paused in its course');
  await passASecond(org, '567');
  assert.equal(await count(), paused);
  assert.equal((await server.json(['campaign', 'resume', id], { org })).state, 'running');
  await eventually(async () => (await count()) > paused, 'messages after the resume');
  const { hours } = await server.json(['campaign', 'show', id], { org });
  assert.ok(hours.open > 0 && hours.waiting === 0 && hours.opens_at === null && hours.closes_at <= hours.last_closes_at);
  let said = '';
  let watching;
  const line = await new Promise((resolve) => {
    watching = server.cli(['campaign', 'watch', id], { org, heard: (chunk) => {
      said += chunk;
      if (said.includes('\n')) resolve(said);
    } });
  });
  assert.match(line, new RegExp(`lawful until .*${hours.last_closes_at.slice(11, 16)}Z`));
  assert.equal((await server.json(['campaign', 'cancel', id], { org })).state, 'canceled');
  await settle(id);
  const last = await count();
  const canceled = await eventually(async () => {
    const now = await counts(id);
    return now.queued + now.held + now.armed === 0 && now;
  }, 'the end of the canceled campaign');
  assert.ok(canceled.canceled > 0 && last < 80);
  assert.equal((await watching).code, FAILED, 'it did not come to its end');
  await passASecond(org, '568');
  refused(await server.cli(['campaign', 'resume', id], { org }), REFUSED, /canceled/);
  refused(await server.cli(['campaign', 'cancel', id], { org }), REFUSED, /canceled/);
  assert.equal(await count(), last);
});

test('what is wrong with a campaign is said before anybody is texted', async () => {
  await organization('wrong');
  await organization('empty');
  const org = 'wrong';
  await importPeople(org, 'some', people(3, '558'));
  const create = (...more) => server.cli(['campaign', 'create', 'Bad', ...more], { org });
  refused(await create('--list', 'some', '--template', 'Hi {{surname}}'), REFUSED, /template/, /surname/);
  const warned = await create('--list', 'some', '--template', 'Hi {{surname|you}}');
  assert.equal(warned.code, DONE);
  assert.match(warned.err, /note: .*surname/);
  refused(await create('--list', 'some', '--template', 'x'.repeat(1601)), REFUSED, /template/, /1,?600/);
  refused(await create('--list', 'some', '--template', 'Hi {{first_name'), REFUSED, /template/);
  refused(await create('--list', 'nobody', '--template', 'Hi'), REFUSED, /--list 'nobody'.*a list that is there/);
  refused(await create('--list', 'some', '--template', ''), REFUSED, /template/);
  refused(await create('--list', 'some'), USAGE, /--template/);
  const empty = await server.api('POST', '/v1/lists', { org, body: JSON.stringify({ name: 'void' }) });
  assert.equal(empty.status, 201);
  refused(await create('--list', 'void', '--template', 'Hi', '--start'), REFUSED, /audience is empty/, /canceled/);
  assert.deepEqual((await server.json(['campaign', 'list'], { org })).data.filter((c) => c.list?.name === 'void')
    .map((c) => c.state), ['canceled']);
  refused(await create('--template-file', path.join(server.dir, 'none.txt')), FAILED, /none.txt/);
  refused(await create('--template-file', file('long.txt', 'y'.repeat(9000))), REFUSED, /long.txt/);
  refused(await create('--list', 'some', '--template', 'Hi', '--start'), REFUSED, /no_opt_out/, /no_brand/, /canceled/);
  refused(await create('--list', 'some', '--template', 'Hi https://bit.ly/x STOP', '--start', '--acknowledge', 'all'), REFUSED,
    /bit\.ly/, /canceled/);
  const { id } = await server.json(['campaign', 'create', 'Seen', '--list', 'some', '--template', 'Hi'], { org });
  const seen = await server.cli(['campaign', 'preflight', id], { org });
  assert.equal(seen.code, DONE, seen.err);
  assert.match(seen.out, /recipients: +3/);
  assert.match(seen.err, /ask: .*\[no_opt_out\]/);
  refused(await create('--list', 'some', '--template', 'Hi', '--start-at', '2020-01-01T00:00:00Z'), REFUSED,
    /--start-at/, /past/);
  refused(await create('--list', 'some', '--template', 'Hi', '--start-at', '2099-01-01T00:00:00Z'), REFUSED,
    /--start-at/, /year/);
  refused(await create('--list', 'some', '--template', 'Hi', '--start-at', 'tomorrow'), REFUSED, /--start-at/);
  refused(await create('--list', 'some', '--template', 'Hi', '--kind', 'spam'), REFUSED, /--kind/);
  refused(await create('--list', 'some', '--template', 'Hi', '--validity', '5'), USAGE, /--validity/);
  const bare = await server.json(['campaign', 'create', 'Nobody', '--template', 'Hi'], { org: 'empty' });
  refused(await server.cli(['campaign', 'start', bare.id], { org: 'empty' }), REFUSED, /empty/);
  assert.equal((await server.json(['campaign', 'list'], { org: 'empty' })).data[0].state, 'draft');
  refused(await server.cli(['campaign', 'start', 'cmp_0000000000000'], { org }), NOT_FOUND);
  refused(await server.cli(['campaign', 'show', 'what is this'], { org }), NOT_FOUND);
  assert.equal((await server.json(['campaign', 'list'], { org })).data.filter((c) => c.state === 'draft').length, 2,
    'the one that was only warned, and the one that was only looked at');
  assert.equal((await server.received(new Set(people(3, '558')))).length, 0);

  const told = await create('--list', 'some', '--template', 'Hi');
  for (const answer of [/recipients: +3/, /a minute: +\d+/, /a day: +\d+/, /finishes in: /, /kind: +marketing/,
    /registration: +\w+/, /sender +count +may send/, /retries: +At most 5 attempts/, /opt-outs: +STOP/,
    /provider down: +After 8 failures/]) {
    assert.match(told.out, answer);
    assert.match(seen.out, answer);
  }
  assert.match(told.err, /ask: .*\[no_opt_out\]/);
  assert.equal(told.err.split('No word on how to opt out').length, 2, 'each is told once');
  const { preflight } = await server.json(['campaign', 'create', 'Seen too', '--list', 'some', '--template', 'Hi', '--start',
    '--acknowledge', 'all'], { org });
  assert.equal(preflight.volume.recipients, 3);
});

test('single messages are sent, listed, shown and refused with reasons', async () => {
  const { numbers: own } = await organization('single');
  const foreign = await organization('single-b');
  const org = 'single';
  const sent = await server.json(['send', '+12125590001', 'Your code is 123456'], { org });
  const done = await eventually(async () => {
    const m = await server.json(['messages', 'show', sent.id], { org });
    return m.state === 'delivered' && m;
  }, 'delivery');
  assert.equal(done.from, own[0]);
  assert.equal(done.segments, 1);
  assert.equal((await server.json(['messages', 'list', '--to', '+12125590001'], { org })).data[0].id, sent.id);
  const send = (...args) => server.cli(['send', ...args], { org });
  refused(await send('12', 'Hi'), REFUSED, /to/, /12/);
  refused(await send('+442079460000', 'Hi'), REFUSED, /to|44/);
  refused(await send('+12125590002', 'x'.repeat(1601)), REFUSED, /body/, /1,?600/);
  refused(await send('+12125590002', ''), REFUSED, /body/);
  refused(await send('+12125590002', 'Hi', '--from', '+14155559999'), REFUSED, /from/, /no sender/);
  refused(await send('+12125590002', 'Hi', '--from', foreign.numbers[0]), REFUSED, /from/, /no sender/);
  refused(await send('+12125590002', 'Hi', '--send-at', '2020-01-01T00:00:00Z'), REFUSED, /--send-at/, /past/);
  refused(await send('+12125590002', 'Hi', '--send-at', '2099-01-01T00:00:00Z'), REFUSED, /--send-at/, /year/);
  refused(await send('+12125590002', 'Hi', '--program', 'other'), REFUSED, /program/);
  refused(await server.cli(['messages', 'list', '--state', 'lost'], { org }), REFUSED, /state/);
  refused(await server.cli(['messages', 'show', 'msg_0000000000000'], { org }), NOT_FOUND);
  const landline = await server.json(['send', '+12125559114', 'Hi'], { org });
  const failed = await eventually(async () => {
    const m = await server.json(['messages', 'show', landline.id], { org });
    return m.state === 'failed' && m;
  }, 'the refusal');
  assert.equal(failed.error.code, 21614);
  assert.match(await (await fetch(`${server.url}/metrics`)).text(), /^sterling_provider_refusals_total\{code="21614"\} 1$/m);
  const later = await server.json(['send', '+12125590003', 'Later', '--send-at',
    new Date(Date.now() + 40 * 86400000).toISOString()], { org });
  assert.equal((await server.json(['messages', 'cancel', later.id], { org })).state, 'canceled');
  refused(await server.cli(['messages', 'cancel', sent.id], { org }), REFUSED, /delivered|canceled/);
  assert.equal((await server.received(new Set(['+12125590002', '+12125590003']))).length, 0);
});

const sha256 = (...parts) => crypto.createHash('sha256').update(Buffer.concat(parts.map((p) => Buffer.from(p)))).digest();

test('consents are imported whole, verified, and proved to who only has the file', async () => {
  await organization('ledger', 1);
  const org = 'ledger';
  const head = 'number,state,means,given_at,disclosure,evidence\n';
  const good = `${head}+12125650001,opted_in,web_form,2026-01-02T03:04:05-05:00,"Offers, ""by text""",\n`
    + '+12125650002,opted_out,keyword,2026-01-02T03:04:05Z,,Stop\n';
  const bad = `${good}+12125650003,opted_in,web_form,2026-01-02T03:04:05,Offers,\n`;
  const importing = (text, ...more) => server.cli(['consent', 'import', file('consents.csv', text), ...more], { org });
  refused(await importing(bad), REFUSED, /line 4: given_at '/, /2026-01-02T03:04:05/, /time zone/);
  assert.match((await server.cli(['consent', 'verify'], { org })).out, /sound: yes\n.*entries: +0/);
  assert.match((await importing(good, '--dry-run')).out, /rows: +2\n.*added: +0/);
  assert.match((await importing(good)).out, /added: +2/);
  assert.match((await importing(good)).out, /added: +0\n.*repeated: +2/);
  const exported = await server.cli(['consent', 'export'], { org });
  assert.match((await importing(exported.out)).out, /added: +0\n.*repeated: +2/);
  await server.json(['consent', 'opt-in', '+12125650001', '--means', 'verbal', '--evidence', 'call 17'], { org });
  await server.json(['consent', 'opt-out', '+12125650004', '--evidence', 'a letter'], { org });
  const verified = await server.json(['consent', 'verify'], { org });
  assert.equal(verified.checked.entries, 4);
  const asked = ['consent', 'ask', '+12125650005', '--means', 'web_form', '--disclosure', 'Offers by text? Reply YES'];
  const show = async (number) => (await server.cli(['consent', 'show', number], { org })).out;
  assert.doesNotMatch(await show('+12125650005'), /asked:/);
  assert.equal((await server.cli(asked, { org })).code, DONE);
  assert.match(await show('+12125650005'), /state: +none\n[^]*asked: +20[^]*YES counts until: +20/);
  await server.json(['consent', 'opt-out', '+12125650005', '--evidence', 'a call'], { org });
  assert.doesNotMatch(await show('+12125650005'), /asked:/);

  const out = path.join(server.dir, 'evidence.json');
  assert.equal((await server.cli(['consent', 'evidence', '+12125650001', '--output', out], { org })).code, DONE);
  const document = JSON.parse(fs.readFileSync(out, 'utf8'));
  assert.equal(document.holds.basis, 'written');
  const [first, last] = document.entries;
  for (const { canonical_text: text, digest } of document.entries) assert.equal(sha256(text).toString('hex'), digest);
  assert.equal(sha256(Buffer.alloc(32), Buffer.from(first.digest, 'hex')).toString('hex'), first.entry.hash);
  const leads = ({ path: digests }) => digests.reduce((hash, digest) => sha256(hash, Buffer.from(digest, 'hex')),
    Buffer.from(last.entry.hash, 'hex')).toString('hex');
  assert.equal(leads(document.chain), document.chain.head);
  assert.equal(document.chain.head, (await server.json(['consent', 'verify'], { org })).checked.head);

  // Of a ledger that is longer than one answer's path, the file still leads to the head.
  const many = Array.from({ length: 4100 }, (_, i) => `+1212566${String(i).padStart(4, '0')},opted_out,keyword,2026-01-02T03:04:05Z,,Stop\n`);
  assert.match((await importing(head + many.join(''))).out, /added: +4100/);
  assert.equal((await server.cli(['consent', 'evidence', '+12125650001', '--output', out], { org })).code, DONE);
  const { chain, complete } = JSON.parse(fs.readFileSync(out, 'utf8'));
  assert.deepEqual([chain.path_reaches_head, chain.path_left_out, chain.path_next, complete], [true, 0, null, true]);
  assert.equal(chain.entries, 4106);
  assert.equal(leads(chain), chain.head);
  assert.equal(chain.head, (await server.json(['consent', 'verify'], { org })).checked.head);
});

test('a recipient whose fields make a forbidden text is set aside, and the others are texted', async () => {
  await organization('fields');
  const org = 'fields';
  const [ann, link, bob] = people(3, '573');
  const result = await server.cli(['contacts', 'import', '-', '--list', 'all', ...CONSENT], {
    org, input: `number,first_name\n${ann},Ann\n${link},bit.ly/x\n${bob},Bob\n` });
  assert.equal(result.code, DONE, result.err);
  const proof = await server.cli(['consent', 'evidence', ann], { org });
  const { attestations } = JSON.parse(proof.out); // what the imported opt-in rests on
  assert.equal(attestations.length, 1);
  assert.match(attestations[0].canonical_text, /attested_by/);
  // Exported, each row has in full what was attested for all of them.
  await organization('elsewhere');
  const moved = file('moved.csv', (await server.cli(['consent', 'export'], { org })).out);
  assert.equal((await server.cli(['consent', 'import', moved], { org: 'elsewhere' })).code, DONE);
  const { entries } = JSON.parse((await server.cli(['consent', 'evidence', ann], { org: 'elsewhere' })).out);
  assert.match(entries[0].canonical_text, /I agree to get offers by text\./);
  assert.match(entries[0].canonical_text, /the shop/);
  const { id } = await server.json(['campaign', 'create', 'F', '--list', 'all', '--template',
    'Hi {{first_name}}, FIELDS is open. Reply STOP to opt out.', '--start', '--acknowledge', 'forbidden_values'], { org });
  const report = await server.json(['campaign', 'watch', id], { org });
  assert.equal(report.campaign.counts.delivered, 2);
  assert.equal(report.campaign.counts.blocked, 1);
  assert.equal(report.by_reason[0].reason, 'content');
  assert.equal((await server.received(new Set([link]))).length, 0);
  const seen = await server.json(['campaign', 'preflight', id], { org });
  assert.deepEqual(seen.acknowledged[0].findings.map((f) => f.code), ['forbidden_values']);
});

test('a sender that Twilio refuses is told, and goes on once that is mended', async () => {
  await organization('refused');
  const org = 'refused';
  const told = await server.listen(org, null, (events) => events.some((e) => e.type === 'sender.released'));
  const stranger = '+12125700000'; // no number of the account at all
  const added = await server.json(['sender', 'add', stranger], { org });
  const sender = added.data[0].id;
  const held = await server.json(['send', '+12125710001', 'Hi', '--from', stranger], { org });
  const shown = await eventually(async () => {
    const { data } = await server.json(['sender', 'list'], { org });
    return data.find((s) => s.id === sender && s.paused);
  }, 'the pause');
  assert.equal(shown.paused.code, 21659);
  assert.match(shown.paused.remedy, /sender/);
  assert.match((await server.cli(['sender', 'list'], { org })).out, /21659/);
  const explained = await server.json(['explain', held.id], { org });
  assert.equal(explained.verdicts.find((r) => r.rule === 'limits_and_sender').input.now.paused_code, 21659);
  const programs = await server.api('GET', '/v1/programs', { org });
  const service = programs.body.data[0].messaging_service_sid;
  await server.control('POST', '/numbers', { service, numbers: [stranger] });
  const released = await server.json(['sender', 'release', sender], { org });
  assert.deepEqual([released.state, released.paused], ['active', null]);
  await server.json(['send', '+12125710002', 'Hi', '--from', stranger], { org });
  await eventually(async () => (await server.received(new Set(['+12125710002']))).length === 1, 'a text after the release');
  const { data } = await server.json(['sender', 'list'], { org });
  assert.equal(data.find((s) => s.id === sender).paused, null);
  await told.done();
  told.close();
  const events = told.events.filter((e) => e.type.startsWith('sender.'));
  assert.deepEqual(events.map((e) => e.type), ['sender.paused', 'sender.released']);
  assert.equal(events[0].data.data.code, 21659);
});

test('a campaign obeys what other countries want of its text, and the hours of automated devices', async () => {
  const { numbers: own } = await organization('afar');
  const org = 'afar';
  // A short code of the US does not reach Canada: its long code writes there, each time.
  const code = await server.api('POST', '/v1/senders', { org, body: JSON.stringify({ address: '55512', verified: true }) });
  assert.equal(code.status, 201);
  const canadians = await Promise.all(Array.from({ length: 6 }, (_, i) =>
    server.json(['send', `+1416574000${i}`, 'Your parcel is there'], { org })));
  for (const { id } of canadians)
    await eventually(async () => {
      const m = await server.json(['messages', 'show', id], { org });
      assert.ok(m.from === null || m.from === own[0], m.from);
      return m.state === 'delivered';
    }, 'a text to Canada');
  assert.equal((await server.cli(['sender', 'remove', code.body.id], { org })).code, DONE);
  await server.json(['org', 'update', org, '--countries', 'MY']);
  assert.equal((await server.cli(['sender', 'add', 'AFAR'], { org })).code, DONE);
  await importPeople(org, 'abroad', ['+60123456789', '+12125740999']);
  const text = ['--template', 'AFAR: your parcel: https://afar.example/p'];
  refused(await server.cli(['campaign', 'create', 'Links', '--list', 'abroad', '--kind', 'transactional', ...text, '--start'],
    { org }), REFUSED, /country_links/, /MY/);
  const { id } = await server.json(['campaign', 'create', 'Links', '--list', 'abroad', '--kind', 'transactional', ...text,
    '--start', '--acknowledge', 'all'], { org });
  const report = await server.json(['campaign', 'watch', id], { org });
  assert.deepEqual([report.campaign.counts.delivered, report.campaign.counts.blocked], [1, 1]);
  assert.equal(report.by_reason[0].reason, 'content');
  assert.equal((await server.received(new Set(['+60123456789']))).length, 0);

  // Maine: 9 to 17, where they were chosen; 21 else.
  const maine = Array.from({ length: 60 }, (_, i) => `+1207574${String(i).padStart(4, '0')}`);
  await importPeople(org, 'maine', maine);
  const closes = async () => {
    const made = await server.json(['campaign', 'create', 'Maine', '--list', 'maine', '--template',
      'AFAR: tents. Reply STOP to opt out.', '--start', '--acknowledge', 'all'], { org });
    const { hours } = await eventually(async () => {
      const shown = await server.json(['campaign', 'show', made.id], { org });
      return shown.hours && shown;
    }, 'the hours of who waits');
    await server.json(['campaign', 'cancel', made.id], { org });
    return Date.parse(hours.last_closes_at);
  };
  const plain = await closes();
  await server.json(['org', 'update', org, '--automated-hours', 'marketing']);
  assert.equal(plain - await closes(), 4 * 3600000);
});

test('a STOP opts out at once, and a later send is blocked with the reason', async () => {
  const { numbers } = await organization('stop');
  const org = 'stop';
  const person = '+12125600001';
  await server.control('POST', '/inbound', { from: person, to: numbers[0], body: 'Stop' });
  const consent = await eventually(async () => {
    const result = await server.cli(['consent', 'show', person, '--json'], { org });
    return result.code === DONE && JSON.parse(result.out).state === 'opted_out' && JSON.parse(result.out);
  }, 'the opt-out');
  assert.equal(consent.source, 'keyword');
  refused(await server.cli(['send', person, 'Are you sure?'], { org }), REFUSED, /opted out/i);
  await importPeople(org, 'stopped', [person, '+12125600002']);
  const { id } = await server.json(['campaign', 'create', 'X', '--list', 'stopped', '--template', 'Hi', '--start', '--acknowledge', 'all'],
    { org });
  const report = await server.json(['campaign', 'watch', id], { org });
  assert.equal(report.campaign.counts.blocked, 1);
  assert.equal(report.by_reason[0].reason, 'opted_out');
  assert.equal((await server.received(new Set([person]))).length, 0);
  await server.control('POST', '/inbound', { from: person, to: numbers[0], body: 'START' });
  await eventually(async () =>
    (await server.json(['consent', 'show', person], { org })).state === 'opted_in', 'the opt-in');
  assert.equal((await server.cli(['send', person, 'Welcome back'], { org })).code, DONE);
  refused(await server.cli(['consent', 'opt-out', person], { org }), USAGE, /--evidence/);
  assert.equal((await server.cli(['consent', 'opt-out', person, '--evidence', 'by telephone'], { org })).code, DONE);
  refused(await server.cli(['send', person, 'Hello'], { org }), REFUSED, /opted out/i);
});

test('one organization cannot see another', async () => {
  await organization('mine');
  await organization('theirs');
  const theirs = { org: 'theirs' };
  await importPeople('theirs', 'secret', people(2, '561'));
  const message = await server.json(['send', '+12125610001', 'private'], theirs);
  const campaign = await server.json(['campaign', 'create', 'C', '--template', 'Hi', '--list', 'secret'], theirs);
  const contact = (await server.json(['contacts', 'list'], theirs)).data[0];
  const sender = (await server.json(['sender', 'list'], theirs)).data[0];
  const imported = (await server.api('GET', '/v1/imports', theirs)).body.data[0];
  const webhook = (await server.api('POST', '/v1/webhooks', {
    ...theirs, body: JSON.stringify({ url: 'https://example.com/x', events: ['message'] }) })).body;
  server.keep(webhook.secret);
  const theirKey = await server.json(['key', 'create', 'k'], theirs);
  const mine = await server.json(['key', 'create', 'all', '--scopes', 'read,send,manage'], { org: 'mine' });
  server.keep(theirKey.secret);
  const key = server.keep(mine.secret);
  refused(await server.cli(['messages', 'show', message.id], { key }), NOT_FOUND);
  refused(await server.cli(['campaign', 'start', campaign.id], { key }), NOT_FOUND);
  refused(await server.cli(['org', 'show', 'theirs'], { key }), REFUSED);
  for (const [method, route] of [
    ['GET', `/v1/messages/${message.id}`], ['POST', `/v1/messages/${message.id}/cancel`],
    ['GET', `/v1/campaigns/${campaign.id}`], ['GET', `/v1/campaigns/${campaign.id}/report`],
    ['POST', `/v1/campaigns/${campaign.id}/cancel`], ['GET', `/v1/contacts/${contact.id}`],
    ['DELETE', `/v1/contacts/${contact.id}`], ['GET', `/v1/contacts/%2B12125610000`],
    ['GET', `/v1/senders/${sender.id}`], ['DELETE', `/v1/senders/${sender.id}`],
    ['GET', `/v1/imports/${imported.id}`], ['GET', `/v1/imports/${imported.id}/rejects.csv`],
    ['GET', '/v1/lists/secret'], ['GET', `/v1/webhooks/${webhook.id}`], ['DELETE', `/v1/webhooks/${webhook.id}`],
    ['GET', `/v1/webhooks/${webhook.id}/dead`], ['DELETE', `/v1/keys/${theirKey.id}`],
  ]) {
    const answer = await server.api(method, route, { key });
    assert.equal(answer.status, 404, `${method} ${route}: ${answer.status}`);
    assert.match(answer.type, /problem\+json/);
    assert.ok(!JSON.stringify(answer.body).includes('theirs'));
  }
  for (const list of ['messages', 'campaigns', 'contacts', 'imports', 'webhooks', 'lists'])
    assert.deepEqual((await server.api('GET', `/v1/${list}`, { key })).body.data, [], list);
  const listed = await server.api('GET', '/v1/messages?to=%2B12125610001', { key });
  assert.deepEqual(listed.body.data, []);
});

test('bodies that make no sense are refused by name and place', async () => {
  await organization('bodies');
  const org = 'bodies';
  const post = (route, body, headers) => server.api('POST', route, { org, body, headers });
  let answer = await post('/v1/messages', '{"to": "+12125620001",\n "body": ');
  assert.equal(answer.status, 400);
  assert.match(answer.body.detail, /line 2/);
  answer = await post('/v1/messages', '{"to": 12125620001, "body": "x"}');
  assert.equal(answer.status, 422);
  assert.equal(answer.body.errors[0].field, 'to');
  answer = await post('/v1/messages', '{"to": "+12125620001", "body": "x", "colour": "red"}');
  assert.equal(answer.status, 422);
  assert.equal(answer.body.errors[0].field, 'colour');
  answer = await post('/v1/messages', '[]');
  assert.equal(answer.status, 400);
  // A body over the bound is the HTTP face's own test: fetch may see the connection end before it reads the 413.
  answer = await post('/v1/messages', Buffer.from('{"to": "+12125620001", "body": "\xff"}', 'latin1'));
  assert.equal(answer.status, 400);
  answer = await server.api('GET', '/v1/messages', { key: 'sk_nonsense' });
  assert.equal(answer.status, 401);
  answer = await server.api('GET', '/v1/messages?limit=1000', { org });
  assert.equal(answer.status, 422);
  answer = await server.api('PUT', '/v1/messages', { org, body: '{}' });
  assert.equal(answer.status, 405);
  answer = await server.api('GET', '/v1/nothing', { org });
  assert.equal(answer.status, 404);
  answer = await server.api('GET', '/v1/messages', { org: 'nobody' });
  assert.equal(answer.status, 404);
  assert.deepEqual((await server.json(['messages', 'list'], { org })).data, []);

  const soon = await server.json(['key', 'create', 'brief', '--expires',
    new Date(Date.parse(lawfulMoment()) + 3600000).toISOString()], { org });
  const key = server.keep(soon.secret);
  assert.equal((await server.api('GET', '/v1/messages', { key })).status, 200);
  await server.control('POST', '/clock', { set: new Date(Date.parse(lawfulMoment()) + 7200000).toISOString() });
  answer = await server.api('GET', '/v1/messages', { key });
  assert.equal(answer.status, 401);
  assert.match(JSON.stringify(answer.body), /expired/i);
  await server.control('POST', '/clock', { set: lawfulMoment() });
});

test('the same Idempotency-Key is the same message', async () => {
  await organization('again');
  const body = JSON.stringify({ to: '+12125630001', body: 'once' });
  const headers = { 'idempotency-key': 'order-1' };
  const first = await server.api('POST', '/v1/messages', { org: 'again', body, headers });
  const second = await server.api('POST', '/v1/messages', { org: 'again', body, headers });
  assert.equal(first.status, 202);
  assert.deepEqual(second.body, first.body);
  const other = await server.api('POST', '/v1/messages', {
    org: 'again', headers, body: JSON.stringify({ to: '+12125630001', body: 'twice' }) });
  assert.equal(other.status, 422);
  assert.equal((await server.json(['messages', 'list'], { org: 'again' })).data.length, 1);
});

// Reads live events until `enough`; gives them with their ids.
test('live events resume after the last one seen', async () => {
  await organization('live');
  const org = 'live';
  const ended = (events, count) => events.filter((e) => e.type === 'message.delivered').length >= count;
  const first = await server.listen(org, null, (events) => ended(events, 1));
  await server.json(['send', '+12125640001', 'one'], { org });
  await first.done();
  first.close();
  const last = first.events.at(-1);
  await server.json(['send', '+12125640002', 'two'], { org });
  await server.json(['send', '+12125640003', 'three'], { org });
  await eventually(async () => (await server.json(['messages', 'list', '--state', 'delivered'], { org })).data.length === 3,
    'three deliveries');
  const second = await server.listen(org, last.id, (events) => ended(events, 2));
  await second.done();
  second.close();
  const seen = [...first.events, ...second.events].map((e) => e.id);
  assert.equal(new Set(seen).size, seen.length, 'nothing comes twice');
  assert.equal(ended([...first.events, ...second.events], 3), true);
  // Its new sender has the account looked at meanwhile, which is an event of its own.
  assert.ok(second.events.every((e) => /^(drift|number)\./.test(e.type) || e.data.data.message !== undefined));
});

test('nobody gets more marketing than the organization allows', async () => {
  const { slug: org } = await organization('frequency');
  await server.json(['org', 'update', org, '--frequency-cap', '2', '--frequency-hours', '24']);
  await importPeople(org, 'capped', ['+12125640077']);
  const ids = [];
  for (const text of ['one', 'two', 'three'])
    ids.push((await server.json(['send', '+12125640077', `Acme sale ${text}. Reply STOP to opt out`, '--kind', 'marketing'], { org })).id);
  const states = async () => (await Promise.all(ids.map((id) => server.json(['messages', 'show', id], { org }))));
  await eventually(async () => {
    const now = await states();
    return now.filter((m) => m.state === 'delivered').length === 2 && now.filter((m) => m.reason === 'frequency_cap' ||
      (m.reason && m.reason.code === 'frequency_cap')).length === 1;
  }, 'two delivered, one held');
  const other = await server.json(['send', '+12125640077', 'Your code is 1234'], { org });
  await eventually(async () => (await server.json(['messages', 'show', other.id], { org })).state === 'delivered', 'what is no marketing');
});

test('verbs that explain need no server', async () => {
  let result = await run(['segment', '--json', '-'], { input: 'Ça va “bien”?' });
  assert.equal(result.code, DONE);
  const { encoding, segments, units, smart, offenders } = JSON.parse(result.out);
  assert.deepEqual({ encoding, segments, units }, { encoding: 'UCS-2', segments: 1, units: 13 });
  assert.equal(smart.encoding, 'GSM-7');
  assert.deepEqual(offenders.map((o) => o.character), [6, 11]);
  assert.deepEqual(offenders.map((o) => o.replacement), ['"', '"']);
  refused(await run(['segment', '-'], { input: Buffer.from([0x68, 0xff]) }), REFUSED, /UTF-8/);

  const asked = ['quiet-hours', '850-555-0123', '--zip', '32456', '--at', '2026-07-15T12:30:00Z'];
  result = await run([...asked, '--json']);
  assert.equal(result.code, DONE);
  const quiet = JSON.parse(result.out);
  assert.deepEqual(quiet.places, { country: 'US', states: ['FL'], time_zones: ['America/New_York', 'America/Chicago'] });
  assert.deepEqual([quiet.open, quiet.next_open_at, quiet.closes_at, quiet.zone],
    [false, '2026-07-15T13:00:00.000Z', '2026-07-16T00:00:00.000Z', 'America/Chicago']);
  assert.deepEqual([quiet.cap.count, quiet.cap.hours], [3, 24]);
  assert.match((await run(asked)).out, /next opening: 2026-07-15T13:00:00.000Z, there Wed 2026-07-15 08:00/);
  assert.match((await run([...asked, '--kind', 'transactional'])).out, /allowed at any hour/);
  refused(await run(['quiet-hours', '+18505550123', '--at', '2026-07-15T12:30:00']), USAGE, /no time with a zone/);
  refused(await run(['quiet-hours', '+18505550123', '--zip', '09012']), USAGE, /--zip '09012' is not known/);
  refused(await run(['quiet-hours', '+18505550123', '--time-zone', 'Mars/Base']), USAGE, /--time-zone 'Mars\/Base'/);

  result = await run(['error', '30007']);
  assert.equal(result.code, DONE);
  assert.match(result.out, /30007/);
  assert.match(result.out, /What to do/);
  assert.equal(JSON.parse((await run(['error', '99999', '--json'])).out).known, false);
  refused(await run(['error', 'abc']), USAGE, /abc/);

  const version = JSON.parse((await run(['version', '--json'])).out);
  assert.equal((await run(['version'])).out, `sterling ${version.version}\n`);
  assert.match((await run(['completion', 'bash'])).out, /complete -F _sterling sterling/);
  refused(await run(['completion', 'tcsh']), USAGE, /tcsh/);
  assert.match((await run(['man'])).out, /^\.TH STERLING 1/);
  assert.match((await run(['--help'])).out, /Exit codes/);
  refused(await run(['nonsense']), USAGE, /no verb 'nonsense'\n/);
  refused(await run(['camp']), USAGE, /is `sterling campaign` meant\?/);
  refused(await run(['mesages', 'list']), USAGE, /is `sterling messages` meant\?/);
  refused(await run(['segment', '--bogus', 'x']), USAGE, /--bogus/);
  refused(await run(['campaign', 'list'], { env: { STERLING_DATA_DIR: server.dir, STERLING_URL: 'http://127.0.0.1:9' } }),
    UNREACHABLE);
  refused(await run(['campaign', 'list'], { env: { STERLING_DATA_DIR: '/nonexistent' } }), UNREACHABLE,
    /sterling serve/);
});

test('signatures are made, verified and diagnosed', async () => {
  const env = { STERLING_TOKEN: '12345' };
  const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
  const params = ['CallSid=CA1234567890ABCDE', 'Caller=+12349013030', 'Digits=1234', 'From=+12349013030',
    'To=+18005551212'].flatMap((p) => ['--param', p]);
  const made = await run(['signature', '--url', url, ...params], { env });
  assert.equal(made.out, '0/KCTR6DLpKmkAf8muzZqo1nDgQ=\n'); // Twilio's own example
  const verify = (...args) => run(['signature', '--verify', made.out.trim(), ...args], { env });
  assert.equal((await verify('--url', url, ...params)).out, 'right\n');
  let wrong = await verify('--url', url.replace('https', 'http'), ...params);
  assert.equal(wrong.code, FAILED);
  assert.match(wrong.out, /wrong: .*https/);
  wrong = await verify('--url', url.replace('foo=1&bar=2', 'bar=2&foo=1'), ...params);
  assert.match(wrong.out, /wrong: .*(order|query)/);
  wrong = await run(['signature', '--verify', made.out.trim(), '--url', url, ...params],
    { env: { STERLING_TOKEN: 'another' } });
  assert.match(wrong.out, /wrong: .*token/);
  const form = file('body.form', new URLSearchParams(params.filter((p) => p !== '--param')
    .map((p) => [p.slice(0, p.indexOf('=')), p.slice(p.indexOf('=') + 1)])).toString());
  assert.equal((await verify('--url', url, '--body-file', form)).out, 'right\n');
  refused(await run(['signature', '--url', url], {}), USAGE, /--token/);
  refused(await run(['signature', '--url', 'sms.example.com'], { env }), USAGE, /sms.example.com/, /no URL/);
  refused(await run(['signature', '--url', url, '--param', 'x'], { env }), USAGE, /--param 'x'/);
});

test('bash completes verbs, flags, settings and files', async () => {
  const script = file('sterling.bash', (await run(['completion', 'bash'])).out);
  const complete = (...words) => execFileSync('bash', ['-c', `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _sterling; printf '%s\\n' "\${COMPREPLY[@]}"`, script, 'sterling', ...words],
    { cwd: server.dir, encoding: 'utf8' }).trim().split('\n');
  const verbs = complete('');
  assert.equal(new Set(verbs).size, verbs.length);
  for (const verb of ['serve', 'org', 'campaign', 'segment', 'man']) assert.ok(verbs.includes(verb), verb);
  assert.deepEqual(complete('campaign', 'c'), ['create', 'cancel']);
  assert.deepEqual(complete('contacts', 'import', '--re'), ['--region', '--rejects']);
  assert.deepEqual(complete('serve', '--hooks.t'), ['--hooks.timeout_ms=']);
  assert.deepEqual(complete('completion', ''), ['--help', 'bash', 'zsh', 'fish']);
  assert.deepEqual(complete('contacts', 'import', '--rejects', 'sterling.b'), ['sterling.bash']);
  assert.deepEqual(complete('contacts', 'import', 'sterling.b'), ['sterling.bash']);
});

test('the files of a server are nobody else\'s', () => {
  for (const name of ['sterling.db', 'sterling.db-wal', 'master.key', 'operator.key', 'epoch'])
    assert.equal(fs.statSync(path.join(server.dir, name)).mode & 0o077, 0, name);
});

test('settings are shown, checked and documented', async () => {
  assert.equal((await run(['config', 'show', '--markdown'])).out, fs.readFileSync(SETTINGS_PAGE, 'utf8'),
    'write it anew: build/sterling config show --markdown > docs/settings.md');
  const env = { TWILIO_AUTH_TOKEN: server.keep('fedcba9876543210fedcba9876543210') };
  const shown = await run(['config', 'show', '--json', '--port=1234'], { env });
  const settings = Object.fromEntries(JSON.parse(shown.out).map((s) => [s.name, s.value]));
  assert.equal(settings.port, '1234');
  assert.ok(!shown.out.includes(env.TWILIO_AUTH_TOKEN));
  refused(await run(['config', 'show', '--port=99999']), USAGE, /port/, /65535/);
  refused(await run(['config', 'show'], { env: { STERLING_PROVIDER_TIMEOUT_MS: 'long' } }), USAGE,
    /STERLING_PROVIDER_TIMEOUT_MS/, /long/);
  const config = file('bad.conf', '# comment\nport = 80\nlistn = ::\n');
  refused(await run(['config', 'check', `--config_file=${config}`]), USAGE, /bad.conf line 3/, /listn/);
  refused(await run(['config', 'check']), REFUSED, /account_sid/i);
  refused(await run(['config', 'check'], { env: { ...env, TWILIO_ACCOUNT_SID: 'AC12', PUBLIC_URL: 'https://x.example' } }),
    REFUSED, /account_sid/i, /AC/);
  refused(await run(['serve', `--data_dir=${server.dir}/other`, '--port=0'], { env }), REFUSED, /account_sid/i);
  assert.equal((await run(['config', 'check', '--sandbox'])).code, DONE);
});

test('an audit shows what endangers the installation, and nothing once it is mended', async () => {
  const rules = JSON.parse((await run(['audit', '--rules', '--json'])).out);
  const page = fs.readFileSync(path.join(__dirname, '../../docs/audit.md'), 'utf8');
  for (const rule of rules) assert.ok(page.includes(`| \`${rule.id}\` | ${rule.severity} |`), rule.id);
  await organization('audited');
  const ask = async (...flags) => {
    const { code, out } = await server.cli(['audit', '--json', ...flags]);
    return { code, found: new Set(JSON.parse(out).findings.map((f) => f.rule)), all: JSON.parse(out) };
  };
  const before = await ask();
  assert.equal(before.code, FAILED);
  assert.ok(before.found.has('backup_missing'));
  for (const id of ['webhook_unsigned_taken', 'webhook_unreached', 'ledger_broken', 'files_open_to_others',
    'live_credentials_in_sandbox', 'secrets_not_sealed']) {
    assert.ok(before.all.rules.some((r) => r.id === id && r.answered), id);
    assert.ok(!before.found.has(id), id);
  }
  assert.equal((await server.cli(['backup', path.join(server.dir, 'audited.db'), `--data_dir=${server.dir}`])).code, DONE);
  assert.ok(!(await ask()).found.has('backup_missing'));
  for (const number of ['+12125550177', '+12125550178']) {
    const { id } = await server.json(['send', number, 'Your table is ready'], { org: 'audited' });
    await eventually(async () =>
      (await server.json(['messages', 'show', id], { org: 'audited' })).state === 'delivered', 'delivery');
    await server.json(['consent', 'opt-out', number, '--evidence', 'by telephone'], { org: 'audited' });
  }
  assert.ok(!(await ask()).found.has('sent_after_opt_out'));
  const config = file('audited.conf', 'twilio.auth_token = 0123456789abcdef0123456789abcdef\n');
  const leaks = await ask('--config', config, '--log', server.logFile, '--fail-on', 'critical');
  assert.equal(leaks.code, FAILED);
  assert.ok(leaks.found.has('secret_in_configuration') && !leaks.found.has('log_personal_data'));
  assert.ok((await ask('--log', file('leaky.log', 'sent to +12125550123\n'))).found.has('log_personal_data'));
  refused(await server.cli(['audit', '--fail-on', 'much']), USAGE, /note, warning or critical/);
  refused(await server.cli(['audit', '--log', '/nowhere/at.all']), NOT_FOUND, /nowhere/);
  const { out } = await server.cli(['audit']);
  assert.match(out, /Fix: .*\n {2}See: /);
});

test('an audit sees a proxy that takes forged webhooks, and one that is not there', async (t) => {
  const proxy = http.createServer((request, response) => response.end('<Response/>')).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const other = new Server();
  t.after(() => other.remove());
  await other.start(`--public_url=http://127.0.0.1:${proxy.address().port}`);
  await other.json(['org', 'create', 'acme']);
  const found = async () => JSON.parse((await other.cli(['audit', '--json'])).out).findings.map((f) => f.rule);
  const open = await found();
  proxy.close();
  proxy.closeAllConnections();
  const gone = await found();
  assert.equal(await other.stop(), DONE);
  assert.equal(open.filter((rule) => rule === 'webhook_unsigned_taken').length, 2);
  assert.ok(gone.includes('webhook_unreached') && !gone.includes('webhook_unsigned_taken'));
});

test('a second server on the same directory is refused, and so is a wrong key', async () => {
  const flags = ['--sandbox', '--port=0', '--events_port=0'];
  refused(await run(['serve', ...flags, `--data_dir=${server.dir}`]), REFUSED, /another|lock|use/i);
  const other = path.join(server.dir, 'elsewhere');
  fs.mkdirSync(other, { mode: 0o700 });
  assert.equal((await server.cli(['backup', path.join(other, 'sterling.db'), `--data_dir=${server.dir}`])).code, DONE);
  refused(await server.cli(['backup', path.join(other, 'sterling.db'), `--data_dir=${server.dir}`]), FAILED,
    /sterling.db/);
  refused(await run(['serve', ...flags, `--data_dir=${other}`]), REFUSED, /master.key/);
  fs.writeFileSync(path.join(other, 'master.key'), `${'ab'.repeat(32)}\n`, { mode: 0o600 });
  refused(await run(['serve', ...flags, `--data_dir=${other}`]), REFUSED, /master key is not the one/);
  fs.chmodSync(path.join(other, 'master.key'), 0o644);
  refused(await run(['serve', ...flags, `--data_dir=${other}`]), REFUSED, /chmod 600/);
});

test('a database of a newer version is refused and left as it is', async () => {
  const dir = path.join(server.dir, 'newer');
  fs.mkdirSync(dir, { mode: 0o700 });
  fs.copyFileSync(path.join(server.dir, 'master.key'), path.join(dir, 'master.key'));
  const database = path.join(dir, 'sterling.db');
  assert.equal((await server.cli(['backup', database, `--data_dir=${server.dir}`])).code, DONE);
  execFileSync('sqlite3', [database, 'PRAGMA user_version = 999']);
  const before = fs.readFileSync(database);
  refused(await run(['serve', '--sandbox', '--port=0', '--events_port=0', `--data_dir=${dir}`]), REFUSED, /newer/,
    /sterling.db|database/);
  assert.ok(before.equals(fs.readFileSync(database)));
});

test('the first steps of the examples work', () => {
  const out = execFileSync(path.join(__dirname, '../../examples/first-steps.sh'), [STERLING],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  assert.match(out, /\+12125550123 {2}\+14155550100 {2}delivered/);
  assert.match(out, /exit code 4: refused/);
});

test('the sandbox runs alone, too', async () => {
  const child = spawn(STERLING, ['sandbox', '--port', '0', '--seed', '7'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const [url] = line.toString().match(/http:\/\/127\.0\.0\.1:\d+/);
  const { account } = await (await fetch(`${url}/_sandbox`)).json();
  assert.match(account.sid, /^AC[0-9a-f]{32}$/);
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, DONE);
});

test('SIGTERM ends it in order, nothing is in doubt, and all is there after a restart', async () => {
  await organization('term', 2);
  const org = 'term';
  const numbers = people(40, '565');
  await importPeople(org, 'all', numbers);
  const { id } = await server.json(['campaign', 'create', 'T', '--list', 'all', '--template', 'Hi', '--start', '--acknowledge', 'all'], { org });
  await eventually(async () => (await server.received(new Set(numbers))).length >= 5, 'the first messages');
  const sid = (await server.control('GET', '/stats')) && (await server.received(new Set(numbers)))[0].sid;
  assert.match(sid, /^SM/);
  assert.equal(await server.stop(), DONE);
  assert.match(server.log(), /"stopped"/);
  assert.doesNotMatch(server.log(), /stopped_with_answers_outstanding/);
  server.ended = undefined;
  await server.start();
  const { campaign } = await server.json(['campaign', 'show', id], { org });
  assert.equal(campaign.audience, 40);
  assert.equal(campaign.counts.in_doubt, 0);
  assert.doesNotMatch(server.log(), /armed_attempts_in_doubt/);
  assert.equal(await server.stop(), DONE);
});

test('no log line holds a number, a text, a token or a key', () => {
  const log = server.log();
  assert.ok(log.split('\n').length > 20);
  for (const line of log.trim().split('\n')) assert.doesNotThrow(() => JSON.parse(line), line);
  assert.ok(server.secrets.size > 100);
  for (const secret of server.secrets)
    assert.ok(!log.includes(secret), `the log holds ${secret}: ${log.split('\n').find((l) => l.includes(secret))}`);
  for (const text of ['Your code is', 'Reply STOP', 'Are you sure', 'Welcome back', 'private', 'sk_', 'whsec_',
    '5a4db0c5000000000000000000000001'])
    assert.ok(!log.includes(text), `the log holds "${text}"`);
  for (const line of log.replace(/[A-Z]{2}[0-9a-f]{32}/g, 'SID').split('\n')) // ten digits of a SID are no number
    assert.doesNotMatch(line, /\+?1?[2-9]\d{2}[2-9]\d{6}(?!\d)(?<!\d{12})/);
});
