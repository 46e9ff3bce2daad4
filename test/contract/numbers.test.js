'use strict';
// Numbers and Messaging Services by the server itself, through a relay that judges every request and every answer by
// Twilio's OpenAPI files; and the server dying around a purchase, after which the sandbox says that nothing was bought twice.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { inherited, startSandbox, eventually } = require('./sandbox_harness');
const { checkAnswer, checkRequest } = require('./openapi');

const LONG = { timeout: 60000 };
const hostOf = (url) => (url.startsWith('/2010-04-01/') ? 'api.twilio.com' : 'messaging.twilio.com');
const PURCHASE = /^POST \/2010-04-01\/Accounts\/AC\w+\/IncomingPhoneNumbers\.json$/;

let sandbox;
let relay;
let server;
let tenant;
let service;
let die; // how the server ends at the next purchase: 'before' it reaches Twilio, or 'after' it was made
const faults = [];
const kinds = new Set();
const guard = (what, judge) => {
  try {
    return judge();
  } catch (error) {
    faults.push(`${what}: ${error.message}`);
    return undefined;
  }
};

async function pass(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString('utf8');
  const url = `https://${hostOf(request.url)}${request.url}`;
  const account = Buffer.from(request.headers.authorization.slice(6), 'base64').toString().split(':')[0];
  if (tenant && account !== tenant.sid && !/Messages|Alerts/.test(request.url)) faults.push(`${account}: ${request.url}`);
  if (!/Messages|Alerts/.test(request.url))
    kinds.add(guard(`${request.method} ${url} ${body}`, () => checkRequest(request.method, url, body)));
  const bought = die && PURCHASE.test(`${request.method} ${request.url}`) && die;
  if (bought) die = undefined;
  if (bought === 'before') return server.kill();
  const type = request.headers['content-type'];
  const answer = await fetch(sandbox.base + request.url, {
    method: request.method, body: request.method === 'POST' ? body : undefined,
    headers: { authorization: request.headers.authorization, ...(type && { 'content-type': type }) },
  });
  const text = await answer.text();
  if (bought === 'after') return server.kill();
  if (answer.status < 300 && text && !/Messages|Alerts/.test(request.url))
    guard(url, () => checkAnswer(request.method, url, answer.status, JSON.parse(text)));
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text.replaceAll(sandbox.base, relay.base));
  return undefined;
}

async function startRelay() {
  const made = http.createServer((request, response) => {
    pass(request, response).catch((error) => faults.push(error.message));
  });
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  return { base: `http://127.0.0.1:${made.address().port}`, stop: () => { made.closeAllConnections(); made.close(); } };
}

