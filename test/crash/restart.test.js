'use strict';
// Planned restarts, restored copies, and STOP: what the ledger of the sandbox says about each.
//   STERLING_CRASH_SEED=SEED   STERLING_CRASH_COPY_SENDS=N (400): so many sends older a copy is that is put back

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { World, contacts, csv, eventually, random } = require('./harness.js');
const { assertNoneAfterStop } = require('./stopped.js');

const seed = Number(process.env.STERLING_CRASH_SEED ?? Date.now() % 1000000);
const COPY_SENDS = Number(process.env.STERLING_CRASH_COPY_SENDS ?? 400);
const NUMBERS = 20;
const END_MS = 90000 + COPY_SENDS * 10;
const settings = { 'limits.long_code_per_min': 1000, 'reconcile.first_ms': 1000 };

async function begin(t, count, numbers = NUMBERS) {
  const world = await World.make(t, { seed, settings });
  const people = contacts(count, random(seed));
  t.diagnostic(`STERLING_CRASH_SEED=${seed}`);
  await world.start();
  const org = await world.organization(numbers);
  await world.import('all', people);
  return { world, people, org };
}

const created = (world, count) =>
  eventually(`${count} messages created`, END_MS, async () => (await world.created()) >= count, 50);

async function completed(world, id) {
  let last;
  const end = await eventually('the campaign completes', END_MS, async () => {
    last = await world.api('GET', `campaigns/${id}`);
    return last.state === 'completed' && last.counts.in_doubt === 0 ? last : null;
  }).catch((error) => assert.fail(`${error.message}: ${JSON.stringify(last)}`));
  return end;
}

const isLogged = (world, event) => fs.readFileSync(world.log, 'utf8').includes(`"event":"${event}"`);

function assertOnceEach(entries, people) {
  const times = new Map(people.map((p) => [p.number, 0]));
  for (const e of entries.filter((one) => one.sid !== null)) times.set(e.to, (times.get(e.to) ?? 0) + 1);
  const wrong = [...times].filter(([, n]) => n !== 1);
  assert.deepStrictEqual(wrong.slice(0, 10), [], `${wrong.length} of ${people.length} not exactly once`);
}

test('SIGTERM under load leaves nothing in doubt', async (t) => {
  const { world, people } = await begin(t, 600);
  await world.control('POST', 'faults', { per_million: { latency: 1000000 }, latency_ms_min: 20, latency_ms_max: 600 });
  const id = await world.campaign('all');
  for (const share of [0.1, 0.4, 0.7]) {
    await created(world, people.length * share);
    const { code } = await world.stop();
    assert.strictEqual(code, 0, fs.readFileSync(world.log, 'utf8').slice(-2000));
    await world.start();
    const now = await world.api('GET', `campaigns/${id}`);
    assert.strictEqual(now.counts.in_doubt, 0);
  }
  const end = await completed(world, id);
  assert.ok(!isLogged(world, 'armed_attempts_in_doubt'));
  assert.ok(!isLogged(world, 'stopped_with_answers_outstanding'));
  assert.strictEqual(end.counts.in_doubt, 0);
  const entries = await world.ledger();
  assertOnceEach(entries, people);
  assert.strictEqual(entries.length, people.length, 'something was posted twice');
});

test('an older copy that is put back sends nothing twice', async (t) => {
  const numbers = COPY_SENDS > 1000 ? NUMBERS : 5;
  const meanwhile = numbers * 200; // go out while the copy is made: twelve seconds' worth
  const { world, people } = await begin(t, 300 + COPY_SENDS + meanwhile, numbers);
  const copy = path.join(world.directory, 'copy.db');
  const id = await world.campaign('all');
  await created(world, 300);
  const backup = world.command({}, 'backup', copy);
  assert.strictEqual(backup.status, 0, backup.stderr);
  const copied = await world.created();
  await created(world, copied + COPY_SENDS);
  await world.kill();
  const since = (await world.ledger()).filter((e) => e.sid !== null).length - copied;

  const database = path.join(world.data, 'sterling.db');
  fs.copyFileSync(copy, database);
  for (const more of ['-wal', '-shm']) fs.rmSync(database + more, { force: true });
  await world.start();
  assert.ok(isLogged(world, 'database_is_an_older_copy'));
  await eventually('the copy is adopted', END_MS, () => isLogged(world, 'restored_copy_adopted'));
  await completed(world, id);
  assert.ok(since >= COPY_SENDS, `the copy was ${since} sends old`);
  assertOnceEach(await world.ledger(), people);
  t.diagnostic(`copy: ${since} sends old, ${people.length} messages, each sent once`);
});

