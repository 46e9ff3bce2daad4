// world: a Sterling and a sandbox, each in its own process, and what the bench asks of them. Everything that goes
// wrong is an exception: a figure that could not be measured is never printed.
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const ACCOUNT = 'AC5a4db0c5000000000000000000000000';
const TOKEN = '5a4db0c5000000000000000000000001';
const BUILD = path.resolve(process.env.BENCH_BUILD || 'build');
const DATA = path.join(BUILD, 'bench-data');

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const now = () => Number(process.hrtime.bigint() / 1000n) / 1000;

async function until(what, seconds, check, everyMs = 50) {
  for (const end = now() + seconds * 1000; now() < end; await pause(everyMs)) {
    const value = await check();
    if (value) return value;
  }
  throw new Error(`${what}: not within ${seconds} s`);
}

// CPU of a process so far, microseconds: every thread's run time, as the scheduler accounts it.
function cpuOf(pid) {
  let sum = 0;
  for (const thread of fs.readdirSync(`/proc/${pid}/task`))
    sum += Number(fs.readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000;
  return sum;
}

// The same by thread name, for --threads.
function threadsOf(pid) {
  const all = {};
  for (const thread of fs.readdirSync(`/proc/${pid}/task`)) {
    const at = `/proc/${pid}/task/${thread}`;
    all[`${fs.readFileSync(`${at}/comm`, 'utf8').trim()}-${thread}`] =
      Number(fs.readFileSync(`${at}/schedstat`, 'utf8').split(' ')[0]) / 1000;
  }
  return all;
}

function privateKib(pid) {
  const found = /^Private_Dirty:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  if (!found) throw new Error(`/proc/${pid}/smaps_rollup has no Private_Dirty`);
  return Number(found[1]);
}

const running = new Set();

function start(program, args, name) {
  const log = fs.openSync(path.join(DATA, `${name}.log`), 'a');
  const child = spawn(path.join(BUILD, program), args, { stdio: ['pipe', 'pipe', log] });
  child.text = '';
  child.stdout.on('data', (bytes) => (child.text += bytes));
  child.over = new Promise((done) => child.on('exit', (code, signal) => {
    running.delete(child);
    child.ended = true;
    done(code ?? signal);
  }));
  fs.closeSync(log);
  running.add(child);
  return child;
}

async function said(child, name, pattern) {
  return until(`${name} to start`, 20, () => {
    if (child.ended) throw new Error(`${name} ended: ${fs.readFileSync(path.join(DATA, `${name}.log`), 'utf8').slice(-600)}`);
    return pattern.exec(child.text);
  }, 10);
}

async function stop(child) {
  if (child.ended) return;
  child.kill('SIGTERM');
  const slow = setTimeout(() => child.kill('SIGKILL'), 20000);
  await child.over;
  clearTimeout(slow);
}

async function stopAll() {
  for (const child of [...running]) await stop(child);
}

// Runs a bench program to its end and reads its last line.
async function run(program, args) {
  const child = start(program, args, program.replace('/', '-'));
  const code = await child.over;
  if (code !== 0)
    throw new Error(`${program}: exit ${code}: ${fs.readFileSync(path.join(DATA, `${program.replace('/', '-')}.log`), 'utf8').slice(-400)}`);
  return child.text.trim();
}

async function ask(url, method, body, headers = {}) {
  const is_text = typeof body === 'string';
  const answer = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'Content-Type': is_text ? 'text/csv' : 'application/json' }), ...headers },
    body: body === undefined ? undefined : is_text ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text.slice(0, 500)}`);
  return text === '' ? {} : JSON.parse(text);
}

// What is on the other side of Twilio's API: quick carriers that deliver everything.
const QUICK = {
  filtered_per_million: 0, unreachable_per_million: 0, unknown_per_million: 0, landline_per_million: 0,
  no_receipt_per_million: 0, sent_ms_min: 20, sent_ms_max: 60, receipt_ms_min: 40, receipt_ms_max: 120,
};

class World {
  static async open(name, settings = {}) {
    const w = new World();
    w.name = name;
    w.dir = path.join(DATA, name);
    w.settings = settings;
    fs.rmSync(w.dir, { recursive: true, force: true });
    fs.mkdirSync(w.dir, { recursive: true });
    w.sandbox = start('sterling', ['sandbox', '--port=0', `--account-sid=${ACCOUNT}`, `--auth-token=${TOKEN}`], `${name}-sandbox`);
    w.sandboxUrl = (await said(w.sandbox, `${name}-sandbox`, /listens on (\S+)/))[1];
    await w.control('POST', 'carriers', Object.fromEntries(['verizon', 'att', 'tmobile', 'other_us'].map((c) => [c, QUICK])));
    await w.serve();
    return w;
  }

  async serve() {
    const settings = { ...this.settings, 'twilio.base_url': this.sandboxUrl, data_dir: this.dir, port: 0, events_port: 0, 'log.level': 'warn' };
    this.server = start('sterling', ['serve', '--sandbox', ...Object.entries(settings).map(([k, v]) => `--${k}=${v}`)], `${this.name}-serve`);
    this.url = (await said(this.server, `${this.name}-serve`, /listens on (\S+)/))[1];
    this.key = fs.readFileSync(path.join(this.dir, 'operator.key'), 'utf8').trim();
  }

  async restart() {
    await stop(this.server);
    await this.serve();
  }

  async close() {
    await stop(this.server);
    await stop(this.sandbox);
    fs.rmSync(this.dir, { recursive: true, force: true });
  }

  control(method, what, body) { return ask(`${this.sandboxUrl}/_sandbox/${what}`, method, body); }

  api(method, what, body, org) {
    return ask(`${this.url}/v1/${what}`, method, body,
      { Authorization: `Bearer ${this.key}`, ...(org ? { 'Sterling-Organization': org } : {}) });
  }

  // An organization with a service and senders; `account` {sid, auth_token} or the installation's own.
  async org(slug, { account, senders, longCodes = 0 }) {
    const program = { brand: slug.length, brand_score: 80 };
    const service = (await this.control('POST', 'services', { friendly_name: slug, program, ...(account ? { account: account.sid } : {}) })).sid;
    await this.api('POST', 'organizations', {
      slug, name: slug, ...(account ? { account_sid: account.sid, auth_token: account.auth_token } : {}),
      program: { messaging_service_sid: service, registration: 'approved', brand_type: 'standard', brand_score: 80, use_case: 'MARKETING' },
    });
    const where = { service, ...(account ? { account: account.sid } : {}) };
    const made = await this.control('POST', 'numbers', longCodes ? { ...where, area_code: 415, count: longCodes } : { ...where, numbers: senders });
    const addresses = made.numbers.map((n) => n.phone_number);
    await this.api('POST', 'senders', { senders: addresses.map((address) => ({ address, verified: true })) }, slug);
    return { slug, service, account: account || { sid: ACCOUNT, auth_token: TOKEN }, senders: addresses };
  }

  async import(org, list, csv) {
    const cpu = cpuOf(this.server.pid), began = now();
    const { id } = await this.api('POST', `imports?list=${list}`, csv, org.slug);
    const done = await until('the import', 300, async () => {
      const one = await this.api('GET', `imports/${id}`, undefined, org.slug);
      if (one.state === 'failed') throw new Error(`the import failed: ${one.why}`);
      return one.state === 'done' && one;
    }, 25);
    return { ...done, ms: now() - began, cpu_us: cpuOf(this.server.pid) - cpu };
  }

  campaign(org, list, template) {
    return this.api('POST', 'campaigns', { name: list, list, kind: 'transactional', template, pause_failures_permille: 0 }, org.slug);
  }

  start(org, campaign) { return this.api('POST', `campaigns/${campaign.id}/start`, { acknowledge: ['all'] }, org.slug); }
  show(org, campaign) { return this.api('GET', `campaigns/${campaign.id}`, undefined, org.slug); }
  async metric(name) {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)[1]);
  }

  stats() { return this.control('GET', 'stats'); }

  async ledger(from = 1) {
    const all = [];
    for (;;) {
      const page = await this.control('GET', `ledger?from=${from + all.length}&limit=10000`);
      if (page.dropped > 0) throw new Error('the ledger has dropped entries');
      all.push(...page.entries);
      if (page.entries.length === 0) return all;
    }
  }
}

// Recipients: valid numbers, no two the same, with the carrier that the sandbox gives their last two digits.
const AREAS = [212, 213, 305, 312, 404, 503, 512, 602, 617, 702, 713, 720, 786, 801, 813, 832, 917, 919, 949, 954];
function numberAt(i) {
  const area = AREAS[i % AREAS.length], rest = Math.floor(i / AREAS.length);
  if (rest >= 7000000) throw new Error('no more numbers');
  return `+1${area}${2000000 + rest}`;
}
function carrierOf(number) {
  const last = Number(number.slice(-2));
  return last < 37 ? 'Verizon' : last < 66 ? 'AT&T' : last < 96 ? 'T-Mobile' : 'US Cellular';
}
function csvOf(from, count) {
  const rows = ['number,first_name,city,carrier,points'];
  for (let i = from; i < from + count; i++) {
    const number = numberAt(i);
    rows.push(`${number},Name${i % 997},City ${i % 313},${carrierOf(number)},${i % 5000}`);
  }
  return rows.join('\n') + '\n';
}

module.exports = { ACCOUNT, TOKEN, BUILD, DATA, World, start, stop, stopAll, said, run, until, pause, now, cpuOf, threadsOf, privateKib, numberAt, carrierOf, csvOf };
