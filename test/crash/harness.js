'use strict';
// Runs the sandbox and the server as processes of their own, on loopback, so that one can be killed and the
// other remembers what truly happened. STERLING names the binary.

const { spawn, spawnSync } = require('node:child_process');
const { randomInt } = require('node:crypto');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const STERLING = process.env.STERLING;
const ACCOUNT = { sid: 'AC00000000000000000000000000c2a540', token: '00000000000000000000000000c2a541' };
const READY_MS = 60000;

// A small generator of our own (mulberry32), so that a seed means the same run everywhere.
function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { next, below: (n) => Math.floor(next() * n) };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// What no waiting mends.
class Dead extends Error {}

// Asks until `ask` gives something true; says `what` was awaited when it takes too long.
async function eventually(what, limitMs, ask, everyMs = 100) {
  const until = Date.now() + limitMs;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
    } catch (error) {
      if (error instanceof Dead) throw error;
      last = error;
    }
    if (Date.now() > until) throw new Error(`${what}: not within ${limitMs} ms`, { cause: last });
    await pause(everyMs);
  }
}

// Not of those that the system gives to outgoing connections: one of them could take the port while its server is dead.
// Nor one that fetch refuses to ask: 10080 is its last.
const FIRST_PORT = 10081;
const LAST_PORT = Number(fs.readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]) - 1;