test('no message follows a STOP that was answered while a campaign runs', async (t) => {
  const { world, people, org } = await begin(t, 600);
  const rng = random(seed + 1);
  const id = await world.campaign('all');
  const stopped = new Set();
  for (let share = 0.1; share < 0.8; share += 0.1) {
    await created(world, people.length * share);
    const some = Array.from({ length: 6 }, () => people[rng.below(people.length)].number).filter((n) => !stopped.has(n));
    for (const from of some)
      await world.control('POST', 'inbound', { from, to: org.senders[rng.below(NUMBERS)], body: 'STOP' });
    for (const from of some) {
      await eventually(`${from} is opted out`, END_MS, async () =>
        (await world.api('GET', `consents/${encodeURIComponent(from)}`)).state === 'opted_out', 25);
      stopped.add(from);
    }
  }
  const end = await completed(world, id);
  const entries = await world.ledger();
  const verdict = await assertNoneAfterStop(world);
  assert.strictEqual(verdict.duplicates, 0);
  const reached = new Set(entries.filter((e) => e.sid !== null).map((e) => e.to));
  const spared = people.filter((p) => !reached.has(p.number));
  for (const p of spared) assert.ok(stopped.has(p.number), `${p.number} got nothing and had not said STOP`);
  assert.ok(spared.length > 0, 'every STOP came too late to matter');
  assert.strictEqual(end.counts.blocked, spared.length);
});

test('a STOP sent while the server is down is read back before anything is sent', async (t) => {
  const { world, people, org } = await begin(t, 800);
  const id = await world.campaign('all');
  await created(world, 200);
  await world.kill();
  const before = await world.ledger();
  const reached = new Set(before.map((e) => e.to));
  const stopped = people.filter((p) => !reached.has(p.number)).slice(0, 60).map((p) => p.number);
  for (const from of stopped)
    await world.control('POST', 'inbound', { from, to: org.senders[0], body: 'Stop' });
  await eventually('the webhooks are given up', END_MS, async () => {
    const stats = await world.control('GET', 'stats');
    return stats.webhooks_waiting === 0 && stats.webhooks_out === 0;
  });
  await world.start();
  const end = await completed(world, id);
  const wrong = (await world.ledger()).filter((e) => stopped.includes(e.to));
  assert.deepStrictEqual(wrong.slice(0, 5), []);
  assert.strictEqual(end.counts.blocked, stopped.length);
  assertOnceEach(await world.ledger(), people.filter((p) => !stopped.includes(p.number)));
});

test('an import that is killed goes on where it was', async (t) => {
  const world = await World.make(t, { seed, settings });
  const people = contacts(20000, random(seed + 2));
  const rng = random(seed + 3);
  await world.start();
  await world.organization(1);
  const job = await world.api('POST', 'imports?list=all&region=US', csv(people), { type: 'text/csv' });
  let cut = 0;
  for (let i = 0; i < 3; i++) {
    const rows = i === 0 ? 1 : rng.below(4000) + i * 5000;
    const seen = await eventually(`${rows} rows read`, END_MS, async () => {
      const now = await world.api('GET', `imports/${job.id}`);
      return now.rows >= rows && now;
    }, 25);
    cut += seen.state === 'running' && seen.rows < people.length;
    await world.kill();
    await world.start();
  }
  assert.ok(cut > 0, 'it was over before the first kill');
  const done = await eventually('the import ends', END_MS, async () => {
    const now = await world.api('GET', `imports/${job.id}`);
    return now.state === 'running' ? null : now;
  });
  assert.deepStrictEqual([done.state, done.rows, done.added, done.rejected, done.duplicates], ['done', 20000, 20000, 0, 0]);
  assert.strictEqual((await world.api('GET', 'lists/all')).members, 20000);
});
