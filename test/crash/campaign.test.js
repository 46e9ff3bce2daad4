'use strict';
// A campaign goes out while the server is killed again and again and the provider fails in every way it can.
// The sandbox's ledger then says what truly left: each message once, none missing, no limit exceeded.
//   STERLING_CRASH_SEED=N      repeats a run     STERLING_CRASH_KEEP=1  keeps data and log
//   STERLING_CRASH_KILLS=N     (10)              STERLING_CRASH_MESSAGES=N  (10000)
//   STERLING_CRASH_SETTLE_MS=N: fails if anything is in doubt so long after the last start

const assert = require('node:assert');
const fs = require('node:fs');
const { test } = require('node:test');
const { World, contacts, eventually, pause, random } = require('./harness.js');
const { assertWithin, assertWithinLimits } = require('./limits.js');
const { assertNoneAfterStop } = require('./stopped.js');
const { Traffic } = require('./traffic.js');

const seed = Number(process.env.STERLING_CRASH_SEED ?? Date.now() % 1000000);
const kills = Number(process.env.STERLING_CRASH_KILLS ?? 10);
const messages = Number(process.env.STERLING_CRASH_MESSAGES ?? 10000);
const settleMs = Number(process.env.STERLING_CRASH_SETTLE_MS ?? Infinity);
const NUMBERS = 100;
const OTHERS = 200; // recipients of single messages, people who write in
const CROWD = Math.max(200, 2 * kills); // recipients of the other organization: it waits at its limit to the last kill
const DOUBT_FREE_MS = 10000;
const KILLS_AT_LIMIT = 50;
const PROGRESS_MS = 60000;
const SLOW = { fault: 'latency', on: ['create'], times: 40, delay_ms: 800 }; // a kill finds attempts in flight
const END_MS = 180000;

const IN_FLIGHT_MAX = 128;
const settings = {
  'provider.in_flight_max': IN_FLIGHT_MAX,
  'limits.long_code_per_min': 300, // else 100 numbers are full after one minute, and a restart counts all as just sent
};

// One request in ten fails. 429 is rare, because after each the account rightly rests for a second. A late commit
// stays within the settle times, as Twilio's own bound would. Callbacks are lost often enough that they do not hide
// what else would go wrong.
const faults = {
  per_million: {
    error_before: 12000, error_after: 16000, throttle: 500, close_before: 12000, close_after: 20000,
    reset_before: 9000, reset_after: 14000, reset_mid: 8000, hang_before: 500, hang_after: 500, late_commit: 500,
    truncated: 2500, not_json: 2000, edge_4xx: 1000, redirect: 500, drip: 1000, latency: 10000,
  },
  late_commit_ms: 2000, hang_ms: 10000, list_lag_ms: 400, latency_ms_max: 300,
  callback_lost_per_million: 200000, callback_jitter_per_million: 100000, callback_doubled_per_million: 25000,
  callback_forged_per_million: 10000, inbound_lost_per_million: 50000, inbound_doubled_per_million: 50000,
};

// When to kill: first as soon as anything is out, while the audience is still being frozen; then mostly at a share
// of the campaign and a little later; some while the server is still starting.
function plan(rng) {
  const at = Array.from({ length: kills }, (_, i) => (i === 0 ? 1 : Math.floor((0.02 + 0.9 * rng.next()) * messages)));
  return at.sort((a, b) => a - b).map((created, i) => ({
    created, laterMs: rng.below(i === 0 ? 30 : 250), startingMs: i > 0 && i % 4 === 0 ? rng.below(700) : null,
  }));
}