function listening(port) {
  const server = net.createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

async function freePorts(count) {
  const servers = [];
  while (servers.length < count) {
    const server = await listening(randomInt(FIRST_PORT, LAST_PORT));
    if (server) servers.push(server);
  }
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function environment(extra) {
  const env = { PATH: process.env.PATH, HOME: os.tmpdir() };
  // The last five move the time it believes in (script/check hours).
  for (const name of ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS', 'LD_LIBRARY_PATH', 'STERLING_MUTANT', 'LD_PRELOAD', 'FAKETIME',
    'FAKETIME_DONT_FAKE_MONOTONIC', 'FAKETIME_FORCE_MONOTONIC_FIX', 'FAKETIME_DISABLE_SHM'])
    if (process.env[name]) env[name] = process.env[name];
  return { ...env, ...extra };
}

// A process that says "listens on URL" when it is ready.
class Daemon {
  constructor(args, env, log, program = STERLING) {
    this.out = '';
    this.errors = '';
    this.child = spawn(program, args, { env: environment(env), stdio: ['ignore', 'pipe', log ?? 'pipe'] });
    this.child.stdout.on('data', (text) => (this.out += text));
    this.child.stderr?.on('data', (text) => (this.errors += text));
    this.exited = new Promise((resolve) => {
      this.child.on('close', (code, signal) => resolve({ code, signal }));
      this.child.on('error', (error) => resolve({ error: error.message }));
    });
    this.exited.then((how) => (this.ended = how));
  }

  async ready() {
    await eventually(`${this.child.spawnargs[1]} listens`, READY_MS, () => this.ended || this.out.includes('listens on'), 10);
    if (this.ended) throw new Dead(`ended with ${JSON.stringify(this.ended)}: ${this.errors}`);
    return /listens on (\S+)/.exec(this.out)[1];
  }

  async end(signal) {
    this.child.kill(signal);
    return this.exited;
  }
}

async function json(method, url, body, headers = {}, type = 'application/json') {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(url, {
    method, body: text, headers: { ...(text === undefined ? {} : { 'Content-Type': type }), ...headers },
  }).catch((error) => {
    const why = error.cause ?? error;
    throw new Error(`${method} ${url}: ${why.code ?? why.message}`, { cause: why });
  });
  const got = await answer.text();
  if (!answer.ok)
    throw Object.assign(new Error(`${method} ${url}: ${answer.status} ${got.slice(0, 500)}`), { status: answer.status });
  return got === '' ? null : JSON.parse(got);
}

// The world of one test: a directory, a sandbox that lives as long as the test, and a server that may not.
class World {
  static async make(t, { seed, settings = {} }) {
    const world = new World();
    const [sandboxPort, port, eventsPort] = await freePorts(3);
    world.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sterling-crash-'));
    world.data = path.join(world.directory, 'data');
    world.log = path.join(world.directory, 'server.log');
    world.sandboxUrl = `http://127.0.0.1:${sandboxPort}`;
    world.url = `http://127.0.0.1:${port}`;
    world.settings = {
      port, events_port: eventsPort, data_dir: world.data, 'twilio.base_url': world.sandboxUrl,
      quiet_hours: false, 'consent.marketing': false, 'reconcile.first_ms': 1000, 'reconcile.second_ms': 1000,
      'reconcile.per_min': 60000, 'reconcile.every_ms': 1000, 'reconcile.stuck_ms': 5000,
      'provider.timeout_ms': 3000, 'provider.connect_timeout_ms': 1000, 'provider.idle_max_ms': 2000,
      'send.retry_first_ms': 200, 'send.retry_max_ms': 2000, 'send.attempts_max': 50, ...settings,
    };
    t.after(() => world.close(t));
    world.sandbox = new Daemon(['sandbox', '--port', String(sandboxPort), '--seed', String(seed),
      '--account-sid', ACCOUNT.sid, '--auth-token', ACCOUNT.token]);
    await world.sandbox.ready();
    return world;
  }

  flags(settings = this.settings) {
    return Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  }

  spawn(settings = {}, log = undefined, failpoint = undefined) {
    const env = { TWILIO_ACCOUNT_SID: ACCOUNT.sid, TWILIO_AUTH_TOKEN: ACCOUNT.token, ...this.environment };
    if (failpoint) env.STERLING_FAILPOINT = failpoint;
    const all = { ...this.settings, ...settings };
    const args = ['serve', '--sandbox', ...this.flags(all)];
    // A holder keeps the listening sockets while the server restarts (test/hostile/hold_sockets.c).
    if (this.descriptors)
      return new Daemon(['-c', `ulimit -n ${this.descriptors}; exec "$0" "$@"`, STERLING, ...args], env, log, '/bin/sh');
    if (!this.holder) return new Daemon(args, env, log);
    return new Daemon([String(all.port), String(all.events_port), STERLING, ...args], env, log, this.holder);
  }

  // Without waiting for it to be ready: a kill may come first.
  launch(failpoint) {
    const log = fs.openSync(this.log, 'a');
    this.server = this.spawn({}, log, failpoint);
    fs.closeSync(log);
    return this.server;
  }

  async start() {
    await this.launch().ready().catch((error) => {
      throw new Dead(`${error.message}\n${this.logTail()}`);
    });
    this.key = fs.readFileSync(path.join(this.data, 'operator.key'), 'utf8').trim();
    await this.assertLedgers().catch((error) => {
      // It may have died at a failpoint meanwhile, or not have read back yet what it needs.
      if (!error.cause && error.status !== 503) throw error;
    });
  }

  // However it died: every consent ledger is as it was written.
  async assertLedgers() {
    const call = (at, slug) => json('GET', `${this.url}/v1/${at}`, undefined,
      { Authorization: `Bearer ${this.key}`, ...(slug ? { 'Sterling-Organization': slug } : {}) });
    const orgs = (await call('organizations?limit=200')).data;
    for (const { slug } of [{}, ...orgs]) { // the installation has one too
      for (let after = ''; after !== null;) {
        const check = await call(`consents/verify${after}`, slug);
        if (!check.sound) throw new Error(`the consent ledger of ${slug ?? 'the installation'}: ${JSON.stringify(check)}`);
        after = check.finished ? null : `?after=${check.next}`;
      }
    }
  }

  kill() {
    this.assertAlive();
    return this.server.end('SIGKILL');
  }

  stop() {
    return this.server.end('SIGTERM');
  }

  async close(t) {
    if (this.server && !this.server.ended) await this.server.end('SIGKILL');
    if (this.sandbox && !this.sandbox.ended) await this.sandbox.end('SIGTERM');
    if (process.env.STERLING_CRASH_KEEP) t.diagnostic(`kept: ${this.directory}`);
    else fs.rmSync(this.directory, { recursive: true, force: true });
  }

  control(method, what, body) {
    return json(method, `${this.sandboxUrl}/_sandbox/${what}`, body);
  }

  // `more`: {slug} acts for another organization than acme, {type} and {headers} go with the request.
  api(method, what, body, more = {}) {
    this.assertAlive();
    const act = what.startsWith('organizations') ? {} : { 'Sterling-Organization': more.slug ?? 'acme' };
    const headers = { Authorization: `Bearer ${this.key}`, ...act, ...more.headers };
    return json(method, `${this.url}/v1/${what}`, body, headers, more.type);
  }

  // Of the whole installation, whoever it concerns.
  async metric(name) {
    this.assertAlive();
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const found = new RegExp(`^${name} (\\d+)$`, 'm').exec(text);
    if (!found) throw new Error(`/metrics has no ${name}`);
    return Number(found[1]);
  }

  command(env, ...args) {
    return spawnSync(STERLING, args, {
      env: environment({ STERLING_DATA_DIR: this.data, STERLING_ORG: 'acme', ...env }), encoding: 'utf8', timeout: READY_MS,
    });
  }

  // An organization with an approved registration and so many numbers, in Sterling and in the sandbox.
  async organization(numbers, { slug = 'acme', brand = 1, score = 80, area = 415 } = {}) {
    const program = { registration: 'approved', brand_type: 'standard', brand_score: score, use_case: 'MARKETING' };
    const org = await this.api('POST', 'organizations', { slug, name: `The ${slug} shop`, program });
    const mps = 1000000; // the sandbox's queue is not what is tested here
    const service = await this.control('POST', 'services', {
      friendly_name: slug, inbound_request_url: org.webhooks.inbound,
      program: { brand, brand_score: 80, att_mps_milli: mps, tmobile_mps_milli: mps, verizon_mps_milli: mps },
    });
    await this.api('PATCH', `organizations/${slug}`, { program: { messaging_service_sid: service.sid } });
    const made = await this.control('POST', 'numbers', { service: service.sid, area_code: area, count: numbers });
    const senders = made.numbers.map((one) => ({ address: one.phone_number, sid: one.sid }));
    await this.api('POST', 'senders', { senders }, { slug });
    return { slug, service: service.sid, senders: senders.map((one) => one.address) };
  }

  async import(list, contacts, slug) {
    const job = await this.api('POST', `imports?list=${list}&region=US`, csv(contacts), { slug, type: 'text/csv' });
    const done = await eventually('the import ends', 120000, async () => {
      const now = await this.api('GET', `imports/${job.id}`, undefined, { slug });
      return now.state === 'running' ? null : now;
    });
    if (done.state !== 'done' || done.rejected !== 0 || done.added !== contacts.length)
      throw new Error(`the import did not take all rows: ${JSON.stringify(done)}`);
  }

  async campaign(list, slug) {
    const template = "Hi {{first_name}}, it's Acme Outdoor: 20% off tents with code AUTUMN20. Reply STOP to opt out.";
    const body = { name: `Autumn ${list}`, list, kind: 'marketing', template };
    const made = await this.api('POST', 'campaigns', body, { slug });
    await this.api('POST', `campaigns/${made.id}/start`, { acknowledge: ['all'] }, { slug });
    return made.id;
  }

  // The server ends only when it is told to.
  assertAlive() {
    if (!this.server.ended) return;
    throw new Dead(`the server ended by itself: ${JSON.stringify(this.server.ended)}\n${this.logTail()}`);
  }

  logTail() {
    return fs.readFileSync(this.log, 'utf8').slice(-8000);
  }

  async created() {
    this.assertAlive();
    return (await this.control('GET', 'stats')).created;
  }

  // Of every text that was written in: its sid → how often the server has it.
  async inbound() {
    const sids = new Map();
    for (let cursor = ''; cursor !== null;) {
      const page = await this.api('GET', `inbound?limit=200${cursor && `&cursor=${cursor}`}`);
      for (const one of page.data) sids.set(one.sid, (sids.get(one.sid) ?? 0) + 1);
      cursor = page.next_cursor;
    }
    return sids;
  }

  async ledger() {
    const entries = [];
    for (;;) {
      const page = await this.control('GET', `ledger?from=${entries.length + 1}&limit=10000`);
      if (page.dropped !== 0) throw new Error(`the ledger dropped ${page.dropped} entries`);
      entries.push(...page.entries);
      if (entries.length >= page.count) return entries;
    }
  }
}

// One in sixteen at a small network, where each number may send one a second; one in eighty at US Cellular.
const CARRIERS = ['AT&T', 'T-Mobile', 'Verizon'];
const carrierOf = (i) => (i % 80 === 79 ? 'US Cellular' : i % 16 === 7 ? 'C Spire' : CARRIERS[i % CARRIERS.length]);

// Distinct valid numbers of US geographic areas, each with a carrier of our own saying.
function contacts(count, rng) {
  const areas = [206, 212, 303, 305, 312, 404, 408, 415, 512, 602, 617, 702, 713, 801, 816, 917];
  const seen = new Set();
  const made = [];
  while (made.length < count) {
    const exchange = 220 + rng.below(700);
    if (exchange % 100 === 11 || exchange === 555) continue;
    const number = `+1${areas[rng.below(areas.length)]}${exchange}${String(rng.below(10000)).padStart(4, '0')}`;
    if (seen.has(number)) continue;
    seen.add(number);
    made.push({ number, name: `N${made.length}`, carrier: carrierOf(made.length) });
  }
  return made;
}

function csv(people) {
  return ['number,first_name,carrier', ...people.map((p) => `${p.number},${p.name},${p.carrier}`), ''].join('\n');
}

module.exports = { STERLING, ACCOUNT, World, Daemon, Dead, contacts, csv, environment, eventually, freePorts, json, pause, random };
