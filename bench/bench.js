// bench: measures this build on this machine, prints a table, writes BUILD/bench.json. Method: bench/README.md.
// node bench/bench.js [life hooks import urgent tenants gate register scale]     (script/bench builds first)
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const B = require('./world.js');
const Scale = require('./scale.js');
const Register = require('./register.js');

const REPEATS = Number(process.env.BENCH_REPEATS || 3);
const LIFE = Number(process.env.BENCH_LIFE || 10000);
const LIVES = process.env.BENCH_REPEATS ? REPEATS : 9; // short ones: what neighbours do in a second is not in their median
const HOOKS = Number(process.env.BENCH_HOOKS || 8000);
const URGENT_S = 25, URGENT_PER_S = 50, BULK_PER_S = 1000, WINDOW_S = 60;
const TEXT = "Hi {{first_name|there}}, it's Acme: your order is on its way. Reply STOP to opt out.";
const PLAIN = "Hi Name123, it's Acme: your order is on its way. Reply STOP to opt out.";
const FEW = 32, MANY = 1000; // callback connections
const NOISY_SPREAD = 0.25, NOISY_LOAD = 0.15;
const ORACLE_MOST = 32; // limits of which it tells the fullest window, of one question
const FULLEST_LEAST = 0.9;
const SHORT_CODES = Array.from({ length: 100 }, (_, i) => String(20000 + 37 * i));
const UNBOUND = { 'limits.short_code_per_s': 100000, 'limits.account_per_s': 100000 };

const rows = [], notes = [];
let failed = false;

function stat(values) {
  const sorted = [...values].sort((a, b) => a - b), middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1], n: values.length };
}

// `key` names what script/check.d/bench reads.
function report(name, unit, values, digits = 1, note = '', key = '') {
  const s = stat(values), show = (v) => v.toFixed(digits);
  if (!values.length || values.some((v) => !Number.isFinite(v))) throw new Error(`${name}: no figure`);
  rows.push({ name, unit, ...s, values, note, key });
  const spread = s.n > 1 ? ` (${show(s.min)}–${show(s.max)})` : '';
  console.log(`${name.padEnd(44)} ${(show(s.median) + spread).padStart(26)} ${unit.padEnd(12)} ${note}`);
}

function file(name, text) {
  const at = path.join(B.DATA, name);
  fs.writeFileSync(at, text);
  return at;
}

// ---- 1: a whole life ----

async function bareLoop(w, org, from, count) {
  const numbers = Array.from({ length: count }, (_, i) => B.numberAt(from + i));
  const out = JSON.parse(await B.run('bench/bare_loop', [
    '--sandbox', w.sandboxUrl, '--account', B.ACCOUNT, '--token', B.TOKEN, '--service', org.service, '--body', PLAIN,
    '--senders', file('senders', org.senders.join('\n')), '--numbers', file('numbers', numbers.join('\n'))]));
  return out.cpu_us / out.messages;
}

// A campaign from start to the last callback's answer. With `callbacks` 0 to the last accepted create.
async function campaignLife(w, org, list, count, callbacks) {
  const campaign = await w.campaign(org, list, TEXT), before = await w.stats();
  const commits = () => w.metric('sterling_store_commits_total');
  const committed = await commits(), cpu = B.cpuOf(w.server.pid), threads = B.threadsOf(w.server.pid);
  let after;
  await w.start(org, campaign);
  await B.until(`${count} messages to be sent`, 120, async () => {
    after = await w.stats();
    const ended = callbacks ? after.by_status.delivered - before.by_status.delivered : after.created - before.created;
    return ended >= count && (!callbacks || after.webhooks_waiting + after.webhooks_out === 0);
  }, 100);
  const used = B.cpuOf(w.server.pid) - cpu, made = after.webhooks - before.webhooks;
  if (callbacks && (made !== count * callbacks || after.webhooks_failed !== before.webhooks_failed))
    throw new Error(`${made} callbacks for ${count} messages, ${after.webhooks_failed} of them failed`);
  if (after.created - before.created !== count) throw new Error(`${after.created - before.created} creates for ${count} messages`);
  if (process.env.BENCH_THREADS) {
    const then = B.threadsOf(w.server.pid);
    console.log(Object.entries(then).map(([k, v]) => [k, (v - (threads[k] || 0)) / count]).filter((t) => t[1] > 0.5)
      .map(([k, v]) => `  ${k} ${v.toFixed(1)}`).join('') + `  ${((await commits() - committed) / count).toFixed(3)} commits`);
  }
  const counts = await B.until('the campaign to be completed', 20, async () => {
    const c = await w.show(org, campaign);
    return c.state === 'completed' && c.counts;
  });
  if (callbacks && counts.delivered !== count) throw new Error(`delivered ${counts.delivered} of ${count}`);
  return used / count;
}

