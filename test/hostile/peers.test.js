'use strict';
// Slow and half-open peers: clients that never finish a header, readers of live events that do not read, connections on
// which nothing ever comes, and a provider that drips its answers or never gives any. Honest requests are all answered;
// the others are shed. STERLING_PEERS says how many never finish a header; a tenth do not read, a fifth say nothing.
// Memory is judged when STERLING_MEMORY_MAX_MB is set; times are told, not judged.

const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const { test } = require('node:test');
const { World, contacts, eventually, random, pause } = require('../crash/harness.js');

const seed = Number(process.env.STERLING_CRASH_SEED ?? Date.now() % 1000000);
const PEERS = Number(process.env.STERLING_PEERS ?? 300);
const MEMORY_MAX_MB = Number(process.env.STERLING_MEMORY_MAX_MB ?? 0);
const HONEST = 400;
const END_MS = 180000;

const at = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

function memoryMb(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^RssAnon:\s+(\d+)/m.exec(status)[1]) / 1024);
}

// A crowd of connections to one port, each of which behaves as `begin` says.
class Crowd {
  constructor(port, count, begin) {
    this.open = new Set();
    this.began = Date.now();
    this.lastShed = 0;
    for (let i = 0; i < count; i++) {
      const socket = net.connect({ port, host: '127.0.0.1' });
      this.open.add(socket);
      const gone = () => {
        if (!this.open.delete(socket)) return;
        this.lastShed = Date.now() - this.began;
        socket.destroy();
      };
      socket.on('connect', () => begin(socket));
      for (const end of ['end', 'close', 'error']) socket.on(end, gone);
    }
  }

  close() {
    for (const socket of this.open) socket.destroy();
  }
}

// A header that goes on and on, a few bytes at a time; `resume` because an answer may come.
function loris(socket) {
  socket.resume();
  socket.write('GET /v1/lists HTTP/1.1\r\nHost: a\r\n');
  const timer = setInterval(() => socket.write('X-A: b\r\n'), 1000 + Math.random() * 2000);
  socket.on('close', () => clearInterval(timer));
}

function honest(world) {
  const began = Date.now();
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${world.key}`, 'Sterling-Organization': 'acme' };
    http.get(`${world.url}/v1/lists`, { agent: false, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve({ status: answer.statusCode, ms: Date.now() - began }));
    }).on('error', reject);
  });
}

test(`${PEERS} slow peers`, async (t) => {
  t.diagnostic(`STERLING_CRASH_SEED=${seed}`);
  const world = await World.make(t, { seed, settings: { 'limits.long_code_per_min': 6000, 'http.header_timeout_ms': 5000 } });
  await world.start();
  const org = await world.organization(20);
  const authorization = `Authorization: Bearer ${world.key}\r\nSterling-Organization: acme\r\n`;
  const crowds = [
    new Crowd(world.settings.port, PEERS, loris),
    new Crowd(world.settings.port, Math.ceil(PEERS / 5), () => {}),
    new Crowd(world.settings.events_port, Math.ceil(PEERS / 10), (socket) => {
      socket.write(`GET /v1/events HTTP/1.1\r\nHost: a\r\n${authorization}\r\n`);
      socket.pause();
    }),
  ];
  t.after(() => crowds.forEach((crowd) => crowd.close()));
  const answers = [];
  let most = 0;
  for (let n = 0; n < HONEST; n++) {
    answers.push(await honest(world));
    if (n % 20 === 0) most = Math.max(most, memoryMb(world.server.child.pid));
  }
  assert.deepStrictEqual(answers.filter((a) => a.status !== 200), []);
  await eventually('those who never ask are shed', END_MS, () => crowds[0].open.size + crowds[1].open.size === 0);
  // Those who do not read are dropped once their bounded buffer is full: enough happens to fill it.
  for (const { number } of contacts(60, random(seed)))
    await world.api('POST', 'messages', { to: number, body: 'Hello', kind: 'transactional' });
  most = Math.max(most, memoryMb(world.server.child.pid));
  const times = answers.map((a) => a.ms);
  t.diagnostic(`FIGURE ${PEERS} that never finish a header, ${Math.ceil(PEERS / 5)} silent, ${Math.ceil(PEERS / 10)} that do not read: ` +
    `${HONEST} of ${HONEST} honest requests answered (half in ${at(times, 0.5)} ms, p99 ${at(times, 0.99)} ms), ` +
    `slow ones shed after ${Math.ceil(Math.max(crowds[0].lastShed, crowds[1].lastShed) / 1000)} s, ${most} MB private`);
  if (MEMORY_MAX_MB > 0) assert.ok(most <= MEMORY_MAX_MB, `${most} MB`);
  assert.ok(org.senders.length > 0);
});

test('a provider that drips, hangs and never reads: each message once', async (t) => {
  const world = await World.make(t, { seed, settings: { 'limits.long_code_per_min': 6000, 'provider.timeout_ms': 2000 } });
  await world.start();
  await world.organization(20);
  await world.control('POST', 'faults', { per_million: { drip: 300000, hang_before: 60000, hang_after: 60000 }, hang_ms: 6000 });
  const people = contacts(60, random(seed));
  for (const { number } of people)
    await world.api('POST', 'messages', { to: number, body: 'Hello', kind: 'transactional' });
  await pause(0);
  await eventually('some doubts', END_MS, async () => (await world.control('GET', 'ledger')).count >= 40);
  await world.control('DELETE', 'faults');
  await eventually('all are sent', END_MS, async () => (await world.created()) >= people.length);
  const sent = (await world.ledger()).filter((e) => e.sid !== null).map((e) => e.to);
  assert.strictEqual(new Set(sent).size, sent.length, 'one was sent twice');
  assert.strictEqual(sent.length, people.length);
});
