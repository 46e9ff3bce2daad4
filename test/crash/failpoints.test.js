'use strict';
// The server dies once at every failpoint, in one world that never stops moving; then nothing is lost, doubled or in
// doubt. A failpoint that is not reached is a failure. Where the code can fail it fails as well, and twice the server
// is stopped for a while. The points of accounts and of registrations have tests of their own.
//   STERLING_CRASH_SEED=N        repeats a run: order and hits follow from it
//   STERLING_CRASH_POINTS=N      only so many of those that a running server can reach (all)
//   STERLING_CRASH_THIRD=0|1|2   only a third of these, every third of the table (all)
//   STERLING_CRASH_ROUNDS=N      (1) each so often, with other hits

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { World, contacts, eventually, pause, random } = require('./harness.js');
const { Stir } = require('./stir.js');
const { assertNoneAfterStop } = require('./stopped.js');

const seed = Number(process.env.STERLING_CRASH_SEED ?? Date.now() % 1000000);
const rounds = Number(process.env.STERLING_CRASH_ROUNDS ?? 1);
const points = Number(process.env.STERLING_CRASH_POINTS ?? Infinity);
const third = process.env.STERLING_CRASH_THIRD;
const PEOPLE = 60000;
const REACH_MS = 60000;
const END_MS = 120000;
const HITS_MAX = 4;
const UNKNOWN_CARRIER_PER_S = 8; // single messages, whose carrier nobody looked up, go as slowly as to the slowest

// In the order in which a first start comes by; the key files are two.
const FIRST = ['file.created', 'file.written', 'file.named', 'start.key', 'open.locked', 'migrate.before_commit',
  'open.migrated', 'epoch.before_id', 'start.opened', 'recover.before_commit', 'recover.after_commit', 'start.recovered',
  'operator_key.stored', 'file.created', 'file.written', 'file.named', 'start.prepared', 'start.pump', 'start.ready'];
const AT_STOP = ['stop.drained', 'stop.stored'];
// registrations.test.js dies at these.
const OF_REGISTRATIONS = ['registration.before_commit', 'registration.after_commit', 'registration.answered'];
const OF_COMMANDS = ['backup.copied', 'backup.linked'];
const ERRORS = ['store.full', 'store.broken', 'epoch.write', 'send.start', 'upload.sync']; // besides dying there
const PAUSES = ['arm.after_commit', 'send.before_first_byte'];

const settings = {
  'provider.timeout_ms': 1500, 'limits.long_code_per_min': 1000, 'limits.long_code_per_s': 100,
  'campaign.pause_failures_permille': 0,
};
const faults = {
  per_million: {
    error_before: 20000, error_after: 30000, throttle: 500, close_before: 20000, close_after: 40000, reset_before: 10000,
    reset_after: 20000, reset_mid: 10000, truncated: 10000, edge_4xx: 2000, latency: 50000,
  },
  list_lag_ms: 100, latency_ms_max: 200, callback_lost_per_million: 300000, callback_doubled_per_million: 50000,
  callback_forged_per_million: 10000, inbound_lost_per_million: 50000, inbound_doubled_per_million: 50000,
};

function shuffled(list, rng) {
  const left = [...list], out = [];
  while (left.length > 0) out.push(...left.splice(rng.below(left.length), 1));
  return out;
}

const reached = (world, name, action) => fs.readFileSync(world.log, 'utf8').includes(`failpoint ${name}: ${action}\n`);

// The server must kill itself there.
async function dieAt(world, name, hit = 1) {
  fs.writeFileSync(world.log, '');
  world.launch(`${name}@${hit}:crash`);
  const how = await eventually(`${name}@${hit} is reached`, REACH_MS, () => world.server.ended, 5);
  assert.ok(how.signal === 'SIGKILL' && reached(world, name, 'crash'),
    `${name}@${hit}: ended with ${JSON.stringify(how)}: ${fs.readFileSync(world.log, 'utf8').slice(-4000)}`);
}

async function dieAtStop(world, name) {
  world.launch(`${name}:crash`);
  await world.server.ready();
  await pause(200);
  const how = await world.stop();
  assert.strictEqual(how.signal, 'SIGKILL', `${name}: ended with ${JSON.stringify(how)}`);
}

