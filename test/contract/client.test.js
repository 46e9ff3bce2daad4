'use strict';
// Our client of Lookup and Verify against the sandbox, through a relay that judges every request by Twilio's OpenAPI
// files: what it sends is what they allow, and what it reads is what was answered.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const http = require('node:http');
const readline = require('node:readline');
const { test, before, after } = require('node:test');
const { startSandbox } = require('./sandbox_harness');
const { checkRequest } = require('./openapi');

const LONG = { timeout: 30000 };
const TO = '12125550100';
let sandbox;
let relay;
let client;
const judged = [];
const faults = [];

// Products share the relay's port; the path tells which is meant.
const hostOf = (path) => (path.startsWith('/v2/PhoneNumbers') ? 'lookups.twilio.com' : 'verify.twilio.com');

async function startRelay() {
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    try {
      judged.push(checkRequest(request.method, `https://${hostOf(request.url)}${request.url}`, body));
    } catch (error) {
      faults.push(error.message);
    }
    const { authorization, 'content-type': type } = request.headers;
    const headers = { authorization, ...(type && { 'content-type': type }) };
    const answer = await fetch(sandbox.base + request.url, { method: request.method, headers, body: body || undefined });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { base: `http://127.0.0.1:${server.address().port}`, stop: () => { server.closeAllConnections(); server.close(); } };
}

function startClient(base, account) {
  const child = spawn(process.env.CLIENT_MAIN, [base, account.sid, account.auth_token], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ask: async (...words) => {
      child.stdin.write(`${words.join(' ')}\n`);
      return JSON.parse((await lines.next()).value);
    },
    stop: async () => {
      child.stdin.end();
      const [code] = await once(child, 'exit');
      assert.equal(code, 0);
    },
  };
}

before(async () => {
  sandbox = await startSandbox('31', 'steady');
  relay = await startRelay();
  client = startClient(relay.base, sandbox.account);
});
after(async () => {
  await client.stop();
  relay.stop();
  await sandbox.stop();
});

test('a number is looked up', LONG, async () => {
  const found = await client.ask('lookup', TO);
  assert.deepEqual([found.err, found.number, found.valid, found.country, found.type, found.carrier, found.mcc, found.mnc],
    ['ok', `+${TO}`, true, 'US', 'mobile', 'Verizon Wireless', '311', '480']);
  assert.equal((await client.ask('lookup', '12125559401')).type, 'landline');
  const impossible = await client.ask('lookup', '1212555');
  assert.deepEqual([impossible.err, impossible.valid, impossible.invalid], ['ok', false, 'TOO_SHORT']);
  assert.equal((await client.ask('lookup', '12125559608')).line_error, 60608);
});

test('who has a number now is asked with the day it was last known', LONG, async () => {
  await sandbox.control('POST', '/handsets', { number: `+${TO}`, reassigned_on: '2026-05-01' });
  assert.equal((await client.ask('lookup', TO, '20260401')).reassigned, 3);
  assert.equal((await client.ask('lookup', TO, '20260601')).reassigned, 2);
  assert.equal((await client.ask('lookup', TO)).reassigned, 0);
  assert.equal((await client.ask('lookup', '12125559501', '20260601')).reassigned, 1);
});

test('a person is verified, and the code is in no answer', LONG, async () => {
  const { sid: service } = await client.ask('service', 'Shop');
  assert.match(service, /^VA[0-9a-f]{32}$/);
  assert.equal((await client.ask('services'))[service], 'Shop');
  const started = await client.ask('start', service, TO);
  assert.deepEqual([started.err, started.status, started.sends], ['ok', 'pending', 1]);
  const [{ code }] = (await sandbox.control('GET', '/codes')).codes;
  const wrong = await client.ask('check', service, started.sid, code === '000000' ? '111111' : '000000');
  assert.deepEqual([wrong.err, wrong.status, wrong.valid], ['ok', 'pending', false]);
  assert.equal((await client.ask('fetch', service, started.sid)).status, 'pending');
  assert.equal((await client.ask('find', service, TO)).sid, started.sid);
  assert.equal((await client.ask('find', service, '12125550199')).err, 'not_found');
  const right = await client.ask('check', service, started.sid, code);
  assert.deepEqual([right.err, right.status, right.valid], ['ok', 'approved', true]);
  const again = await client.ask('check', service, started.sid, code);
  assert.equal(again.err, 'not_found');
  for (const answer of [started, wrong, right, again]) assert.ok(!JSON.stringify({ ...answer, sid: '' }).includes(code));
  const other = await client.ask('start', service, '12125550111');
  assert.equal((await client.ask('cancel', service, other.sid)).status, 'canceled');
  for (let i = 0; i < 5; i += 1) await client.ask('start', service, '12125550112');
  const refused = await client.ask('start', service, '12125550112');
  assert.deepEqual([refused.err, refused.error_code], ['limit', 60203]);
});

test('every request was as Twilio has it', LONG, () => {
  assert.deepEqual(faults, []);
  for (const name of ['FetchPhoneNumber', 'CreateService', 'ListService', 'CreateVerification', 'FetchVerification',
    'UpdateVerification', 'CreateVerificationCheck']) assert.ok(judged.includes(name), name);
});
