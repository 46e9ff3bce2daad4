'use strict';
// A storm of webhooks: doubled, reordered, forged, replayed a day later, with a kill in the middle. Each that was
// acknowledged has its effect, once; none that is forged has any. And an hour offline: what was missed is read back.
// STERLING_WEBHOOKS says how many, STERLING_FAKETIME where libfaketime is: with it the server's clock is put on by a day,
// and by the hour.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { after, test } = require('node:test');
const { ACCOUNT, World, contacts, eventually, random } = require('../crash/harness.js');
const { Twilio, each, shuffle, sid } = require('./twilio.js');

const seed = Number(process.env.STERLING_CRASH_SEED ?? Date.now() % 1000000);
const WEBHOOKS = Number(process.env.STERLING_WEBHOOKS ?? 1500);
const MESSAGES = Math.min(300, Math.ceil(WEBHOOKS / 20));
const AT_ONCE = 32;
const DELIVERED = 7, UNDELIVERED = 8; // enum message_state
const END_MS = 120000;
const DAY_MS = 86400000, HOUR_MS = 3600000;
const FAKETIME = process.env.STERLING_FAKETIME ??
  ['x86_64', 'aarch64'].map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketimeMT.so.1`).find((file) => fs.existsSync(file));
const SKIP = FAKETIME ? false : 'libfaketime is missing: NOT played (script/check hostile installs it)';

// The storm's world lives on after its test, for the day after.
const ends = [];
after(async () => {
  for (const end of ends) await end();
});

// Reads the database beside the server, or what a kill has left of it.
function query(world, sql) {
  const got = spawnSync('sqlite3', ['-readonly', path.join(world.data, 'sterling.db'), sql], { encoding: 'utf8' });
  assert.strictEqual(got.status, 0, got.stderr);
  return got.stdout.trim().split('\n').filter((line) => line !== '');
}

const count = (world, sql) => Number(query(world, sql)[0]);

async function begin(people) {
  const settings = { 'limits.long_code_per_min': 6000, public_url: 'https://hooks.example.com', 'reconcile.stuck_ms': 86400000,
    'reconcile.every_ms': 3600000 };
  const world = await World.make({ after: (end) => ends.push(end), diagnostic() {} }, { seed, settings });
  await world.start();
  const org = await world.organization(20);
  // The test makes all webhooks: those of the sandbox are lost.
  await world.control('POST', 'faults', { callback_lost_per_million: 1000000 });
  for (const { number, name } of people)
    await world.api('POST', 'messages', { to: number, body: `Hello ${name}`, kind: 'transactional' });
  const ledger = await eventually('all are sent', END_MS, async () =>
    (await world.created()) >= people.length ? world.ledger() : null);
  const inbound = (await world.api('GET', 'organizations/acme')).webhooks.inbound;
  return { world, org, ledger, inbound: new URL(inbound).pathname };
}

// The life of each message and what people write, as webhooks: {path, fields}.
function trueHooks({ org, ledger, inbound }, rng) {
  const hooks = [];
  for (const entry of ledger) {
    const where = new URL(entry.status_callback).pathname;
    const fields = { AccountSid: ACCOUNT.sid, MessageSid: entry.sid, To: entry.to, From: entry.from };
    for (const MessageStatus of ['sent', 'delivered']) hooks.push({ path: where, fields: { ...fields, MessageStatus } });
  }
  for (let n = 0; hooks.length < WEBHOOKS; n++) {
    const from = ledger[rng.below(ledger.length)].to;
    const fields = { AccountSid: ACCOUNT.sid, MessageSid: sid('SM', 1000 + n), From: from,
      To: org.senders[rng.below(org.senders.length)], Body: `Question ${n}`, NumMedia: '0', NumSegments: '1' };
    hooks.push({ path: inbound, fields, inbound: true });
  }
  return hooks;
}

// 30 % doubled, 30 % out of their order (all are shuffled within a window), 5 % forged besides.
function storm(hooks, rng) {
  const all = [];
  hooks.forEach((hook, n) => {
    const at = n + (rng.below(100) < 30 ? rng.below(400) : 0);
    all.push({ at, hook });
    if (rng.below(100) < 30) all.push({ at: at + rng.below(50), hook });
    if (rng.below(100) >= 5) return;
    const fields = { ...hook.fields, MessageSid: sid('SM', 900000000 + n) };
    if (!hook.inbound) fields.MessageStatus = 'failed';
    all.push({ at: n, hook: { ...hook, fields, forged: true } });
  });
  return all.sort((a, b) => a.at - b.at).map((one) => one.hook);
}

// That each had its effect, once.
function assertEffects({ world, hooks }) {
  const texts = hooks.filter((h) => h.inbound).length;
  assert.strictEqual(count(world, 'SELECT count(*) FROM inbound'), texts);
  assert.deepStrictEqual(query(world, 'SELECT state, count(*) FROM messages GROUP BY state'), [`${DELIVERED}|${MESSAGES}`]);
  return texts;
}

let yesterday = null; // what the storm has left

test(`${WEBHOOKS} webhooks in a storm with a kill in its middle`, async (t) => {
  t.diagnostic(`STERLING_CRASH_SEED=${seed}`);
  const rng = random(seed);
  const made = await begin(contacts(MESSAGES, rng));
  const { world } = made;
  const twilio = new Twilio({ url: world.url, publicUrl: 'https://hooks.example.com', token: ACCOUNT.token });
  ends.push(() => twilio.close());
  const hooks = trueHooks(made, rng);
  const sent = storm(hooks, rng);
  const acknowledged = new Set();
  const again = [];
  let answers = 0, forgedTaken = 0, odd = [];

  const play = async (hook) => {
    const status = await twilio.hook(hook.path, hook.fields, hook);
    answers++;
    if (hook.forged) {
      if (status !== 401 && status !== 0 && status !== 503) forgedTaken++;
    } else if (status === 200 || status === 204) acknowledged.add(hook);
    else if (status === 0 || status === 503) again.push(hook); // Twilio tries once more
    else odd.push(status);
  };
  const playing = each(sent, AT_ONCE, play);
  await eventually('the storm is half over', END_MS, () => answers > sent.length / 2, 1);
  await world.kill();
  const durable = new Set(query(world, 'SELECT lower(hex(sid)) FROM inbound').map((packed) => packed.slice(2)));
  const lost = [...acknowledged].filter((h) => h.inbound && !durable.has(h.fields.MessageSid.slice(2)));
  assert.deepStrictEqual(lost.slice(0, 3), [], `${lost.length} acknowledged and lost`);
  await world.start();
  await playing;
  for (let round = 0; again.length > 0; round++) {
    assert.ok(round < 50, `${again.length} are never taken`);
    await each(again.splice(0), AT_ONCE, play);
  }
  assert.deepStrictEqual(odd, []);
  assert.strictEqual(forgedTaken, 0, 'forged ones were accepted');
  const texts = assertEffects({ world, hooks });
  t.diagnostic(`FIGURE ${sent.length} webhooks played for ${hooks.length} events: ${texts} texts once each, ${MESSAGES} delivered, ` +
    '0 forged accepted, 0 acknowledged lost over a kill');
  yesterday = { world, twilio, hooks };
});

// A start so much later. Only what people call the time is put on: intervals stay as they are.
async function startAhead(world, ms) {
  world.environment = { LD_PRELOAD: FAKETIME, FAKETIME: `+${ms / 1000}s`, FAKETIME_DONT_FAKE_MONOTONIC: '1',
    FAKETIME_FORCE_MONOTONIC_FIX: '0', FAKETIME_DISABLE_SHM: '1',
    ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0:detect_leaks=0` };
  await world.start();
  const tells = Date.parse((await fetch(`${world.url}/healthz`)).headers.get('date'));
  assert.ok(tells - Date.now() > ms / 2, `the server does not believe that it is ${ms / 1000} s later`);
}

