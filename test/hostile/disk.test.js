'use strict';
// A full disk: a file system of 16 MiB, mounted for the test (STERLING_SMALL_DISK names it). New work is refused with
// words, nothing acknowledged is lost; once there is space new work is taken and what is stored leaves. While it is full
// nothing is sent, because nothing can be armed. STERLING_AGAIN_MS says within how long it is taken again (not judged).

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { World, contacts, eventually, random } = require('../crash/harness.js');

const seed = Number(process.env.STERLING_CRASH_SEED ?? Date.now() % 1000000);
const DISK = process.env.STERLING_SMALL_DISK;
const AGAIN_MS = Number(process.env.STERLING_AGAIN_MS ?? 0);
const BALLAST = 4 << 20;
const END_MS = 120000;

test('a disk that is full', { skip: DISK ? false : 'STERLING_SMALL_DISK names no file system (script/check hostile mounts one)' }, async (t) => {
  t.diagnostic(`STERLING_CRASH_SEED=${seed}`);
  const world = await World.make(t, { seed, settings: { 'limits.long_code_per_min': 6000 } });
  world.data = fs.mkdtempSync(path.join(DISK, 'data-'));
  world.settings.data_dir = world.data;
  const ballast = path.join(DISK, 'ballast');
  fs.writeFileSync(ballast, Buffer.alloc(BALLAST, 1));
  t.after(() => fs.rmSync(ballast, { force: true }));
  await world.start();
  await world.organization(20);
  const people = contacts(40000, random(seed));
  const accepted = [];
  let refusal = null, next = 0;
  const send = async (n) => {
    const number = people[n].number;
    const headers = { Authorization: `Bearer ${world.key}`, 'Sterling-Organization': 'acme', 'Content-Type': 'application/json' };
    const body = JSON.stringify({ to: number, body: `${'Long words. '.repeat(100)}${n}`, kind: 'transactional' });
    const answer = await fetch(`${world.url}/v1/messages`, { method: 'POST', headers, body });
    const text = await answer.text();
    if (answer.status === 202) accepted.push({ number, id: JSON.parse(text).id });
    return { status: answer.status, type: answer.headers.get('content-type'), text };
  };
  const worker = async () => {
    while (!refusal && next < people.length) {
      const answer = await send(next++);
      if (answer.status !== 202) refusal = answer;
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  world.assertAlive();
  assert.ok(refusal, 'the disk never filled up');
  assert.ok([503, 507].includes(refusal.status), JSON.stringify(refusal));
  assert.match(refusal.type, /^application\/problem\+json/);
  assert.match(refusal.text, /disk|space/i);
  const full = accepted.length;
  fs.rmSync(ballast);
  const began = Date.now();
  await eventually('new work is taken again', END_MS, async () => (await send(next++)).status === 202, 20);
  const resumed = Date.now() - began;
  const sent = await world.created();
  await eventually('stored work goes on', END_MS, async () => (await world.created()) > sent + 20);
  await world.kill();
  await world.start();
  const stored = new Map();
  for (let cursor = ''; cursor !== null;) {
    const page = await world.api('GET', `messages?limit=200${cursor && `&cursor=${cursor}`}`);
    for (const one of page.data) stored.set(one.id, one.to);
    cursor = page.next_cursor;
  }
  const lost = accepted.filter(({ number, id }) => stored.get(id) !== number);
  assert.deepStrictEqual(lost.slice(0, 3), [], `${lost.length} of ${accepted.length} acknowledged and lost`);
  if (AGAIN_MS > 0) assert.ok(resumed <= AGAIN_MS, `taken again ${resumed} ms after there was space`);
  t.diagnostic(`FIGURE 16 MiB: ${full} taken, then ${refusal.status} with words; taken again ${resumed} ms after there was ` +
    `space, and stored work went on; 0 of ${accepted.length} acknowledged lost`);
});