// A copy that died is not there, or is whole; the next one is made.
async function commandDiesAt(world, name) {
  const copy = path.join(world.directory, `${name}.copy`);
  world.launch();
  await world.server.ready();
  const died = world.command({ STERLING_FAILPOINT: `${name}:crash`, STERLING_SANDBOX: 'true' }, 'backup', copy);
  assert.strictEqual(died.signal, 'SIGKILL', died.stderr);
  fs.rmSync(copy, { force: true });
  const made = world.command({}, 'backup', copy);
  assert.strictEqual(made.status, 0, made.stderr);
  assert.ok(fs.existsSync(copy) && !fs.existsSync(`${copy}.unfinished`));
  await world.kill();
}

async function failAt(world, name) {
  fs.writeFileSync(world.log, '');
  world.launch(`${name}@${name.startsWith('store') ? 40 : 1}:error`); // a start that meets a full disk is refused
  await eventually(`${name} fails`, REACH_MS, () => reached(world, name, 'error'));
  if (name === 'store.broken') assert.strictEqual((await world.server.exited).code, 70);
  else {
    await pause(300);
    await world.kill(); // it had gone on
  }
}

async function pauseAt(world, name) {
  fs.writeFileSync(world.log, '');
  world.launch(`${name}:pause`);
  await eventually(`${name} pauses`, REACH_MS, () => reached(world, name, 'pause'));
  await pause(2500); // longer than any answer takes
  world.server.child.kill('SIGCONT');
  await pause(300);
  await world.kill();
}

async function firstStarts(world) {
  for (const name of FIRST) await timed(name, dieAt(world, name));
  await world.start();
}

// Those that a running server comes by, in an order and at hits that follow from the seed.
function plan(table, rng) {
  const seen = new Set([...FIRST, ...AT_STOP, ...OF_COMMANDS, ...OF_REGISTRATIONS]);
  // Those of accounts are died at in accounts.test.js.
  const running = table.filter((name) => !seen.has(name) && !name.startsWith('account.'));
  const chosen = running.filter((_, i) => third === undefined || i % 3 === Number(third));
  const names = shuffled(chosen, rng).slice(0, points);
  assert.ok(names.length > 0, 'no failpoint of a running server is chosen');
  const out = [];
  for (let round = 0; round < rounds; round++)
    for (const name of shuffled(names, rng)) out.push({ name, hit: 1 + rng.below(HITS_MAX) });
  return out;
}

async function settledCampaign(world, id) {
  const { state, counts } = await world.api('GET', `campaigns/${id}`);
  world.last = JSON.stringify({ state, counts });
  return state === 'completed' && counts.queued + counts.held + counts.armed + counts.in_doubt === 0;
}

async function settle(world, stir) {
  for (const { id } of stir.campaigns)
    await eventually('a campaign completes with nothing in doubt', END_MS, () => settledCampaign(world, id))
      .catch((error) => assert.fail(`${error.message}: ${world.last}`));
  const endMs = END_MS + stir.singles.size / UNKNOWN_CARRIER_PER_S * 1000;
  for (const [number, id] of stir.singles) {
    const settled = async () => {
      world.last = await world.api('GET', `messages/${id}`);
      return !['queued', 'armed', 'held', 'in_doubt'].includes(world.last.state);
    };
    await eventually('a single message is settled', endMs, settled).catch(async (error) => {
      const seen = (await world.ledger()).filter((e) => e.to === number);
      assert.fail(`${error.message}: ${JSON.stringify(world.last)}; at the provider: ${JSON.stringify(seen)}`);
    });
  }
}

function assertTimes(times, numbers, wanted, what) {
  const wrong = numbers.filter((number) => (times.get(number) ?? 0) !== wanted);
  assert.deepStrictEqual(wrong.slice(0, 5), [], `${what}: ${wrong.length} of ${numbers.length} not ${wanted} times`);
}

