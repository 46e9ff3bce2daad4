// scale: the parts of the bench that ask whether cost and memory stay the same when there is much of everything: a
// campaign to all (first message, memory, cost at its start and end), many campaigns waiting, many organizations.
'use strict';
const B = require('./world.js');

const SCALE = Number(process.env.BENCH_SCALE || 200000);
const CAMPAIGNS = Number(process.env.BENCH_CAMPAIGNS || 1);
// Slow enough for the callbacks to keep up: the sandbox keeps a million that wait, and drops what comes beyond.
const PACE_PER_S = 4000;
const STRETCHES_IN_HAND = 1000; // of a paused campaign: those of the messages that the engine holds ahead, at most
const IMPORT_ROWS = 100000, WHOLE = 1000000, TENANTS = [10, 100, 1000, 10000], WINDOW_MS = 1000;

const count = (n) => n.toLocaleString('en-US');
const scaled = (n, whole, what) => (n === whole ? `${count(n)} ${what}` : `SCALED: ${count(n)} ${what}, not ${count(whole)}`);

// The list "all" with SCALE recipients. Rate and CPU of the whole uploads, private memory after the first and the last.
async function importAll(w, org) {
  const rate = [], cost = [], memory = [];
  for (let from = 0; from < SCALE; from += IMPORT_ROWS) {
    const rows = Math.min(IMPORT_ROWS, SCALE - from), done = await w.import(org, 'all', B.csvOf(from, rows));
    if (done.added !== rows) throw new Error(`import: ${done.added} of ${rows} rows were added: ${done.rejected} rejected`);
    memory.push(B.privateKib(w.server.pid) / 1024);
    if (rows === IMPORT_ROWS || from === 0) rate.push((rows * 1000) / done.ms), cost.push(done.cpu_us / rows);
  }
  return { rate, cost, first: memory[0], half: memory[(memory.length - 1) >> 1], last: memory[memory.length - 1] };
}

async function frozen(w, org, campaign) {
  await B.until('the audience to be frozen', 600, async () => {
    const c = await w.show(org, campaign);
    return c.audience_complete && c.audience === SCALE;
  }, 100);
}

// Imports, then campaigns to everybody that are frozen and paused: what waits must not cost memory.
async function importAndMemory({ report, text, senders }) {
  const w = await B.World.open('import', { 'limits.org_per_s': 1 });
  const org = await w.org('acme', { senders: senders.slice(0, 10) }), empty = B.privateKib(w.server.pid) / 1024;
  const all = await importAll(w, org), waiting = [], cost = [];
  report('import', 'rows/s', all.rate, 0, `${count(Math.min(IMPORT_ROWS, SCALE))} rows a repeat, upload to durable`, 'import.rate');
  report('  CPU', 'µs/row', all.cost, 1, '', 'import.cpu');
  for (let i = 0; i < CAMPAIGNS; i++) {
    const campaign = await w.campaign(org, 'all', text), cpu = B.cpuOf(w.server.pid);
    await w.start(org, campaign);
    await frozen(w, org, campaign);
    cost.push((B.cpuOf(w.server.pid) - cpu) / SCALE);
    await w.api('POST', `campaigns/${campaign.id}/pause`, {}, org.slug);
    await B.until('the stretches of a paused campaign to be forgotten', 20, async () =>
      (await w.metric('sterling_campaign_stretches')) < STRETCHES_IN_HAND * (i + 1));
    waiting.push(B.privateKib(w.server.pid) / 1024);
  }
  await w.restart();
  const said = scaled(CAMPAIGNS * SCALE, 10 * WHOLE, 'waiting');
  report('audience frozen at start, CPU', 'µs/row', cost, 1, scaled(SCALE, WHOLE, 'a campaign'), 'freeze.cpu');
  report('private memory, empty', 'MiB', [empty], 1, '', 'memory.empty');
  report('private memory, after the first import', 'MiB', [all.first]);
  report('private memory, after the last import', 'MiB', [all.last], 1, scaled(SCALE, WHOLE, 'imported'), 'memory.imported');
  report('  more than after the half of them', 'MiB', [all.last - all.half], 1, scaled(SCALE, WHOLE, 'imported'), 'memory.flat');
  report('private memory, one campaign waiting', 'MiB', [waiting[0]], 1, scaled(SCALE, WHOLE, 'waiting'));
  report('private memory, all campaigns waiting', 'MiB', [waiting[CAMPAIGNS - 1]], 1, said, 'memory.waiting');
  if (CAMPAIGNS > 1) report('  more than with one', 'MiB', [waiting[CAMPAIGNS - 1] - waiting[0]], 1, said, 'memory.more');
  report('  the same after a restart', 'MiB', [B.privateKib(w.server.pid) / 1024], 1, said);
  await w.close();
}