async function ledgerRate(w, from) {
  const entries = await w.ledger(from);
  return ((entries.length - 1) * 1000) / (entries[entries.length - 1].at_ms - entries[0].at_ms);
}

async function life() {
  const w = await B.World.open('life', UNBOUND);
  const org = await w.org('acme', { senders: SHORT_CODES });
  const bare = [], whole = [], ratio = [], rate = [];
  for (let i = 0; i <= LIVES; i++) { // the first round warms up and is not counted
    const count = i === 0 ? 2000 : LIFE;
    await w.import(org, `list${i}`, B.csvOf(i * LIFE, count));
    const floor = await bareLoop(w, org, 3000000 + i * LIFE, count);
    const from = (await w.control('GET', 'ledger?limit=1')).count + 1;
    const cost = await campaignLife(w, org, `list${i}`, count, 3);
    if (i === 0) continue;
    bare.push(floor), whole.push(cost), ratio.push(cost / floor), rate.push(await ledgerRate(w, from));
  }
  report('whole life, bare loop', 'µs/msg', bare, 1, 'create + 3 signed callbacks, nothing stored');
  report('whole life, Sterling', 'µs/msg', whole, 1, `durable, rules on; ${LIFE} messages a repeat`, 'life.us');
  report('  ratio', '×', ratio, 2, '', 'life.ratio');
  report('  send rate, no limit binding', 'msg/s', rate, 0, 'sandbox on the same cores');
  await w.close();
  noise('bare loop', bare);
}

// ---- 2: webhook intake ----

async function hookLoad(target, publicUrl, org, list, pid, connections = 64) {
  const load = B.start('bench/hook_load', ['--target', target, '--public', publicUrl, '--token', B.TOKEN, '--account', B.ACCOUNT,
    '--service', org.service, '--list', list, '--connections', String(connections)], 'hook_load');
  await B.said(load, 'hook_load', /^ready$/m);
  const cpu = B.cpuOf(pid);
  load.stdin.end('\n');
  if ((await load.over) !== 0) throw new Error(`hook_load: ${fs.readFileSync(path.join(B.DATA, 'hook_load.log'), 'utf8').slice(-400)}`);
  const out = JSON.parse(load.text.trim().split('\n').pop());
  return { cost: (B.cpuOf(pid) - cpu) / out.callbacks, rate: out.callbacks / (out.us / 1e6), p99: out.p99_us / 1000 };
}