async function assertTrue(t, world, stir) {
  const entries = await world.ledger();
  const times = new Map();
  for (const e of entries) if (e.sid !== null) times.set(e.to, (times.get(e.to) ?? 0) + 1);
  assertTimes(times, stir.campaigns.flatMap((c) => c.people.map((p) => p.number)), 1, 'campaigns');
  assertTimes(times, [...stir.singles.keys()], 1, 'single messages');
  assertTimes(times, stir.canceled, 0, 'canceled messages');
  const verdict = await assertNoneAfterStop(world);
  assert.strictEqual(verdict.duplicates, 0);
  assert.strictEqual(verdict.identified, verdict.committed);
  const known = await world.inbound();
  const lost = stir.wrote.filter((sid) => known.get(sid) !== 1);
  assert.deepStrictEqual(lost.slice(0, 5), [], `${lost.length} of ${stir.wrote.length} texts written in not known once`);
  t.diagnostic(`received ${verdict.received}, committed ${verdict.committed}; ${stir.campaigns.length} campaigns, ` +
    `${stir.singles.size} single messages, ${stir.wrote.length} written in, ${stir.repeats} requests repeated`);
}

// How long each took, for whoever wonders where the time goes.
const spent = [];
async function timed(name, what) {
  const began = Date.now();
  await what;
  spent.push({ name, ms: Date.now() - began });
}

test(`dies once at every failpoint (seed ${seed})`, async (t) => {
  const rng = random(seed);
  const world = await World.make(t, { seed, settings });
  t.diagnostic(`STERLING_CRASH_SEED=${seed} STERLING_CRASH_ROUNDS=${rounds}`);
  const table = world.command({}, 'serve', '--failpoints').stdout.trim().split('\n').map((line) => line.split(' ')[0]);
  const named = [...FIRST, ...AT_STOP, ...OF_COMMANDS, ...ERRORS, ...PAUSES];
  for (const name of named) assert.ok(table.includes(name), name);
  const began = Date.now();
  await firstStarts(world);
  const org = await world.organization(20);
  await world.control('POST', 'faults', faults);
  const stir = new Stir(world, { people: contacts(PEOPLE, rng), to: org.senders[0] });
  stir.start();
  t.after(() => stir.abandon());
  await pause(500);
  await world.kill();
  const running = plan(table, rng);
  for (const { name, hit } of running) {
    if (stir.failed) throw stir.failed;
    await timed(`${name}@${hit}`, dieAt(world, name, hit)).catch((error) => Promise.reject(stir.failed ?? error));
  }
  for (const name of AT_STOP) await timed(name, dieAtStop(world, name));
  for (const name of OF_COMMANDS) await timed(name, commandDiesAt(world, name));
  for (const name of ERRORS) await timed(name, failAt(world, name));
  for (const name of PAUSES) await timed(name, pauseAt(world, name));
  const deaths = [...FIRST, ...running.map((one) => one.name), ...AT_STOP, ...OF_COMMANDS];
  await world.control('DELETE', 'faults');
  await world.start();
  await stir.stop();
  await settle(world, stir);
  await eventually('all that was written in is known', END_MS, async () => {
    const known = await world.inbound();
    return stir.wrote.every((sid) => known.has(sid));
  });
  await assertTrue(t, world, stir);
  const slow = spent.sort((a, b) => b.ms - a.ms).slice(0, 8).map((one) => `${one.name} ${one.ms} ms`);
  t.diagnostic(`slowest: ${slow.join(', ')}`);
  t.diagnostic(`figures: ${deaths.length} deaths at ${new Set(deaths).size} failpoints, ${ERRORS.length} failed, ` +
    `${PAUSES.length} paused: 0 lost, 0 doubled, 0 in doubt, in ${Math.round((Date.now() - began) / 1000)} s`);
});

test('without the sandbox no failpoint is taken, and an unknown one is answered with the list', async (t) => {
  const world = await World.make(t, { seed });
  const refuse = (env, ...flags) => world.command({ ...env, TWILIO_ACCOUNT_SID: 'AC1' }, 'serve', ...flags);
  const outside = refuse({ STERLING_FAILPOINT: 'arm.after_commit:crash' });
  assert.notStrictEqual(outside.status, 0);
  assert.match(outside.stderr, /for the sandbox only/);
  const unknown = refuse({ STERLING_FAILPOINT: 'no.such:crash' }, '--sandbox');
  assert.notStrictEqual(unknown.status, 0);
  assert.match(unknown.stderr, /no failpoint is called "no.such"/);
  assert.match(unknown.stderr, /^arm\.after_commit +crash\|pause /m);
});
