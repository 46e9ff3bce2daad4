'use strict';
// Slow and half-open peers: clients that never finish a header, readers of live events that do not read, connections on
// which nothing ever comes: all of them at once, with places for all, and then those who ask slowly with places for a
// third. Honest requests are all answered meanwhile; the others are shed. And a provider that drips its answers or never
// gives any. STERLING_PEERS says how many never finish a header; a tenth
// do not read, a fifth say nothing. Memory is judged when STERLING_MEMORY_MAX_MB is set; STERLING_SHED_MS is the time in
// which all must be shed, those who do not read two seconds later: without it times are told, not judged, and those who
// do not read are not waited for.

const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const { test } = require('node:test');
const { World, contacts, eventually, random } = require('../crash/harness.js');

const seed = Number(process.env.STERLING_CRASH_SEED ?? Date.now() % 1000000);
const PEERS = Number(process.env.STERLING_PEERS ?? 300);
const MEMORY_MAX_MB = Number(process.env.STERLING_MEMORY_MAX_MB ?? 0);
const SHED_MS = Number(process.env.STERLING_SHED_MS ?? 0);
const SILENT = Math.ceil(PEERS / 5);
const READERS = Math.ceil(PEERS / 10);
const PLACES = 2 * (PEERS + SILENT) + 100; // more than peers: where most are taken, who asks nothing gives way at once
// Long enough for all to come and for the honest requests meanwhile; where times are not judged, on any machine.
const HEADER_MS = Math.round((SHED_MS > 0 ? 8000 : 16000) + 2.4 * PEERS);
const WAVE = 200;
const HONEST = 200; // twice
const LOOK_MS = 2000; // the half minute of an answer is over, and then is noticed
const TEXT_BYTES = 1500;
const TEXTS_AT_ONCE = 20;
const TEXTS_MAX = 1000;
const END_MS = 180000;

const at = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

function memoryMb(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^RssAnon:\s+(\d+)/m.exec(status)[1]) / 1024);
}

// What the kernel queues at one of the server's sockets: of a listening one how many wait to be accepted, of others the
// bytes that the peer does not take. States are those of /proc/net/tcp.
const LISTENING = '0A', ESTABLISHED = '01';

function socketsAt(port, state) {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = fs.readFileSync('/proc/net/tcp', 'utf8').split('\n').map((row) => row.trim().split(/\s+/));
  return rows.filter((row) => row[1] === local && row[3] === state);
}

function queued(port, state) {
  const which = state === LISTENING ? 1 : 0;
  return socketsAt(port, state).map((row) => parseInt(row[4].split(':')[which], 16));
}

// Connections that the server holds: one that still waits to be accepted is no file yet.
const held = (port) => socketsAt(port, ESTABLISHED).filter((row) => row[9] !== '0').length;

// A crowd of connections to one port, each of which behaves as `begin` says. Whoever could not connect has `failed`;
// whoever did is shed when the connection ends, `slowest` of them after so many milliseconds. They come in waves: where
// more wait than the kernel keeps, peers believe in connections of which the server never hears.
class Crowd {
  constructor(port, count, begin) {
    Object.assign(this, { open: new Set(), port, count, begin, connected: 0, failed: [], slowest: 0, closed: false });
    this.coming = this.come();
    this.coming.catch(() => {});
  }

  async come() {
    for (let i = 0; i < this.count && !this.closed; i++) {
      if (i % WAVE === 0) await eventually('the last wave is taken', END_MS, () => queued(this.port, LISTENING)[0] <= WAVE, 10);
      this.add();
    }
  }

  add() {
    const socket = net.connect({ port: this.port, host: '127.0.0.1' });
    let since = 0;
    this.open.add(socket);
    const gone = (error) => {
      if (!this.open.delete(socket)) return;
      if (since === 0) this.failed.push(error?.code ?? 'no connection');
      else this.slowest = Math.max(this.slowest, Date.now() - since);
      socket.destroy();
    };
    socket.on('connect', () => {
      since = Date.now();
      this.connected++;
      this.begin(socket);
    });
    for (const end of ['end', 'close', 'error']) socket.on(end, gone);
  }