async function hooks() {
  const outside = 'https://sms.example.com'; // as in production: what is signed is not what is bound
  const w = await B.World.open('hooks', { ...UNBOUND, public_url: outside });
  const org = await w.org('acme', { senders: SHORT_CODES });
  const floors = [], durable = [], few = [], many = [];
  await w.control('POST', 'faults', { callback_lost_per_million: 1000000 }); // the callbacks are ours to make
  const floor = B.start('bench/hook_floor', ['--token', B.TOKEN, '--public', outside], 'hook_floor');
  const floorUrl = (await B.said(floor, 'hook_floor', /listens on (\S+)/))[1];
  const list = (name, entries) => file(name, entries.map((e) => `${new URL(e.status_callback).pathname} ${e.sid} ${e.to} ${e.from}`).join('\n'));
  for (let i = 0; i <= REPEATS; i++) {
    const count = i === 0 ? 1000 : HOOKS, from = (await w.control('GET', 'ledger?limit=1')).count + 1;
    await w.import(org, `list${i}`, B.csvOf(i * 2 * HOOKS, 2 * count));
    await sendOnly(w, org, `list${i}`, 2 * count);
    const sent = await w.ledger(from), half = list('callbacks', sent.slice(0, count));
    const bare = await hookLoad(floorUrl, outside, org, half, floor.pid);
    const ours = await hookLoad(w.url, outside, org, half, w.server.pid);
    const by32 = await hookLoad(w.url, outside, org, list('few', sent.slice(count, count * 1.5)), w.server.pid, FEW);
    const by1000 = await hookLoad(w.url, outside, org, list('many', sent.slice(count * 1.5)), w.server.pid, MANY);
    if (i > 0) floors.push(bare), durable.push(ours), few.push(by32.rate), many.push(by1000.rate);
  }
  const first = (await w.api('GET', 'campaigns?limit=1', undefined, org.slug)).data[0];
  const counts = await B.until('the callbacks to be counted', 10, async () => {
    const c = (await w.show(org, first)).counts;
    return c.delivered === 2 * HOOKS && c;
  });
  if (!counts) throw new Error('the callbacks were not believed');
  report('webhook intake, floor', 'µs/callback', floors.map((f) => f.cost), 1, 'libmicrohttpd, signature, 204');
  report('webhook intake, Sterling, durable 204', 'µs/callback', durable.map((d) => d.cost), 1, `${HOOKS * 3} a repeat, 64 connections`);
  report('  ratio', '×', durable.map((d, i) => d.cost / floors[i].cost), 2, '', 'hooks.ratio');
  report('  rate', 'callbacks/s', durable.map((d) => d.rate), 0);
  report('  rate, floor', 'callbacks/s', floors.map((f) => f.rate), 0);
  report('  p99', 'ms', durable.map((d) => d.p99), 1, 'one request at a time on each of 64 connections', 'hooks.p99');
  report('  rate, 32 connections', 'callbacks/s', few, 0);
  report('  rate, 1,000 connections', 'callbacks/s', many, 0);
  report('  share', '×', few.map((rate, i) => rate / many[i]), 2, '32 by 1,000 connections', 'hooks.share');
  await B.stop(floor);
  await w.close();
  noise('intake floor', floors.map((f) => f.cost));
}

async function sendOnly(w, org, list, count) {
  const campaign = await w.campaign(org, list, TEXT);
  await w.start(org, campaign);
  await B.until(`${count} messages to be accepted`, 120, async () => {
    const c = (await w.show(org, campaign)).counts;
    return c.accepted === count;
  }, 100);
}

// 3, 4, 7, 8: scale.js.

// ---- 5, 6: urgent messages, limits and their use, under load ----

// The sandbox's name of each carrier that recipients have here, and whom nobody has: nothing is sent to those.
const CARRIERS = { verizon: 'verizon', att: 'att', tmobile: 'tmobile', uscc: 'other_us' };
const ABSENT = ['other_us', 'canada', 'foreign'];
// By scope, whom the oracle is asked about, and in which scope of its own: brand and program are one service here, and
// every organization has its own account and one kind of sender.
const ASKED_OF = {
  account: (org) => ['account', [org.account.sid]], organization: (org) => ['account', [org.account.sid]],
  brand: (org) => ['service', [org.service]], brand_carrier: (org) => ['service_carrier', [org.service]],
  program_carrier: (org) => ['service_carrier', [org.service]],
  sender: (org) => ['sender', org.senders], sender_carrier: (org) => ['sender_carrier', org.senders],
};
const OF_REQUESTS = ['lookup', 'verify']; // not of messages

