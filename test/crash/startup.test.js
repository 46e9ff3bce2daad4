'use strict';
// How long a server that was killed takes to be ready again, with so many rows in its database. The first start is
// judged: it alone finds attempts without an answer and takes them up; the later ones are there to compare with.
//   STERLING_FILL names the program that fills it   STERLING_STARTUP_ROWS=N (20000)
//   STERLING_STARTUP_MS=N: the most CPU time that it may take

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { test } = require('node:test');
const { World } = require('./harness.js');

const rows = Number(process.env.STERLING_STARTUP_ROWS ?? 20000);
const mostMs = Number(process.env.STERLING_STARTUP_MS ?? Infinity);
const STARTS = 5;
const ARMED = 100; // of the last commit of startup_fill
const TICK_MS = 10; // /proc counts in hundredths of a second

// User and system time so far.
function cpuMs(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

test(`is ready again with ${rows} rows`, async (t) => {
  // Only the start is measured: nothing is sent meanwhile, because the only number is held by no sender.
  const world = await World.make(t, { seed: 1 });
  await world.start();
  await world.stop();
  const database = path.join(world.data, 'sterling.db');
  const filled = spawnSync(process.env.STERLING_FILL, [database, String(rows)], { encoding: 'utf8' });
  assert.strictEqual(filled.signal, 'SIGKILL', filled.stderr);
  assert.ok(fs.statSync(`${database}-wal`).size > 0, 'the log of what was killed is empty');
  const starts = [];
  for (let i = 0; i < STARTS; i++) {
    const began = process.hrtime.bigint();
    world.launch();
    await new Promise((resolve) => world.server.child.stdout.once('data', resolve));
    const wall = Number(process.hrtime.bigint() - began) / 1e6;
    const cpu = cpuMs(world.server.child.pid);
    await world.server.ready();
    starts.push({ wall, cpu });
    const log = fs.readFileSync(world.log, 'utf8');
    const taken = [...log.matchAll(/"event":"armed_attempts_in_doubt".*"count":(\d+)/g)];
    assert.deepStrictEqual(taken.map((one) => Number(one[1])), [ARMED], `start ${i + 1}`);
    await world.kill();
  }
  const best = (what) => Math.round(Math.min(...starts.map((one) => one[what])));
  const first = starts[0];
  t.diagnostic(`figures: ${rows} rows: the first start, which takes up ${ARMED} armed attempts, ` +
    `${first.cpu} ms of CPU, ${Math.round(first.wall)} ms by the clock; ` +
    `the best of ${STARTS} ${best('cpu')} ms of CPU, ${best('wall')} ms by the clock`);
  assert.ok(first.cpu <= mostMs, `the first start takes ${first.cpu} ms of CPU`);
});