  async allConnected() {
    await this.coming;
    await eventually('all are connected', END_MS, () => this.connected + this.failed.length === this.count);
    assert.deepStrictEqual([...new Set(this.failed)], [], `${this.failed.length} of ${this.count} could not connect`);
  }

  close() {
    this.closed = true;
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

function subscribers(world) {
  return new Promise((resolve, reject) => {
    http.get(`${world.url}/metrics`, { agent: false }, (answer) => {
      let text = '';
      answer.on('data', (piece) => (text += piece));
      answer.on('end', () => resolve(Number(/^sterling_events_subscribers (\d+)$/m.exec(text)[1])));
    }).on('error', reject);
  });
}

// People write long texts until not one stream takes a byte more; since when none does.
async function fill(world, org) {
  const [{ number: from }] = contacts(1, random(seed));
  let texts = 0, since, before = null;
  for (;;) {
    for (let n = 0; n < TEXTS_AT_ONCE; n++)
      await world.control('POST', 'inbound', { from, to: org.senders[0], body: `${texts++} ${'words '.repeat(TEXT_BYTES / 6)}` });
    await eventually('the texts are told', END_MS, async () => (await world.control('GET', 'stats')).webhooks_waiting === 0);
    const waiting = queued(world.settings.events_port, ESTABLISHED).sort((a, b) => a - b);
    const full = waiting.length === READERS && waiting[0] > 0;
    if (full && before && waiting.every((bytes, i) => bytes === before[i])) return { texts, since };
    assert.ok(texts < TEXTS_MAX, `${texts} texts do not fill ${waiting.filter((bytes) => bytes === 0).length} of ${READERS} streams`);
    before = waiting;
    since = Date.now();
  }
}

test(`${PEERS} slow peers`, async (t) => {
  t.diagnostic(`STERLING_CRASH_SEED=${seed}`);
  const world = await World.make(t, { seed, settings: { 'limits.long_code_per_min': 6000, 'http.header_timeout_ms': HEADER_MS,
    'http.connections_max': PLACES, 'events.subscribers_max': 4 * READERS } }); // an organization has a quarter
  await world.start();
  const org = await world.organization(20);
  const authorization = `Authorization: Bearer ${world.key}\r\nSterling-Organization: acme\r\n`;
  const answers = [];
  let most = 0;
  const askHonestly = async () => {
    for (let n = 0; n < HONEST; n++) {
      if (n % 20 === 0) most = Math.max(most, memoryMb(world.server.child.pid));
      answers.push(await honest(world));
    }
  };
  const deaf = new Crowd(world.settings.events_port, READERS, (socket) => {
    socket.pause();
    socket.write(`GET /v1/events HTTP/1.1\r\nHost: a\r\n${authorization}\r\n`);
  });
  t.after(() => deaf.close());
  await deaf.allConnected();
  await eventually('all streams are open', END_MS, async () => (await subscribers(world)) === READERS);
  const slow = [new Crowd(world.settings.port, PEERS, loris), new Crowd(world.settings.port, SILENT, (socket) => socket.resume())];
  t.after(() => slow.forEach((crowd) => crowd.close()));
  for (const crowd of slow) await crowd.allConnected();
  await eventually('all are accepted', END_MS, () => queued(world.settings.port, LISTENING)[0] === 0, 10);
  // As the server has them and as they have it, before the honest requests and after.
  const there = () => Math.min(held(world.settings.port), slow[0].open.size + slow[1].open.size) +
    Math.min(held(world.settings.events_port), deaf.open.size);
  const before = there();
  await askHonestly();
  const atOnce = Math.min(before, there());
  assert.strictEqual(atOnce, PEERS + SILENT + READERS, 'all were there at once');
  await eventually('those who never ask are shed', END_MS, () => slow.every((crowd) => crowd.open.size === 0));
  const slowest = Math.max(...slow.map((crowd) => crowd.slowest));
  const full = await fill(world, org);
  await askHonestly();
  assert.deepStrictEqual(answers.filter((a) => a.status !== 200), []);
  let dropped = 'full and not waited for';
  if (SHED_MS > 0) {
    await eventually('those who do not read are shed', END_MS, async () => (await subscribers(world)) === 0);
    const ms = Date.now() - full.since;
    dropped = `shed after ${Math.ceil(ms / 1000)} s`;
    assert.ok(slowest <= SHED_MS, `one that never asked was shed after ${slowest} ms`);
    assert.ok(ms <= SHED_MS + LOOK_MS, `those who do not read were shed after ${ms} ms`);
    deaf.open.forEach((socket) => socket.resume());
    await eventually('their connections end', END_MS, () => deaf.open.size === 0);
  }
  const times = answers.map((a) => a.ms);
  t.diagnostic(`FIGURE ${PEERS} that never finish a header, ${SILENT} silent, ${READERS} that do not read, ${atOnce} connections at once: ` +
    `${answers.length} honest requests answered (half in ${at(times, 0.5)} ms, p99 ${at(times, 0.99)} ms), slow ones shed after ` +
    `${Math.ceil(slowest / 1000)} s, those that do not read ${dropped} (by ${full.texts} texts), ${most} MB private`);
  if (MEMORY_MAX_MB > 0) assert.ok(most <= MEMORY_MAX_MB, `${most} MB`);
});

// The server's places are fewer than they are: whoever asks nothing gives way, so that others come in.
test(`${PEERS} slow peers on places for a third of them`, async (t) => {
  const places = Math.max(16, Math.ceil(PEERS / 3));
  const world = await World.make(t, { seed, settings: { 'http.connections_max': places } });
  await world.start();
  await world.organization(1);
  const crowd = new Crowd(world.settings.port, PEERS, loris);
  t.after(() => crowd.close());
  await eventually('most places are taken', END_MS, () => held(world.settings.port) >= places * 7 / 8, 10);
  const answers = [];
  for (let n = 0; n < HONEST / 4; n++) answers.push(await honest(world));
  assert.deepStrictEqual(answers.filter((a) => a.status !== 200), []);
  await crowd.allConnected();
  await eventually('all are shed', END_MS, () => crowd.open.size === 0);
  const times = answers.map((a) => a.ms);
  t.diagnostic(`FIGURE ${PEERS} that never finish a header on ${places} places: ${answers.length} honest requests answered ` +
    `(half in ${at(times, 0.5)} ms, the slowest in ${Math.max(...times)} ms)`);
});

test('a provider that drips, hangs and never reads: each message once', async (t) => {
  const world = await World.make(t, { seed, settings: { 'limits.long_code_per_min': 6000, 'provider.timeout_ms': 2000 } });
  await world.start();
  await world.organization(20);
  await world.control('POST', 'faults', { per_million: { drip: 300000, hang_before: 100000, hang_after: 100000 }, hang_ms: 6000 });
  const people = contacts(60, random(seed));
  for (const { number } of people)
    await world.api('POST', 'messages', { to: number, body: 'Hello', kind: 'transactional' });
  await eventually('some doubts', END_MS, async () => (await world.control('GET', 'ledger')).count >= 40);
  const { faults } = await world.control('GET', 'stats');
  assert.ok(faults.drip > 0 && faults.hang_before + faults.hang_after > 0, JSON.stringify(faults));
  await world.control('DELETE', 'faults');
  await eventually('all are sent', END_MS, async () => (await world.created()) >= people.length);
  const sent = (await world.ledger()).filter((e) => e.sid !== null).map((e) => e.to);
  assert.strictEqual(new Set(sent).size, sent.length, 'one was sent twice');
  assert.strictEqual(sent.length, people.length);
});
