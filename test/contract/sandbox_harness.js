'use strict';
// Starts the sandbox (SANDBOX_MAIN) and a receiver of its webhooks, and points the official SDK at it: every
// request to https://HOST/path goes to http://127.0.0.1:PORT/HOST/path instead.

const { spawn } = require('node:child_process');
const http = require('node:http');
const { once } = require('node:events');
const twilio = require('twilio');
const RequestClient = require('twilio/lib/base/RequestClient');

class Rewriting extends (RequestClient.default || RequestClient) {
  constructor(base) {
    super();
    this.base = base;
    this.seen = [];
  }

  async request(options) {
    const uri = options.uri.startsWith(this.base) ? options.uri : options.uri.replace('https:/', this.base);
    const response = await super.request({ ...options, uri });
    this.seen.push({ method: options.method, uri: options.uri, status: response.statusCode, body: response.body });
    return response;
  }
}

async function startSandbox(...args) {
  const child = spawn(process.env.SANDBOX_MAIN, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const base = `http://127.0.0.1:${JSON.parse(line).port}`;

  async function control(method, path, body) {
    const answer = await fetch(`${base}/_sandbox${path}`, { method, body: body && JSON.stringify(body) });
    const json = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${json.error}`);
    return json;
  }

  const { account, test_account: testAccount } = await control('GET', '');
  const httpClient = new Rewriting(base);
  return {
    base,
    control,
    account,
    testAccount,
    httpClient,
    client: (sid = account.sid, token = account.auth_token, options = {}) =>
      twilio(sid, token, { httpClient, ...options }),
    stop: async () => {
      child.stdin.end();
      const [code] = await once(child, 'exit');
      if (code !== 0) throw new Error(`the sandbox ended with ${code}`);
    },
  };
}

// Takes webhooks and keeps them; `answer(request, response, params)` may be replaced.
async function startReceiver() {
  const receiver = { requests: [], waiting: [], answer: (request, response) => response.writeHead(204).end() };
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const params = Object.fromEntries(new URLSearchParams(body));
      const hook = { method: request.method, url: receiver.base + request.url, headers: request.headers, params, body };
      receiver.requests.push(hook);
      receiver.answer(request, response, params);
      receiver.waiting = receiver.waiting.filter((wait) => !wait());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  receiver.base = `http://127.0.0.1:${server.address().port}`;
  // Resolves with the requests that fit, once there are `count` of them.
  receiver.wait = (count, fits = () => true) =>
    new Promise((resolve) => {
      const check = () => {
        const found = receiver.requests.filter(fits);
        if (found.length < count) return false;
        resolve(found);
        return true;
      };
      if (!check()) receiver.waiting.push(check);
    });
  receiver.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return receiver;
}

// Asks until `ask` gives something true; each question waits for its answer, so that nothing spins.
async function eventually(ask) {
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

// Of our environment what a server under test gets, too; the last five move the time it believes in (script/check hours).
function inherited() {
  const names = ['PATH', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'STERLING_MUTANT', 'LD_PRELOAD', 'FAKETIME',
    'FAKETIME_DONT_FAKE_MONOTONIC', 'FAKETIME_FORCE_MONOTONIC_FIX', 'FAKETIME_DISABLE_SHM'];
  return Object.fromEntries(names.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
}

module.exports = { inherited, startSandbox, startReceiver, eventually, twilio };
