'use strict';
// The command line as a tenant's people meet it: organizations, keys, senders, imports, consents, and what one
// organization cannot see of another. One server for all; every test makes the organization it works in.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { DONE, FAILED, USAGE, NOT_FOUND, REFUSED, run, refused } = require('./server.js');
const { server, file, lawfulMoment, organization, people, importPeople, openWorld, testTheLog } = require('./world.js');

openWorld();

test('organizations, keys and senders are made, shown, changed and removed', async () => {
  await server.json(['org', 'create', 'acme', '--name', 'Acme', '--registration', 'approved', '--brand', 'standard', '--score', '80',
    '--use-case', 'MARKETING', '--help-text', 'Call 555-0100']);
  const { sid } = await server.control('POST', '/services', { friendly_name: 'acme' });
  assert.equal((await server.json(['org', 'update', 'acme', '--service', sid])).program.messaging_service_sid, sid);
  const { numbers } = await server.control('POST', '/numbers', { service: sid, area_code: 907, count: 3 });
  const added = await server.cli(['sender', 'add', '--file', '-'], { org: 'acme', input: numbers.map((n) => n.phone_number).join('\n') });
  assert.equal(added.code, DONE, added.err);
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
  refused(await server.cli(['org', 'update', 'acme'], { env: { STERLING_ORG_AUTH_TOKEN: 'x' } }), USAGE, /nothing is given/, /--account-sid/);
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
  refused(await server.cli(['sender', 'update', senders[0].id, '--verified', 'maybe'], { org: 'acme' }), USAGE, /yes or no, not "maybe"/);
  assert.equal((await server.json(['sender', 'update', senders[0].id, '--verified', 'yes'], { org: 'acme' })).verified, true);
  assert.equal((await server.cli(['sender', 'remove', senders[0].id], { org: 'acme' })).code, DONE);
  assert.equal((await server.json(['sender', 'list'], { org: 'acme' })).data.filter((s) => s.state === 'active').length,
    2);
  refused(await server.cli(['sender', 'add', 'not-a-number!'], { org: 'acme' }), REFUSED, /not-a-number/);
  refused(await server.cli(['sender', 'add'], { org: 'acme' }), USAGE, /no address/);
  const name = await server.cli(['sender', 'add', 'banana'], { org: 'acme' });
  assert.equal(name.code, DONE);
  assert.match(name.err, /'banana' is an alphanumeric sender: a name/);
  const { data: [known] } = await server.json(['sender', 'add', 'Grape', '--registered', 'GB SG'], { org: 'acme' });
  assert.equal(known.registered, 'GB SG');
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
  refused(await importing(`${head}${many.join('')}+12125670000,opted_out,keyword,soon,,Stop\n`), REFUSED, /line 4102: given_at 'soon'/);
  assert.match((await importing(head + many.join(''))).out, /added: +4100/);
  assert.equal((await server.cli(['consent', 'evidence', '+12125650001', '--output', out], { org })).code, DONE);
  const { chain, complete } = JSON.parse(fs.readFileSync(out, 'utf8'));
  assert.deepEqual([chain.path_reaches_head, chain.path_left_out, chain.path_next, complete], [true, 0, null, true]);
  assert.equal(chain.entries, 4106);
  assert.equal(leads(chain), chain.head);
  assert.equal(chain.head, (await server.json(['consent', 'verify'], { org })).checked.head);
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

testTheLog(100);