async function killAt(t, world, { created, laterMs, startingMs }) {
  if (startingMs === null) {
    await eventually(`${created} messages created`, PROGRESS_MS, async () => (await world.created()) >= created, 25);
    await world.control('POST', 'faults/next', SLOW);
    await pause(laterMs);
  } else {
    await pause(startingMs);
  }
  await world.kill();
  const at = Date.now();
  await world.control('DELETE', 'faults'); // and what is left of the slow ones
  await world.control('POST', 'faults', faults);
  world.launch();
  t.diagnostic(`killed at ${await world.created()} messages created${startingMs === null ? '' : `, ${startingMs} ms after start`}`);
  return at;
}

async function settled(world, campaign) {
  const now = await world.api('GET', `campaigns/${campaign}`);
  const { queued, held, armed, in_doubt: doubt } = now.counts;
  world.last = JSON.stringify({ state: now.state, why: now.why, audience: now.audience, counts: now.counts });
  return now.state === 'completed' && queued + held + armed + doubt === 0 ? now : null;
}

// From the last start, with a provider that is well again: when anything was in doubt last, of anybody. Looks until
// nothing was for DOUBT_FREE_MS (a later one is of a request of its own, not of the kill) or until stop(), which says how
// long after the start that was.
async function watchDoubts(world) {
  await world.server.ready();
  const since = Date.now();
  let last = since, over = false;
  const watching = (async () => {
    while (!over) {
      if (await world.metric('sterling_messages_in_doubt') > 0) last = Date.now();
      else if (Date.now() - last > DOUBT_FREE_MS) break;
      await pause(20);
    }
  })();
  watching.catch(() => {}); // told by stop()
  return async () => {
    over = true;
    await watching;
    assert.strictEqual(await world.metric('sterling_messages_in_doubt'), 0);
    return last - since;
  };
}

// No kill gives a limit back what was used of it: how many came while the second organization waited at its own. What was
// armed and never left uses it, too: in a short campaign the first whole window may be that of after the last kill.
async function assertNothingMinted(world, bolt, entries, killed) {
  const limit = { scope: 'service', only: bolt.service, window_ms: 60000, most: bolt.perMinute };
  const most = await eventually('the new brand uses its limit', END_MS, async () => {
    const { fullest: [used] } = await assertWithin(world, [limit]);
    return used >= bolt.perMinute * 0.9 ? used : null;
  });
  const sent = entries.filter((e) => e.sid !== null && bolt.senders.includes(e.from));
  const until = sent.length < CROWD ? Infinity : Date.parse(sent.at(-1).date);
  const there = killed.filter((at) => at < until).length;
  assert.ok(there >= Math.min(kills, KILLS_AT_LIMIT), `${there} kills while the new brand waited at its limit`);
  return `${there} kills while one waited at ${bolt.perMinute} a minute: 0 windows over a limit, the fullest ${most}`;
}

// What each kill left in doubt is what was armed and had no answer on record: at most the requests allowed in flight.
function assertFewDoubts(world) {
  const log = fs.readFileSync(world.log, 'utf8');
  const left = [...log.matchAll(/"event":"armed_attempts_in_doubt".*"count":(\d+)/g)].map((one) => Number(one[1]));
  const most = Math.max(0, ...left);
  assert.ok(most <= IN_FLIGHT_MAX, `a kill left ${most} in doubt`);
  assert.ok(kills < 3 || most > 0, 'no kill left anything in doubt');
  return most;
}

// A new brand may send 50 a minute: the one limit that is full all the time, across every restart.
async function crowded(world, people) {
  const org = await world.organization(3, { slug: 'bolt', brand: 2, score: 10, area: 503 });
  await world.import('all', people, 'bolt');
  await world.campaign('all', 'bolt');
  const limits = (await world.api('GET', 'limits', undefined, { slug: 'bolt' })).data;
  org.perMinute = limits.find((l) => l.scope === 'brand').amount;
  return org;
}

function assertOnceEach(committed, numbers, what) {
  const times = new Map([...numbers].map((number) => [number, 0]));
  for (const e of committed) if (times.has(e.to)) times.set(e.to, times.get(e.to) + 1);
  const wrong = [...times].filter(([, n]) => n !== 1);
  assert.deepStrictEqual(wrong.slice(0, 10), [], `${what}: ${wrong.length} of ${times.size} not exactly once`);
}

