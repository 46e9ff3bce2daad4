'use strict';
// A proxy between Sterling and Twilio. One that answers 502 when its upstream died after the request costs nothing:
// each message is sent once. One that repeats the request instead makes two messages of one, which nobody behind it
// can keep from happening (docs/going-live.md asks for proxies that do not). Then Sterling has asked once, takes one
// of the two for its own, and lets what is told of the other change nothing.

const assert = require('node:assert');
const http = require('node:http');
const { once } = require('node:events');
const { test } = require('node:test');
const { World, contacts, eventually, random } = require('../crash/harness.js');

const MESSAGES = 20;
const END_MS = 60000;
const BAD_GATEWAY = { status: 502, headers: {}, body: 'Bad gateway' };

// Passes everything on. Of every second creation the first answer is thrown away, as if the upstream had died.
class Proxy {
  constructor({ repeats }) {
    Object.assign(this, { repeats, creations: 0 });
    this.server = http.createServer((request, response) =>
      this.take(request, response).catch(() => response.destroy())); // either side has gone
  }

  async start(upstream) {
    this.upstream = upstream;
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  async take(request, response) {
    const body = Buffer.concat(await request.toArray());
    let answer = await this.pass(request, body);
    if (request.method === 'POST' && request.url.endsWith('/Messages.json')) {
      if (++this.creations % 2 === 0) answer = this.repeats ? await this.pass(request, body) : BAD_GATEWAY;
    }
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  pass({ method, url, headers: asked }, body) {
    return new Promise((resolve, reject) => {
      const onward = http.request(this.upstream + url, { method, headers: asked, agent: false }, (answer) => {
        const headers = { 'Content-Type': answer.headers['content-type'] ?? 'text/plain' };
        answer.toArray().then((parts) => resolve({ status: answer.statusCode, headers, body: Buffer.concat(parts) }), reject);
      });
      onward.on('error', reject);
      onward.end(body);
    });
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

// Sends messages through the proxy until all are delivered and nothing is under way. Gives them as Sterling has them.
async function sendThrough(t, proxy) {
  const world = await World.make(t, { seed: 7 });
  world.settings['twilio.base_url'] = await proxy.start(world.sandboxUrl);
  t.after(() => proxy.close());
  await world.start();
  await world.organization(4);
  for (const { number } of contacts(MESSAGES, random(7)))
    await world.api('POST', 'messages', { to: number, body: 'Your code is 1234', kind: 'transactional' });
  const messages = await eventually('all are delivered', END_MS, async () => {
    const page = (await world.api('GET', 'messages?limit=200')).data;
    return page.length === MESSAGES && page.every((m) => m.state === 'delivered') ? page : null;
  });
  await eventually('no webhook is on its way', END_MS, async () => {
    const stats = await world.control('GET', 'stats');
    return stats.webhooks_waiting === 0 && stats.webhooks_out === 0;
  });
  const verdict = await world.control('POST', 'oracle', { id_param: '/status/' });
  const denied = await world.metric('sterling_callbacks_denied_total');
  return { messages, denied, ledger: await world.ledger(), duplicates: verdict.duplicates };
}

test('behind a proxy that answers 502 for an upstream that died each message is sent once', async (t) => {
  const proxy = new Proxy({ repeats: false });
  const { messages, denied, ledger, duplicates } = await sendThrough(t, proxy);

  assert.strictEqual(proxy.creations, MESSAGES);
  assert.strictEqual(duplicates, 0);
  assert.strictEqual(denied, 0);
  assert.deepStrictEqual(messages.map((m) => m.sid).sort(), ledger.map((e) => e.sid).sort());
});

test('a proxy that repeats doubles messages, as the ledger shows; Sterling asked once and knows one of each', async (t) => {
  const proxy = new Proxy({ repeats: true });
  const { messages, denied, ledger, duplicates } = await sendThrough(t, proxy);

  assert.strictEqual(proxy.creations, MESSAGES);
  assert.strictEqual(ledger.length, MESSAGES + MESSAGES / 2);
  assert.strictEqual(duplicates, MESSAGES / 2);
  const sids = new Map(ledger.map((e) => [e.sid, e.to]));
  for (const m of messages) assert.strictEqual(sids.get(m.sid), m.to);
  assert.strictEqual(new Set(messages.map((m) => m.sid)).size, MESSAGES);
  assert.ok(denied >= MESSAGES / 2, `callbacks of the others must be refused, ${denied} were`);
});