// A row of /v1/limits as the oracle is asked: once for each it holds for.
function oracleLimits(org, l) {
  if (OF_REQUESTS.includes(l.scope)) return [];
  if (!ASKED_OF[l.scope]) throw new Error(`${org.slug}: the oracle is not asked about limits of scope '${l.scope}'`);
  if (l.window_ms === null) return []; // a Pacific day: longer than the run, and its caps far above it
  if (ABSENT.includes(l.carrier)) return [];
  if (l.carrier !== null && !CARRIERS[l.carrier]) throw new Error(`${org.slug}: a limit of carrier '${l.carrier}', which is not known here`);
  const [scope, whom] = ASKED_OF[l.scope](org), carrier = l.carrier === null ? {} : { carrier: CARRIERS[l.carrier] };
  return whom.map((only) => ({ scope, only, ...carrier, most: l.amount, window_ms: l.window_ms, segments: l.unit === 'segments' }));
}

async function judge(w, orgs) {
  let asked = 0, over = 0, fullest = 0;
  for (const org of orgs) {
    const rows = (await w.api('GET', 'limits', undefined, org.slug)).data;
    if (new Set(rows.map((l) => l.sender_kind)).size > 1) throw new Error(`${org.slug} has senders of several kinds`);
    const all = rows.flatMap((l) => oracleLimits(org, l));
    if (!all.some((l) => l.scope === 'sender')) throw new Error(`${org.slug}: no limit of a sender was asked about`);
    for (let i = 0; i < all.length; i += ORACLE_MOST) {
      const part = all.slice(i, i + ORACLE_MOST), verdict = await w.control('POST', 'oracle', { limits: part, id_param: '/status/' });
      if (verdict.dropped > 0 || verdict.duplicates > 0) throw new Error(`ledger: ${verdict.dropped} dropped, ${verdict.duplicates} sent twice`);
      asked += part.length, over += verdict.over_limit;
      part.forEach((l, k) => (fullest = Math.max(fullest, verdict.fullest[k] / l.most)));
      if (verdict.over_limit > 0) notes.push(`over limit: ${JSON.stringify(verdict.findings.slice(0, 3))} of ${JSON.stringify(part)}`);
    }
  }
  // A load that fills no limit cannot show that one is kept.
  if (!(fullest >= FULLEST_LEAST)) throw new Error(`the fullest window of ${asked} limits held ${(100 * fullest).toFixed(0)} % of its limit`);
  return { asked, over, fullest };
}

function percentile(sorted, p) { return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * p) - 1)]; }

async function urgentUnderLoad(w, org) {
  const numbers = Array.from({ length: URGENT_S * URGENT_PER_S }, (_, i) => B.numberAt(5000000 + i));
  const key = (await w.api('POST', 'keys', { name: 'urgent', scopes: ['send'] }, org.slug)).secret;
  const out = await B.run('bench/urgent_load', ['--target', w.url, '--key', key, '--rate', String(URGENT_PER_S), '--body', 'Your code is 123456.',
    '--numbers', file('urgent', numbers.join('\n'))]);
  return out.split('\n').map((line) => { const [to, began, ended] = line.split(' '); return { to, began: Number(began), ended: Number(ended) }; });
}

// How much of `most` in `window_ms` was used: the time that so many whole windows should take, by the time they took
// until the first message after them. No burst at an edge flatters it.
function use(entries, org, most, window_ms, windows) {
  const at = entries.filter((e) => e.account === org.account.sid && e.sid).map((e) => e.at_ms);
  if (at.length <= most * windows) throw new Error(`${org.slug}: ${at.length} messages do not fill ${windows} windows of ${most}`);
  return (100 * windows * window_ms) / (at[most * windows] - at[0]);
}

// What one durable step costs on this disk at this moment: an urgent message waits for one before its first byte.
async function syncTimes(count) {
  const fd = fs.openSync(path.join(B.DATA, 'sync'), 'w'), page = Buffer.alloc(4096, 1), took = [];
  for (let i = 0; i < count; i++) {
    const began = B.now();
    fs.writeSync(fd, page);
    fs.fdatasyncSync(fd);
    took.push(B.now() - began);
    await B.pause(10);
  }
  fs.closeSync(fd);
  return took.sort((a, b) => a - b);
}

