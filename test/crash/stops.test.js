'use strict';
// The race of STOPs with a campaign: people write STOP, in many words, while it runs and while the server is dead.
// Nothing may be begun to a number once its STOP was answered; what the sandbox received is the judge.
//   STERLING_STOPS_MESSAGES=N (3000)   STERLING_CRASH_SEED=SEED

const assert = require('node:assert');
const { test } = require('node:test');
const { World, contacts, eventually, random } = require('./harness.js');
const { assertNoneAfterStop } = require('./stopped.js');

const seed = Number(process.env.STERLING_CRASH_SEED ?? Date.now() % 1000000);
const MESSAGES = Number(process.env.STERLING_STOPS_MESSAGES ?? 3000);
const NUMBERS = 40;
const END_MS = 60000 + MESSAGES * 40;
const WORDS = ['STOP', 'Stop.', 'unsubscribe', 'ARRET', 'please stop texting me', 'take me off this list', 'wrong number'];

test('no attempt is begun after a STOP was answered, however the race goes', async (t) => {
  t.diagnostic(`STERLING_CRASH_SEED=${seed}`);
  const rng = random(seed);
  const world = await World.make(t, { seed, settings: { 'limits.long_code_per_min': 6000, 'limits.long_code_per_s': 100 } });
  const people = contacts(MESSAGES, rng);
  await world.start();
  const org = await world.organization(NUMBERS);
  await world.import('all', people);
  const id = await world.campaign('all');
  const stopped = new Set();
  const write = async () => {
    const from = people[rng.below(people.length)].number;
    if (stopped.has(from)) return;
    stopped.add(from);
    await world.control('POST', 'inbound', { from, to: org.senders[rng.below(NUMBERS)], body: WORDS[rng.below(WORDS.length)] });
  };
  const reaches = (share) => eventually(`${share} of it is created`, END_MS, async () => {
    await write();
    return (await world.created()) >= MESSAGES * share;
  }, 5);

  await reaches(0.3);
  await world.kill();
  for (let i = 0; i < MESSAGES / 100; i++) await write();
  await eventually('the webhooks are given up', END_MS, async () => {
    const stats = await world.control('GET', 'stats');
    return stats.webhooks_waiting === 0 && stats.webhooks_out === 0;
  });
  await world.start();
  await reaches(0.6);
  let last;
  await eventually('the campaign completes', END_MS, async () => {
    last = await world.api('GET', `campaigns/${id}`);
    return last.state === 'completed' && last.counts.in_doubt === 0;
  });

  const verdict = await assertNoneAfterStop(world);
  assert.strictEqual(verdict.duplicates, 0);
  const reached = new Set((await world.ledger()).filter((e) => e.sid !== null).map((e) => e.to));
  const spared = people.filter((p) => !reached.has(p.number));
  for (const p of spared) assert.ok(stopped.has(p.number), `${p.number} got nothing and had not said STOP`);
  assert.ok(spared.length > 0, 'every STOP came too late to matter');
  for (const number of [...stopped].slice(0, 200))
    assert.strictEqual((await world.api('GET', `consents/${encodeURIComponent(number)}`)).state, 'opted_out', number);
  await world.assertLedgers();
  t.diagnostic(`stops: ${MESSAGES} messages, ${stopped.size} STOPs, ${spared.length} in time, 0 after an answer`);
});