// Looks at a campaign until all is sent and called back: how much was used, by how many were created.
async function watch(w, from) {
  const seen = [];
  await B.until(`${count(SCALE)} messages to be sent`, 1800, async () => {
    const s = await w.stats();
    seen.push({ created: s.created - from.created, cpu: B.cpuOf(w.server.pid), mib: B.privateKib(w.server.pid) / 1024 });
    return s.by_status.delivered - from.by_status.delivered >= SCALE && s.webhooks_waiting + s.webhooks_out === 0;
  }, 100);
  return seen;
}

// CPU a message between two shares of the way.
function costBetween(seen, from, to) {
  const a = seen.find((s) => s.created >= from * SCALE), b = seen.find((s) => s.created >= to * SCALE);
  if (b.created - a.created < SCALE / 50) throw new Error('the campaign went too fast to be looked at: use more recipients');
  return (b.cpu - a.cpu) / (b.created - a.created);
}

async function campaignToAll({ report, text, senders, unbound }) {
  const w = await B.World.open('scale', { ...unbound, 'limits.account_per_s': PACE_PER_S }), org = await w.org('acme', { senders });
  await importAll(w, org);
  const campaign = await w.campaign(org, 'all', text), from = await w.stats(), began = B.now();
  await w.start(org, campaign);
  const watched = watch(w, from);
  await frozen(w, org, campaign);
  const freeze_ms = B.now() - began, seen = await watched, first = (await w.ledger(1, 1))[0];
  const done = await w.show(org, campaign), of = scaled(SCALE, WHOLE, 'recipients');
  if (done.counts.delivered !== SCALE) throw new Error(`delivered ${done.counts.delivered} of ${SCALE}`);
  // The audience is frozen while the first are sent: its cost is not the messages', so the start is looked at behind it.
  const early = costBetween(seen, 0.3, 0.4), late = costBetween(seen, 0.85, 0.95);
  report('campaign to all, start to first message', 'ms', [first.at_ms + 1 - began], 0, `${of}; frozen after ${freeze_ms.toFixed(0)} ms`, 'scale.first');
  report('  private memory while it runs, most', 'MiB', [Math.max(...seen.map((s) => s.mib))], 1, of, 'scale.memory');
  report('  CPU a message, at three tenths', 'µs/msg', [early], 1, of);
  report('  CPU a message, near the end', 'µs/msg', [late], 1, of);
  report('  ratio', '×', [late / early], 2, of, 'scale.growth');
  await w.close();
}

// The engine alone, on a virtual clock. Growth is compared with that of log n.
async function tenants({ report, repeats }) {
  const cost = {}, wait = {};
  for (let i = 0; i < repeats; i++)
    for (const n of TENANTS) {
      const out = JSON.parse(await B.run('bench/tenants', ['--orgs', String(n), '--rate', '1000']));
      (cost[n] ||= []).push(out.cpu_us);
      wait[n] = out.worst_ms / (n + 1 + WINDOW_MS); // (n + 1)/rate and one window of the limit; virtual, so always the same
    }
  for (const n of TENANTS) report(`scheduling, ${count(n)} organizations`, 'µs/msg', cost[n], 2, 'engine alone, virtual clock');
  const growth = TENANTS.slice(1).map((n) => Math.min(...cost[n]) / Math.min(...cost[TENANTS[0]]) / Math.log10(n));
  report('  growth by that of log n, most', '×', [Math.max(...growth)], 2, 'least of each; 1: exactly as log n', 'tenants.growth');
  for (const n of TENANTS)
    report(`  longest wait of the smallest of ${count(n)}`, '× bound', [wait[n]], 2, 'bound: (n + 1)/rate and a window', `tenants.wait.${n}`);
}

module.exports = { importAndMemory, campaignToAll, tenants };
