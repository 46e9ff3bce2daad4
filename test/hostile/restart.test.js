'use strict';
// Planned restarts under load with the listening sockets held by a parent, as systemd holds them: no connection is
// refused, no request fails, nothing is in doubt, each message leaves once. STERLING_RESTARTS says how many.

const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { test } = require('node:test');
const { World, contacts, eventually, random, pause } = require('../crash/harness.js');

const seed = Number(process.env.STERLING_CRASH_SEED ?? Date.now() % 1000000);
const RESTARTS = Number(process.env.STERLING_RESTARTS ?? 3);
const CLIENTS = 8;
const END_MS = 120000;

class Clients {
  constructor(world, people) {
    Object.assign(this, { world, people, next: 0, over: false, failed: [], ids: [] });
    this.agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  }

  post(body, key) {
    return new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const headers = { Authorization: `Bearer ${this.world.key}`, 'Sterling-Organization': 'acme', 'Idempotency-Key': key,
        'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
      const request = http.request(`${this.world.url}/v1/messages`, { method: 'POST', agent: this.agent, headers }, (answer) => {
        let got = '';
        answer.on('data', (piece) => (got += piece));
        answer.on('end', () => resolve({ status: answer.statusCode, body: got }));
        answer.on('error', reject);
      });
      request.on('error', reject);
      request.end(text);
    });
  }

  async client() {
    while (!this.over) {
      const { number, name } = this.people[this.next++];
      const body = { to: number, body: `Dear ${name}, your parcel is at the door.`, kind: 'transactional' };
      try {
        const answer = await this.post(body, `parcel ${number}`);
        if (answer.status === 202) this.ids.push(JSON.parse(answer.body).id);
        else this.failed.push(`${answer.status} ${answer.body}`);
      } catch (error) {
        this.failed.push(`${error.code}: ${error.message}`);
      }
      await pause(500);
    }
  }

  // Follows the live events over every end of the stream; a refused connection is a failure.
  follow() {
    if (this.over) return;
    const headers = { Authorization: `Bearer ${this.world.key}`, 'Sterling-Organization': 'acme' };
    const again = () => setTimeout(() => this.follow(), 10);
    this.stream = http.get(`http://127.0.0.1:${this.world.settings.events_port}/v1/events`, { headers }, (answer) => {
      this.streams = (this.streams ?? 0) + 1;
      answer.resume();
      answer.on('close', again);
      answer.on('error', () => {});
    });
    this.stream.on('error', (error) => {
      if (error.code === 'ECONNREFUSED') this.failed.push(`events: ${error.code}`);
      if (error.code !== 'ECONNRESET' || !this.stream.res) again();
    });
  }

  start() {
    this.running = Promise.all(Array.from({ length: CLIENTS }, () => this.client()));
    this.follow();
  }

  async stop() {
    this.over = true;
    await this.running;
    this.stream?.destroy();
    this.agent.destroy();
  }
}

// On a connection of its own: a kept one may have been closed by the restart.
function inDoubt(world) {
  return new Promise((resolve, reject) => {
    http.get(`${world.url}/metrics`, { agent: false }, (answer) => {
      let text = '';
      answer.on('data', (piece) => (text += piece));
      answer.on('end', () => resolve(Number(/^sterling_messages_in_doubt (\d+)$/m.exec(text)[1])));
    }).on('error', reject);
  });
}

test(`${RESTARTS} planned restarts under load`, async (t) => {
  t.diagnostic(`STERLING_CRASH_SEED=${seed}`);
  const world = await World.make(t, { seed, settings: { 'limits.long_code_per_min': 6000 } });
  world.holder = process.env.HOLD_SOCKETS;
  await world.start();
  await world.organization(20);
  await world.control('POST', 'faults', { per_million: { latency: 500000 }, latency_ms_min: 20, latency_ms_max: 600 });
  const named = path.join(world.data, 'server.json');
  let missed = false;
  const clients = new Clients(world, contacts(60000, random(seed)));
  t.after(() => clients.stop());
  clients.start();
  for (let n = 1; n <= RESTARTS; n++) {
    const before = clients.ids.length;
    await eventually('some messages more', END_MS, () => clients.failed.length > 0 || clients.ids.length >= before + 12, 10);
    world.server.child.kill('SIGHUP');
    await eventually(`restart ${n}`, END_MS, () => {
      missed ||= !fs.existsSync(named);
      return world.server.out.split('ended 0').length > n;
    }, 10);
    assert.ok(!missed, 'the address is held: who asks meanwhile waits for the next');
    assert.strictEqual(await inDoubt(world), 0, `in doubt after restart ${n}`);
    if (clients.failed.length > 0) break;
  }
  await clients.stop();
  const log = fs.readFileSync(world.log, 'utf8');
  assert.deepStrictEqual(clients.failed.slice(0, 5), [], log.slice(-2000));
  for (const bad of ['armed_attempts_in_doubt', 'stopped_with_answers_outstanding'])
    assert.ok(!log.includes(`"event":"${bad}"`), bad);
  assert.ok(clients.streams > RESTARTS, `only ${clients.streams} streams of events`);
  await eventually('all are sent', END_MS, async () => (await world.created()) >= clients.ids.length);
  const times = new Map();
  for (const e of await world.ledger()) times.set(e.to, (times.get(e.to) ?? 0) + 1);
  assert.strictEqual(times.size, clients.ids.length);
  assert.deepStrictEqual([...times].filter(([, n]) => n !== 1), []);
  t.diagnostic(`FIGURE ${RESTARTS} restarts, ${clients.ids.length} messages, ${clients.streams} event streams, 0 refused, 0 in doubt`);
  assert.strictEqual((await world.stop()).code, 0);
  assert.ok(fs.existsSync(named), 'the address is held: who asks meanwhile waits for the next');
});