async function underLoad() {
  const w = await B.World.open('load', { 'limits.org_per_s': BULK_PER_S });
  const account = async () => w.control('POST', 'accounts', {});
  const bulk = await w.org('bulk', { account: await account(), senders: SHORT_CODES.slice(0, 40) });
  const codes = await w.org('codes', { account: await account(), longCodes: 100 });
  const quick = await w.org('quick', { account: await account(), senders: SHORT_CODES.slice(50, 60) });
  await w.import(bulk, 'bulk', B.csvOf(0, (URGENT_S + 9) * BULK_PER_S));
  await w.import(codes, 'codes', B.csvOf(1000000, 15000));
  const campaigns = [[codes, await w.campaign(codes, 'codes', TEXT)], [bulk, await w.campaign(bulk, 'bulk', TEXT)]];
  for (const [org, campaign] of campaigns) await w.start(org, campaign);
  const began = B.now();
  await B.until('the load to run', 20, async () => (await w.stats()).created > 2 * BULK_PER_S);
  const sent = await urgentUnderLoad(w, quick);
  const sync = await syncTimes(100), still = await w.show(bulk, campaigns[1][1]);
  if (still.state !== 'running') throw new Error(`the load ended before the urgent messages: ${still.state} ${still.why}`);
  await B.until('the limits of a minute to pass a window', 90, async () => B.now() - began > (WINDOW_S + 5) * 1000, 200);
  const entries = await w.ledger();
  const at = new Map(entries.map((e) => [e.to, e.at_ms]));
  // The ledger is in whole milliseconds of the same monotonic clock: each is taken as the end of its millisecond.
  const took = sent.map((s) => { if (!at.has(s.to)) throw new Error(`${s.to} never reached the sandbox`); return at.get(s.to) + 1 - s.began / 1000; })
    .sort((a, b) => a - b);
  const answer = sent.map((s) => (s.ended - s.began) / 1000).sort((a, b) => a - b);
  const load = `${sent.length} messages beside ${BULK_PER_S}/s of a campaign`;
  report('urgent, request to ledger p50', 'ms', [percentile(took, 0.5)], 1, load);
  report('urgent, request to ledger p99', 'ms', [percentile(took, 0.99)], 1, `worst ${took[took.length - 1].toFixed(1)} ms`, 'urgent.p99');
  report('urgent, request to 202 p99', 'ms', [percentile(answer, 0.99)]);
  report('  4 KiB and fdatasync beside it, p50', 'ms', [percentile(sync, 0.5)]);
  report('  4 KiB and fdatasync beside it, p99', 'ms', [percentile(sync, 0.99)]);
  const verdict = await judge(w, [bulk, codes, quick]);
  report('windows over a limit', 'windows', [verdict.over], 0, `of ${verdict.asked} limits asked of the sandbox's oracle, the fullest to ${(100 * verdict.fullest).toFixed(0)} %`, 'limits.over');
  report('use of a limit of a second', '%', [use(entries, bulk, BULK_PER_S, 1000, URGENT_S)], 1,
    `${BULK_PER_S} messages/s of an organization, ${URGENT_S} s of backlog, answer time not deducted`, 'limits.second');
  report('use of a limit of a minute', '%', [use(entries, codes, 100 * 100, WINDOW_S * 1000, 1)], 1,
    '100 long codes, 100 messages a minute each, default limits', 'limits.minute');
  if (verdict.over > 0) failed = true;
  await w.close();
}

// ---- the whole ----

function noise(what, values) {
  const s = stat(values);
  if ((s.max - s.min) / s.median > NOISY_SPREAD)
    notes.push(`NOISY: ${what} spread ${(100 * (s.max - s.min) / s.median).toFixed(0)}% of its median: compare ratios, not figures`);
}

