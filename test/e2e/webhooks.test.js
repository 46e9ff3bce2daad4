'use strict';
// Tenants' webhooks as their receiver meets them: the page's own example verifies them, what fails comes again under the
// same id, ends as a dead letter and can be replayed; private addresses and redirects are refused.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { Server, eventually } = require('./server.js');

const PAGE = fs.readFileSync(path.join(__dirname, '../../docs/webhooks.md'), 'utf8');
const example = PAGE.match(/```js\n([\s\S]*?)```/)[1];
const verify = new Function('require', `${example}; return verify;`)(require);

const server = new Server();
const receiver = http.createServer();
const received = [];
let answers = [];
let base;

before(async () => {
  receiver.on('request', async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    received.push({ path: request.url, event: request.headers['sterling-event'],
      signature: request.headers['sterling-signature'], body: Buffer.concat(pieces) });
    const [status, location] = answers.shift() || [204];
    response.writeHead(status, location ? { location } : {}).end();
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${receiver.address().port}`;
  await server.start('--hooks.allow_private=true', '--hooks.attempts_max=2', '--hooks.retry_first_ms=1');
});

after(() => {
  receiver.close();
  receiver.closeAllConnections();
  server.remove();
});

async function webhook(org, url) {
  await server.json(['org', 'create', org]);
  const made = await server.api('POST', '/v1/webhooks', { org, body: JSON.stringify({ url, events: ['consent'] }) });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body;
}

async function optOut(org, number) {
  const made = await server.api('POST', '/v1/consents', { org,
    body: JSON.stringify({ number, state: 'opted_out', evidence: 'by telephone' }) });
  assert.equal(made.status, 201);
}

const at = (route) => received.filter((r) => r.path === route);
const dead = async (org, id) => (await server.api('GET', `/v1/webhooks/${id}/dead`, { org })).body.data;

test('an event is signed as the page says, and its example takes no other', async () => {
  const hook = await webhook('signed', `${base}/signed`);
  await optOut('signed', '+12125550301');
  const [one] = await eventually(() => at('/signed').length > 0 && at('/signed'), 'the delivery');
  const event = verify(hook.secret, one.signature, one.body);
  assert.equal(event.id, one.event);
  assert.equal(event.type, 'consent.opted_out');
  assert.equal(event.data.number, '+12125550301');
  assert.equal(verify('whsec_other', one.signature, one.body), null);
  assert.equal(verify(hook.secret, one.signature, Buffer.concat([one.body, Buffer.from(' ')])), null);
  assert.equal(verify(hook.secret, undefined, one.body), null);
  const old = Math.floor(Date.now() / 1000) - 3600;
  const mac = crypto.createHmac('sha256', hook.secret).update(`${old}.`).update(one.body).digest('hex');
  assert.equal(verify(hook.secret, `t=${old},v1=${mac}`, one.body), null, 'an old one');
});

test('what fails comes again under its id, ends as a dead letter, and can be replayed', async () => {
  const hook = await webhook('failing', `${base}/failing`);
  answers = [[500], [302, `${base}/elsewhere`]];
  await optOut('failing', '+12125550302');
  const [letter] = await eventually(async () => {
    const letters = await dead('failing', hook.id);
    return letters.length > 0 && letters;
  }, 'the dead letter');
  assert.match(JSON.stringify(letter), /302; redirects are not followed/);
  assert.equal(at('/failing').length, 2);
  assert.equal(new Set(at('/failing').map((r) => r.event)).size, 1);
  assert.equal(at('/elsewhere').length, 0);
  const again = await server.api('POST', `/v1/webhooks/${hook.id}/replay`, { org: 'failing', body: '{}' });
  assert.deepEqual([again.status, again.body], [202, { replayed: 1 }]);
  await eventually(() => at('/failing').length === 3, 'the replay');
  assert.equal(new Set(at('/failing').map((r) => r.event)).size, 1);
  await eventually(async () => (await dead('failing', hook.id)).length === 0, 'an empty list of dead letters');
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^sterling_webhooks_delivered_total [1-9]/m);
  assert.match(metrics, /^sterling_webhooks_dead_total 1$/m);
});

test('addresses of the inside are refused by name and number', async () => {
  assert.equal(await server.stop(), 0);
  server.ended = undefined;
  await server.start('--hooks.attempts_max=1');
  const calls = received.length;
  const plain = await server.api('POST', '/v1/webhooks', { org: 'signed', body: JSON.stringify({ url: base }) });
  assert.equal(plain.status, 422);
  assert.match(JSON.stringify(plain.body), /https/);
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '10.0.0.1', '169.254.169.254', '[::ffff:127.0.0.1]']) {
    const org = `inside-${crypto.createHash('md5').update(host).digest('hex').slice(0, 8)}`;
    const hook = await webhook(org, `https://${host}:${receiver.address().port}/`);
    await optOut(org, '+12125550303');
    const [letter] = await eventually(async () => {
      const letters = await dead(org, hook.id);
      return letters.length > 0 && letters;
    }, `the dead letter of ${host}`);
    assert.match(JSON.stringify(letter), /private/, host);
  }
  assert.equal(received.length, calls);
});