test(`a campaign of ${messages}, killed ${kills} times (seed ${seed})`, async (t) => {
  const rng = random(seed);
  const world = await World.make(t, { seed, settings });
  const everyone = contacts(messages + 2 * OTHERS + CROWD, rng);
  const people = everyone.slice(0, messages);
  const [parcels, writers] = [0, 1].map((i) => everyone.slice(messages + i * OTHERS, messages + (i + 1) * OTHERS));
  const crowd = everyone.slice(messages + 2 * OTHERS);
  t.diagnostic(`STERLING_CRASH_SEED=${seed} STERLING_CRASH_KILLS=${kills} STERLING_CRASH_MESSAGES=${messages}`);
  await world.start();
  const org = await world.organization(NUMBERS);
  await world.import('all', people);
  const limits = (await world.api('GET', 'limits')).data;
  await world.control('POST', 'faults', faults);
  const began = Date.now();
  const bolt = await crowded(world, crowd);
  const campaign = await world.campaign('all');
  const traffic = new Traffic(world, { people: parcels, writers, to: org.senders[0] });
  t.after(() => traffic.stop());
  traffic.start();

  const killed = [];
  for (const one of plan(rng)) killed.push(await killAt(t, world, one));
  await world.control('DELETE', 'faults');
  const stopWatching = await watchDoubts(world);
  await eventually('nearly all messages created', END_MS, async () => (await world.created()) >= messages * 0.98);
  await traffic.stop();
  const end = await eventually('the campaign completes with nothing in doubt', END_MS, () => settled(world, campaign))
    .catch((error) => assert.fail(`${error.message}: ${world.last}`));
  t.diagnostic(`${messages} messages, ${kills} kills: ${Date.now() - began} ms; ${JSON.stringify(end.counts)}`);
  await eventually('single messages are settled', END_MS, async () => {
    const single = await Promise.all([...traffic.accepted.values()].map((id) => world.api('GET', `messages/${id}`)));
    return single.every((m) => !['queued', 'armed', 'held', 'in_doubt'].includes(m.state));
  });
  await eventually('all that was written in is known', END_MS, async () => {
    const known = await world.inbound();
    return traffic.wrote.every((sid) => known.get(sid) === 1);
  });

  const settled_ms = await stopWatching();
  const most = assertFewDoubts(world);
  const entries = await world.ledger();
  const committed = entries.filter((e) => e.sid !== null);
  assertOnceEach(committed, people.map((p) => p.number), 'campaign');
  assertOnceEach(committed, traffic.accepted.keys(), 'single messages');
  assert.ok(kills < 3 || traffic.repeats > 0, 'no request met a dead server');

  const verdict = await assertWithinLimits(world, limits, entries, new Map(people.map((p) => [p.number, p.carrier])),
    org.senders);
  assert.strictEqual(verdict.duplicates, 0);
  await assertNoneAfterStop(world);
  assert.strictEqual(verdict.identified, verdict.committed);
  assert.strictEqual(end.counts.delivered + end.counts.undelivered + end.counts.accepted + end.counts.sent, messages);
  t.diagnostic(`windows: ${await assertNothingMinted(world, bolt, entries, killed)}`);
  assert.ok(settled_ms <= settleMs, `something was in doubt for ${settled_ms} ms`);
  t.diagnostic(`figures: ${kills} kills over ${messages} messages, 0 lost, 0 doubled, at most ${most} in doubt after ` +
    `a kill, nothing ${settled_ms} ms after the last start`);
  t.diagnostic(`received ${verdict.received}, committed ${verdict.committed}, fullest windows ${verdict.fullest}; ` +
    `${traffic.accepted.size} single messages with ${traffic.repeats} repeats, ${traffic.wrote.length} written in`);
});
