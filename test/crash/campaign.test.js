'use strict';
// A campaign goes out while the server is killed again and again and the provider fails in every way it can.
// The sandbox's ledger then says what truly left: each message once, none missing, no limit exceeded.
//   STERLING_CRASH_SEED=N      repeats a run     STERLING_CRASH_KEEP=1  keeps data and log
//   STERLING_CRASH_KILLS=N     (10)              STERLING_CRASH_MESSAGES=N  (10000)

const assert = require('node:assert');
const { test } = require('node:test');
const { World, contacts, eventually, pause, random } = require('./harness.js');
const { assertWithinLimits } = require('./limits.js');

const seed = Number(process.env.STERLING_CRASH_SEED ?? Date.now() % 1000000);
const kills = Number(process.env.STERLING_CRASH_KILLS ?? 10);
const messages = Number(process.env.STERLING_CRASH_MESSAGES ?? 10000);
const NUMBERS = 100;
const PROGRESS_MS = 60000;
const END_MS = 180000;

const settings = {
  'limits.long_code_per_min': 300, // else 100 numbers are full after one minute, and a restart counts all as just sent
};

// One request in ten fails. 429 is rare among them, because after each the account rightly rests for a second.
// A late commit stays within the settle times, as Twilio's own bound would.
const faults = {
  per_million: {
    latency: 29000, error_before: 10000, error_after: 12000, throttle: 1000, close_before: 8000, close_after: 14000,
    reset_before: 6000, reset_after: 9000, reset_mid: 5000, hang_before: 500, hang_after: 500, late_commit: 500,
    truncated: 1500, not_json: 1000, edge_4xx: 500, redirect: 300, drip: 1200,
  },
  late_commit_ms: 2000, hang_ms: 10000, list_lag_ms: 400, latency_ms_max: 400,
  callback_lost_per_million: 25000, callback_jitter_per_million: 50000, callback_doubled_per_million: 25000,
  callback_forged_per_million: 10000,
};

// When to kill: first as soon as anything is out, while the audience is still being frozen; then mostly at a share
// of the campaign and a little later; some while the server is still starting.
function plan(rng) {
  const at = Array.from({ length: kills }, (_, i) => (i === 0 ? 1 : Math.floor((0.02 + 0.9 * rng.next()) * messages)));
  return at.sort((a, b) => a - b).map((created, i) => ({
    created, laterMs: rng.below(i === 0 ? 30 : 150), startingMs: i > 0 && i % 4 === 0 ? rng.below(700) : null,
  }));
}

async function killAt(t, world, { created, laterMs, startingMs }) {
  if (startingMs === null) {
    await eventually(`${created} messages created`, PROGRESS_MS, async () => (await world.created()) >= created, 10);
    await pause(laterMs);
  } else {
    await pause(startingMs);
  }
  await world.kill();
  world.launch();
  t.diagnostic(`killed at ${await world.created()} messages created${startingMs === null ? '' : `, ${startingMs} ms after start`}`);
}

async function settled(world, campaign) {
  const now = await world.api('GET', `campaigns/${campaign}`);
  const { queued, held, armed, in_doubt: doubt } = now.counts;
  world.last = JSON.stringify({ state: now.state, why: now.why, audience: now.audience, counts: now.counts });
  return now.state === 'completed' && queued + held + armed + doubt === 0 ? now : null;
}

test(`a campaign of ${messages}, killed ${kills} times (seed ${seed})`, async (t) => {
  const rng = random(seed);
  const world = await World.make(t, { seed, settings });
  const people = contacts(messages, rng);
  t.diagnostic(`STERLING_CRASH_SEED=${seed} STERLING_CRASH_KILLS=${kills} STERLING_CRASH_MESSAGES=${messages}`);
  await world.start();
  await world.organization(NUMBERS);
  await world.import('all', people);
  const limits = (await world.api('GET', 'limits')).data;
  await world.control('POST', 'faults', faults);
  const began = Date.now();
  const campaign = await world.campaign('all');

  for (const one of plan(rng)) await killAt(t, world, one);
  await world.server.ready();
  await eventually('all messages created', PROGRESS_MS, async () => (await world.created()) >= messages * 0.98);
  await world.control('DELETE', 'faults');
  const end = await eventually('the campaign completes with nothing in doubt', END_MS, () => settled(world, campaign))
    .catch((error) => assert.fail(`${error.message}: ${world.last}`));
  t.diagnostic(`${messages} messages, ${kills} kills: ${Date.now() - began} ms; ${JSON.stringify(end.counts)}`);

  const entries = await world.ledger();
  const committed = entries.filter((e) => e.sid !== null);
  const times = new Map(people.map((p) => [p.number, 0]));
  for (const e of committed) times.set(e.to, (times.get(e.to) ?? 0) + 1);
  const wrong = [...times].filter(([, n]) => n !== 1);
  assert.deepStrictEqual(wrong.slice(0, 10), [], `${wrong.length} recipients not reached exactly once`);

  const verdict = await assertWithinLimits(world, limits, entries, new Map(people.map((p) => [p.number, p.carrier])));
  assert.strictEqual(verdict.duplicates, 0);
  assert.strictEqual(verdict.after_stop, 0);
  assert.strictEqual(verdict.identified, messages);
  assert.strictEqual(end.counts.delivered + end.counts.undelivered + end.counts.accepted + end.counts.sent, messages);
  t.diagnostic(`received ${verdict.received}, committed ${verdict.committed}, fullest windows ${verdict.fullest}`);
});