function busy() {
  const [user, nice, system, idle, wait, irq, soft, steal] = fs.readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
  return { busy: user + nice + system + irq + soft + steal, all: user + nice + system + idle + wait + irq + soft + steal };
}

async function others() {
  const a = busy();
  await B.pause(1000);
  const b = busy(), share = (b.busy - a.busy) / (b.all - a.all);
  if (share > NOISY_LOAD) notes.push(`NOISY: before the start others used ${(100 * share).toFixed(0)}% of the machine`);
  return share;
}

function git(...args) {
  try { return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim(); } catch { return ''; }
}

// ---- what judging a message costs ----

async function gate() {
  const runs = [];
  for (let i = 0; i < REPEATS; i++) runs.push(JSON.parse(execFileSync(path.join(B.BUILD, 'bench', 'gate'), { encoding: 'utf8' })));
  const part = Math.round(100 * runs[0].whole_share);
  report('the gate, template checked', 'µs CPU', runs.map((r) => r.gate_us), 2, `${part}% of the texts judged as a whole`, 'gate.us');
  report('the gate, by the segment count', '×', runs.map((r) => r.gate_us / r.segments_us), 2, '', 'gate.ratio');
  report('content of a whole text', 'µs CPU', runs.map((r) => r.text_us), 2, '', 'gate.text');
  report('reading a recipient\'s consent', 'µs CPU', runs.map((r) => r.consent_read_us), 2, '100,000 in the store', 'gate.consent');
  report('reading what is known of a number', 'µs CPU', runs.map((r) => r.number_read_us), 2, '', 'gate.number');
}

const ASKED = { report, repeats: REPEATS, text: TEXT, senders: SHORT_CODES, unbound: UNBOUND };
const PARTS = {
  life, hooks, urgent: underLoad, import: () => Scale.importAndMemory(ASKED), tenants: () => Scale.tenants(ASKED),
  gate, register: () => Register.register(ASKED),
  scale: () => Scale.campaignToAll(ASKED),
};

async function main() {
  const wanted = process.argv.slice(2), began = B.now();
  const unknown = wanted.find((name) => !PARTS[name]);
  if (unknown) {
    console.error(`there is no part '${unknown}'; there are: ${Object.keys(PARTS).join(', ')}`);
    process.exit(2);
  }
  fs.rmSync(B.DATA, { recursive: true, force: true });
  fs.mkdirSync(B.DATA, { recursive: true });
  const commit = (git('rev-parse', '--short', 'HEAD') || 'unknown') + (git('status', '--porcelain', '-uno') ? '+changes' : '');
  const machine = { cpu: os.cpus()[0].model, cores: os.cpus().length, memory_gib: Math.round(os.totalmem() / 2 ** 30), kernel: os.release() };
  console.log(`Sterling ${commit}; ${machine.cores} × ${machine.cpu}, ${machine.memory_gib} GiB, Linux ${machine.kernel}; median (min–max) of ${REPEATS}, of a life ${LIVES}\n`);
  const load = await others();
  for (const name of wanted.length ? wanted : Object.keys(PARTS)) {
    try {
      await PARTS[name]();
    } catch (e) {
      failed = true;
      notes.push(`NOT MEASURED: ${name}: ${e.message}`);
      await B.stopAll();
    }
  }
  for (const note of notes) console.log(`\n${note}`);
  const took = Math.round((B.now() - began) / 1000), at = path.join(B.BUILD, 'bench.json');
  fs.writeFileSync(at, JSON.stringify({ commit, at: new Date().toISOString(), machine, load_before: load, seconds: took, complete: !failed, results: rows, notes }, null, 2) + '\n');
  console.log(`\n${took} s; ${path.relative('.', at)}`);
  if (!failed) fs.rmSync(B.DATA, { recursive: true, force: true });
  process.exit(failed ? 1 : notes.some((note) => note.startsWith('NOISY')) ? 3 : 0);
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => B.stopAll().then(() => process.exit(1)));
main().catch(async (e) => {
  console.error(e.message);
  await B.stopAll();
  process.exit(1);
});
