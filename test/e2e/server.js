'use strict';
// Starts `sterling serve --sandbox` (STERLING) on free ports in a directory of its own, and drives it the way a
// user does: by the command line. Remembers every number and secret that passed, so that the log can be searched
// for them.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const STERLING = process.env.STERLING;

// How the program ends (sterling --help).
const DONE = 0;
const FAILED = 1;
const USAGE = 2;
const NOT_FOUND = 3;
const REFUSED = 4;
const UNREACHABLE = 5;

function environment(more) {
  const env = { PATH: process.env.PATH, LANG: 'C.UTF-8' };
  for (const name of ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS', 'TMPDIR', 'GCOV_PREFIX', 'GCOV_PREFIX_STRIP',
    'STERLING_MUTANT', 'LD_PRELOAD', 'FAKETIME', 'FAKETIME_DONT_FAKE_MONOTONIC', 'FAKETIME_FORCE_MONOTONIC_FIX',
    'FAKETIME_DISABLE_SHM'])
    if (process.env[name]) env[name] = process.env[name];
  return { ...env, ...more };
}

// Looking for leaks, and around each global, is most of what a command costs, and the tests give hundreds. `script/check
// deep asan` does; a server is always looked through.
function cheaply(args) {
  const asan = process.env.ASAN_OPTIONS;
  return asan && args[0] !== 'serve' && !process.env.STERLING_ALL_OF_COMMANDS
    ? { ASAN_OPTIONS: `${asan}:detect_leaks=0:report_globals=0` } : {};
}

