'use strict';
// Scarce descriptors: a limit of 96 open files under many clients. The server neither spins nor dies, and serves again
// once they are gone. STERLING_CLIENTS says how many, STERLING_AGAIN_MS within how long it must serve again (not judged).

const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const { test } = require('node:test');
const { World, contacts, eventually, random, pause } = require('../crash/harness.js');

const seed = Number(process.env.STERLING_CRASH_SEED ?? Date.now() % 1000000);
const CLIENTS = Number(process.env.STERLING_CLIENTS ?? 200);
const AGAIN_MS = Number(process.env.STERLING_AGAIN_MS ?? 0);
const DESCRIPTORS = 96;
const CPU_MAX_PERCENT = 25;
const LOOK_MS = 3000;
const END_MS = 60000;

// Clock ticks of CPU, hundredths of a second.
function cpuTicks(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function ask(url) {
  return new Promise((resolve, reject) => {
    http.get(url, { agent: false, timeout: END_MS }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    }).on('error', reject);
  });
}

test(`${DESCRIPTORS} descriptors and ${CLIENTS} clients`, async (t) => {
  t.diagnostic(`STERLING_CRASH_SEED=${seed}`);
  const world = await World.make(t, { seed, settings: { 'limits.long_code_per_min': 6000 } });
  world.descriptors = DESCRIPTORS;
  await world.start();
  await world.organization(5);
  let connected = 0;
  const crowd = Array.from({ length: CLIENTS }, () => {
    const socket = net.connect({ port: world.settings.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.on('connect', () => {
      connected++;
      socket.write('GET /healthz HT');
    });
    return socket;
  });
  t.after(() => crowd.forEach((socket) => socket.destroy()));
  await eventually('all are connected', END_MS, () => connected === CLIENTS);
  const before = cpuTicks(world.server.child.pid);
  await pause(LOOK_MS);
  const percent = Math.round(((cpuTicks(world.server.child.pid) - before) * 1000) / LOOK_MS);
  crowd.forEach((socket) => socket.destroy());
  const began = Date.now();
  assert.strictEqual(await eventually('it serves again', END_MS, () => ask(`${world.url}/healthz`)), 200);
  const after = Date.now() - began;
  for (const { number } of contacts(10, random(seed)))
    await world.api('POST', 'messages', { to: number, body: 'Hello', kind: 'transactional' });
  await eventually('messages leave', END_MS, async () => (await world.created()) >= 10);
  assert.ok(percent < CPU_MAX_PERCENT, `${percent} % of a CPU while it can accept nobody`);
  if (AGAIN_MS > 0) assert.ok(after <= AGAIN_MS, `served again after ${after} ms`);
  t.diagnostic(`FIGURE RLIMIT_NOFILE ${DESCRIPTORS} under ${CLIENTS} clients: ${percent} % of a CPU, serves again after ${after} ms`);
});
