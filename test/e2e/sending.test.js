'use strict';
// Sending as a tenant's people meet it: campaigns and single messages, from what is said before to what is told after.
// One server for all; every test makes the organization it works in.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { DONE, FAILED, USAGE, NOT_FOUND, REFUSED, refused, eventually } = require('./server.js');
const { CONSENT, server, file, organization, people, importPeople, openWorld, testTheLog } = require('./world.js');

openWorld();

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
  const [first, ...others] = numbers;
  assert.equal((await server.cli(['send', first, 'Tick', '--urgent'], { org })).code, DONE);
  for (const to of others) await server.post('messages', { to, body: 'Tick', urgent: true }, { org });
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
  const counts = async (id) => (await server.get(`campaigns/${id}/report`, { org })).campaign.counts;
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
    const m = await server.get(`messages/${sent.id}`, { org });
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
    const m = await server.get(`messages/${landline.id}`, { org });
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
    const { data } = await server.get('senders', { org });
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

test('a sender that a callback calls unregistered is told and waits, and the next text goes from another', async () => {
  const { numbers: [from, other] } = await organization('unregistered', 2);
  const org = 'unregistered';
  const first = await server.json(['send', '+12125559034', 'Hi', '--from', from], { org });
  const shown = await eventually(async () =>
    (await server.get('senders', { org })).data.find((s) => s.address === from && s.paused), 'the pause');
  assert.equal(shown.paused.code, 30034);
  assert.equal((await server.get(`messages/${first.id}`, { org })).state, 'failed');
  const second = await server.json(['send', '+12125720001', 'Hi'], { org });
  const sent = await eventually(async () => {
    const m = await server.get(`messages/${second.id}`, { org });
    return m.state === 'delivered' && m;
  }, 'a text from the other number');
  assert.equal(sent.from, other);
  await server.json(['sender', 'release', shown.id], { org });
  const third = await server.json(['send', '+12125720002', 'Hi', '--from', from], { org });
  await eventually(async () => (await server.get(`messages/${third.id}`, { org })).state === 'delivered', 'a text after the release');
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
      const m = await server.get(`messages/${id}`, { org });
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
      const shown = await server.get(`campaigns/${made.id}/report`, { org });
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
  const state = async () => (await server.get(`consents/${encodeURIComponent(person)}`, { org })).state;
  await eventually(async () => (await state()) === 'opted_out', 'the opt-out');
  assert.equal((await server.json(['consent', 'show', person], { org })).source, 'keyword');
  refused(await server.cli(['send', person, 'Are you sure?'], { org }), REFUSED, /opted out/i);
  await importPeople(org, 'stopped', [person, '+12125600002']);
  const { id } = await server.json(['campaign', 'create', 'X', '--list', 'stopped', '--template', 'Hi', '--start', '--acknowledge', 'all'],
    { org });
  const report = await server.json(['campaign', 'watch', id], { org });
  assert.equal(report.campaign.counts.blocked, 1);
  assert.equal(report.by_reason[0].reason, 'opted_out');
  assert.equal((await server.received(new Set([person]))).length, 0);
  await server.control('POST', '/inbound', { from: person, to: numbers[0], body: 'START' });
  await eventually(async () => (await state()) === 'opted_in', 'the opt-in');
  assert.equal((await server.cli(['send', person, 'Welcome back'], { org })).code, DONE);
  refused(await server.cli(['consent', 'opt-out', person], { org }), USAGE, /--evidence/);
  assert.equal((await server.cli(['consent', 'opt-out', person, '--evidence', 'by telephone'], { org })).code, DONE);
  refused(await server.cli(['send', person, 'Hello'], { org }), REFUSED, /opted out/i);
});

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
  await eventually(async () => (await server.get('messages?state=delivered', { org })).data.length === 3,
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
  const states = async () => (await Promise.all(ids.map((id) => server.get(`messages/${id}`, { org }))));
  await eventually(async () => {
    const now = await states();
    return now.filter((m) => m.state === 'delivered').length === 2 && now.filter((m) => m.reason === 'frequency_cap' ||
      (m.reason && m.reason.code === 'frequency_cap')).length === 1;
  }, 'two delivered, one held');
  const other = await server.json(['send', '+12125640077', 'Your code is 1234'], { org });
  await eventually(async () => (await server.get(`messages/${other.id}`, { org })).state === 'delivered', 'what is no marketing');
});

testTheLog(100);