// A process that can be killed and started again over what it left.
class Sterling {
  constructor() {
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'sterling-numbers-'));
  }

  async start() {
    const settings = {
      port: 0, events_port: 0, data_dir: this.dir, 'twilio.base_url': relay.base, 'onboarding.settle_ms': 200,
      'reconcile.every_ms': 86400000, 'drift.every_ms': 0, 'numbers.requests_per_min': 60000,
    };
    fs.rmSync(path.join(this.dir, 'server.json'), { force: true });
    this.child = spawn(process.env.STERLING, ['serve', '--sandbox', ...Object.entries(settings).map(([k, v]) => `--${k}=${v}`)], {
      env: {
        ...inherited(), TWILIO_ACCOUNT_SID: sandbox.account.sid, TWILIO_AUTH_TOKEN: sandbox.account.auth_token,
      },
      stdio: ['ignore', 'ignore', fs.openSync(path.join(this.dir, 'log'), 'a')],
    });
    this.exited = once(this.child, 'exit');
    // It may die at its first purchase, before it said where it listens.
    const ended = () => this.child.exitCode !== null || this.child.signalCode !== null;
    await eventually(() => ended() || fs.existsSync(path.join(this.dir, 'server.json')));
    if (ended()) return;
    this.url = JSON.parse(fs.readFileSync(path.join(this.dir, 'server.json'), 'utf8')).url;
    this.key = fs.readFileSync(path.join(this.dir, 'operator.key'), 'utf8').trim();
  }

  kill() {
    this.child.kill('SIGKILL');
  }

  async call(method, what, body, slug = 'acme') {
    const answer = await fetch(`${this.url}/v1/${what}`, {
      method, body: body && JSON.stringify(body),
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json', ...(slug && { 'Sterling-Organization': slug }) },
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${what}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  async stop() {
    this.child.kill('SIGTERM');
    await this.exited;
    fs.rmSync(this.dir, { recursive: true });
  }
}

const client = () => sandbox.client(tenant.sid, tenant.auth_token);
const becomes = (id, state) => eventually(async () => {
  const now = await server.call('GET', `numbers/${id}`);
  return now.state === state && now;
});
const look = async (repair = false) => {
  await server.call('POST', 'drift', { repair });
  return eventually(async () => {
    const now = await server.call('GET', 'drift');
    assert.equal(now.why, null);
    return now.state === 'idle' && now.looked_at && now;
  });
};

before(async () => {
  sandbox = await startSandbox();
  relay = await startRelay();
  server = new Sterling();
  await server.start();
  const made = await sandbox.control('POST', '/accounts', { friendly_name: 'acme' });
  tenant = made;
  service = await client().messaging.v1.services.create({ friendlyName: 'acme' });
  await server.call('POST', 'organizations', {
    slug: 'acme', name: 'Acme', account_sid: tenant.sid, auth_token: tenant.auth_token,
    program: { messaging_service_sid: service.sid, use_case: 'MARKETING' },
  }, '');
}, LONG);
after(async () => {
  await server?.stop();
  relay?.stop();
  await sandbox?.stop();
});

test('a number\'s whole life is asked for as Twilio\'s OpenAPI files allow', LONG, async () => {
  const offers = await server.call('GET', 'numbers/available?area_code=415&mms=true&voice=true&region=CA&near_number=%2B14155550100&distance_miles=20&limit=3');
  assert.equal(offers.data.length, 3);
  const { data: [one] } = await server.call('POST', 'numbers', { area_code: '415', monthly_cost_max_micros: 1150000 });
  const bought = await becomes(one.id, 'active');
  const there = await client().incomingPhoneNumbers(bought.sid).fetch();
  assert.equal(there.phoneNumber, bought.number);
  await client().incomingPhoneNumbers(bought.sid).update({ smsUrl: 'https://elsewhere.example/' });
  await client().messaging.v1.services(service.sid).update({ stickySender: false, inboundRequestUrl: 'https://elsewhere.example/' });
  await client().messaging.v1.services(service.sid).phoneNumbers(bought.sid).remove();
  assert.equal((await look()).repaired, 0);
  await look(true);
  const { found, findings } = await look();
  assert.deepEqual([found, findings], [0, []]);
  const right = await client().messaging.v1.services(service.sid).fetch();
  assert.deepEqual([right.stickySender, right.usecase, right.useInboundWebhookOnNumber], [true, 'marketing', false]);
  await server.call('POST', `numbers/${one.id}/quarantine`, { days: 0 });
  await server.call('POST', `numbers/${one.id}/release`);
  await becomes(one.id, 'released');
  assert.deepEqual(await client().incomingPhoneNumbers.list(), []);
  assert.deepEqual(faults, []);
  assert.ok(kinds.size >= 8, [...kinds].join('\n'));
});

test('whoever dies around a purchase, each number is bought once', LONG, async () => {
  die = 'after';
  await server.call('POST', 'numbers', { count: 3, monthly_cost_max_micros: 3450000 })
    .catch((error) => assert.ok(error.cause, error)); // it may die before it has answered
  for (const then of ['before', 'after', undefined]) {
    await server.exited;
    die = then;
    await server.start();
  }
  const data = (await server.call('GET', 'numbers')).data.filter((one) => one.state !== 'released');
  assert.equal(data.length, 3);
  const numbers = [];
  for (const { id } of data) numbers.push((await becomes(id, 'active')).number);
  assert.equal(new Set(numbers).size, 3);
  const there = (await client().incomingPhoneNumbers.list()).map((one) => one.phoneNumber);
  assert.deepEqual(there.sort(), numbers.sort());
  assert.deepEqual((await client().messaging.v1.services(service.sid).phoneNumbers.list()).map((one) => one.phoneNumber).sort(), numbers);
  const { data: senders } = await server.call('GET', 'senders');
  assert.deepEqual(senders.map((one) => one.address).sort(), numbers);
  assert.deepEqual(faults, []);
});