// Runs the program to its end. `input` goes to standard input; `heard` gets what it says on standard error as it comes.
async function run(args, { env = {}, input, heard = () => {} } = {}) {
  const child = spawn(STERLING, args, { env: environment({ ...cheaply(args), ...env }), stdio: ['pipe', 'pipe', 'pipe'] });
  const out = [];
  const err = [];
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.on('data', (chunk) => { err.push(chunk); heard(chunk); });
  child.stdin.on('error', () => {});
  child.stdin.end(input === undefined ? '' : input);
  const [code, signal] = await once(child, 'close');
  const result = { code: signal || code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
  if (/Sanitizer|runtime error/.test(result.err)) throw new Error(result.err);
  return result;
}

// A command ended with that code, and its words hold these.
function refused(result, code, ...words) {
  assert.equal(result.code, code, `${result.code}: ${result.err}${result.out}`);
  for (const word of words) assert.match(result.err, word);
}

// Asks until `ask` gives something true; each question waits for its answer, so that nothing spins.
async function eventually(ask, what) {
  const until = Date.now() + 20000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > until) throw new Error(`never came: ${what || ask}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

class Server {
  constructor(dir) {
    this.dir = dir || fs.mkdtempSync(path.join(os.tmpdir(), 'sterling-e2e-'));
    this.logFile = path.join(this.dir, 'serve.log');
    this.secrets = new Set();
  }

  async start(...flags) {
    const serverFile = path.join(this.dir, 'server.json');
    fs.rmSync(serverFile, { force: true });
    const log = fs.openSync(this.logFile, 'a');
    this.child = spawn(
      STERLING,
      ['serve', '--sandbox', '--port=0', '--events_port=0', `--data_dir=${this.dir}`, '--log.level=debug', ...flags],
      { env: environment({}), stdio: ['ignore', 'ignore', log] },
    );
    fs.closeSync(log);
    this.exited = once(this.child, 'exit');
    this.exited.then(([code, signal]) => (this.ended = signal || code));
    await eventually(() => fs.existsSync(serverFile) || this.ended !== undefined, 'server.json');
    if (this.ended !== undefined) throw new Error(`serve ended: ${this.log()}`);
    Object.assign(this, JSON.parse(fs.readFileSync(serverFile, 'utf8')));
    this.operatorKey = fs.readFileSync(path.join(this.dir, 'operator.key'), 'utf8').trim();
    this.keep(this.operatorKey);
    return this;
  }

  keep(secret) {
    this.secrets.add(secret);
    return secret;
  }

  keepNumbers(...texts) {
    for (const text of texts)
      for (const number of text.match(/\+1[2-9]\d{9}/g) || []) this.keep(number.slice(1));
  }

  log() {
    return fs.readFileSync(this.logFile, 'utf8');
  }

  // The command line against this server. `org` acts for an organization; `key` replaces the operator's.
  async cli(args, { org, key, input, heard, env = {} } = {}) {
    const more = { STERLING_DATA_DIR: this.dir, ...env };
    if (org) more.STERLING_ORG = org;
    if (key) more.STERLING_API_KEY = key;
    const result = await run(args, { env: more, input, heard });
    this.keepNumbers(result.out, ...args, typeof input === 'string' ? input : '');
    return result;
  }

  async json(args, options) {
    const result = await this.cli([...args, '--json'], options);
    if (result.code !== 0) throw new Error(`${args.join(' ')}: ${result.code}: ${result.err}`);
    return JSON.parse(result.out);
  }

  // The API itself, for what the command line would not send, for setting up, and for what is asked again and again.
  async api(method, route, { key = this.operatorKey, org, body, headers = {} } = {}) {
    const all = { authorization: `Bearer ${key}`, ...headers };
    if (org) all['sterling-organization'] = org;
    if (body !== undefined && !all['content-type']) all['content-type'] = 'application/json';
    const answer = await fetch(this.url + route, { method, headers: all, body });
    const text = await answer.text();
    this.keepNumbers(text, typeof body === 'string' ? body : '');
    return { status: answer.status, type: answer.headers.get('content-type'), headers: answer.headers, body: text ? JSON.parse(text) : null };
  }

  async done(method, route, { org, body } = {}) {
    const answer = await this.api(method, route, { org, body: body && JSON.stringify(body) });
    if (answer.status >= 300) throw new Error(`${method} ${route}: ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  get(route, { org } = {}) { return this.done('GET', `/v1/${route}`, { org }); }
  post(route, body, { org } = {}) { return this.done('POST', `/v1/${route}`, { org, body }); }
  patch(route, body, { org } = {}) { return this.done('PATCH', `/v1/${route}`, { org, body }); }

  // Live events of an organization, after the one with that id, until there are enough.
  async listen(org, lastId, enough) {
    const abort = new AbortController();
    const headers = { authorization: `Bearer ${this.operatorKey}`, 'sterling-organization': org };
    if (lastId) headers['last-event-id'] = lastId;
    const answer = await fetch(`${this.events_url}/v1/events`, { headers, signal: abort.signal });
    if (answer.status !== 200) throw new Error(`events: ${answer.status}`);
    const events = [];
    let text = '';
    const reading = (async () => {
      for await (const chunk of answer.body) {
        text += Buffer.from(chunk).toString();
        for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
          const fields = Object.fromEntries(text.slice(0, end).split('\n').filter((line) => line.includes(': '))
            .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
          if (fields.data) events.push({ id: fields.id, type: fields.event, data: JSON.parse(fields.data) });
        }
        if (enough(events)) break;
      }
    })();
    return { events, done: () => reading, close: () => abort.abort() };
  }

  async control(method, route, body) {
    const answer = await fetch(`${this.sandbox_url}/_sandbox${route}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${route}: ${text}`);
    return text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
  }

  // What the provider truly received for these numbers (all, if none are given).
  async received(numbers) {
    const { entries } = await this.control('GET', '/ledger?limit=100000');
    return numbers ? entries.filter((entry) => numbers.has(entry.to)) : entries;
  }

  async metric(name) {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)[1]);
  }

  async stop() {
    if (this.ended !== undefined) return this.ended;
    this.child.kill('SIGTERM');
    const [code, signal] = await this.exited;
    return signal || code;
  }

  remove() {
    if (this.ended === undefined) this.child.kill('SIGKILL');
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

module.exports = { DONE, FAILED, USAGE, NOT_FOUND, REFUSED, UNREACHABLE, Server, run, refused, eventually, STERLING };