test('a tenth of them again, a day later', { skip: SKIP }, async (t) => {
  assert.ok(yesterday, 'the storm failed');
  const { world, twilio, hooks } = yesterday;
  assert.strictEqual((await world.stop()).code, 0);
  await startAhead(world, DAY_MS);
  const late = shuffle([...hooks], random(seed + 2)).slice(0, Math.ceil(hooks.length / 10));
  const odd = [];
  await each(late, AT_ONCE, async (hook) => {
    const status = await twilio.hook(hook.path, hook.fields);
    if (status !== 200 && status !== 204) odd.push(status);
  });
  assert.deepStrictEqual(odd, []);
  assertEffects(yesterday);
  t.diagnostic(`FIGURE ${late.length} of them again to a server whose clock is a day on: no second effect`);
});

// The provider's clock goes on by the hour; the server's as `start` says.
async function missAnHour(t, start) {
  const rng = random(seed + 1);
  const settings = { 'limits.long_code_per_min': 6000 };
  const world = await World.make(t, { seed, settings });
  const people = contacts(Math.max(40, Math.ceil(MESSAGES / 3)), rng);
  await world.start();
  const org = await world.organization(20);
  await world.control('POST', 'faults', { callback_lost_per_million: 1000000 });
  for (const { number, name } of people)
    await world.api('POST', 'messages', { to: number, body: `Hello ${name}`, kind: 'transactional' });
  await eventually('all are sent', END_MS, async () => (await world.created()) >= people.length);
  await world.kill();
  let wrote = 0;
  for (let minute = 0; minute < 60; minute += 5) {
    for (let n = 0; n < Math.ceil(people.length / 12); n++) {
      const from = people[rng.below(people.length)].number;
      await world.control('POST', 'inbound', { from, to: org.senders[rng.below(20)], body: `Missed ${wrote++}` });
    }
    await world.control('POST', 'clock', { advance_ms: HOUR_MS / 12 });
  }
  await eventually('the webhooks are given up', END_MS, async () => {
    const stats = await world.control('GET', 'stats');
    return stats.webhooks_waiting === 0 && stats.webhooks_out === 0;
  });
  await start(world);
  await eventually('every text is read back', END_MS, () =>
    count(world, "SELECT count(*) FROM inbound WHERE body LIKE 'Missed %'") === wrote);
  await eventually('every status is read back', END_MS, () =>
    count(world, `SELECT count(*) FROM messages WHERE state IN (${DELIVERED}, ${UNDELIVERED})`) === people.length); // some are landlines
  return `${wrote} texts and ${people.length} statuses, all recovered`;
}

test('one hour offline: every text and status that was missed is read back', { skip: SKIP }, async (t) => {
  t.diagnostic(`FIGURE an hour offline: ${await missAnHour(t, (world) => startAhead(world, HOUR_MS))}`);
});

test('an hour of the provider alone, which the clock here did not see pass', async (t) => {
  t.diagnostic(`FIGURE an hour of the provider's clock alone: ${await missAnHour(t, (world) => world.start())}`);
});
