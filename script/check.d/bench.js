// bench: from build/bench.json to lines for the scoreboard: name, pass, goal, figure, target, note, tab-separated.
//   bench.js BENCH.JSON TIER ASKED PART…   ASKED is 0 if everything was wanted: then a goal of a part that did not run is
//                                          a line that says so
// Deep: a goal that is not met says no, and so does one without a figure. Commit: the figures are of a short run, often on
// a busy machine, so what such a run moves is told, and only a gross miss (SLACK times the target) says no.
'use strict';
const fs = require('node:fs');
const [path, tier, asked, ...parts] = process.argv.slice(2);
const SLACK = 3;
const BARE_LOOP_US = 36; // what it took on the machine on which the target of a life was set

// What the commit tier measures less of, by part: by how much.
const SCALED = {
  life: '3,000 messages for 10,000, 2 repeats for 9', hooks: '3,000 messages for 8,000, 2 repeats for 3',
  import: '20,000 rows for 1,000,000, 20,000 waiting for 10,000,000', gate: '2 repeats for 3',
  scale: '20,000 recipients for 1,000,000', tenants: '', urgent: '',
};

// key: part, name, goal, unit, target; `least` for what must not be less; `exact` for what neither machine nor scale
// excuses; `wall` for what neighbours change; `deep` for what only the deep tier judges; `noted` where the bench's own note
// belongs to the figure.
const GOALS = {
  'life.us': ['life', 'life', 'CPU of a message\'s whole life', 'µs', 90],
  'life.ratio': ['life', 'life-ratio', 'the same, by a bare loop in the same run', '×', 2.5],
  'hooks.ratio': ['hooks', 'webhook', 'webhook intake, durable, by the floor', '×', 1.75],
  'hooks.share': ['hooks', 'webhook-few', 'rate with 32 callback connections by that with 1,000', '×', 0.3, { least: true }],
  'hooks.p99': ['hooks', 'webhook-p99', 'webhook answered after its commit, p99, 64 connections at full speed', 'ms', 25, { wall: true }],
  'import.rate': ['import', 'import', 'import, upload to durable', 'rows/s', 100000, { least: true, wall: true }],
  'memory.imported': ['import', 'import-memory', 'private memory after the imports', 'MiB', 64, { exact: true }],
  'memory.flat': ['import', 'import-flat', 'private memory after the last import, over that after half of them', 'MiB', 2, { exact: true, deep: true }],
  'memory.more': ['import', 'memory-flat', 'private memory with ten campaigns waiting, over that with one', 'MiB', 2, { exact: true, deep: true }],
  'memory.waiting': ['import', 'memory', 'private memory with all campaigns waiting', 'MiB', 64, { exact: true }],
  'scale.first': ['scale', 'first-message', 'campaign to all: start to first message', 'ms', 1000, { wall: true }],
  'scale.memory': ['scale', 'campaign-memory', 'campaign to all: private memory while it runs', 'MiB', 64, { exact: true }],
  'scale.growth': ['scale', 'campaign-growth', 'CPU a message, near the end by three tenths', '×', 1.15],
  'tenants.growth': ['tenants', 'tenants', 'growth of scheduling by that of log n, 10 to 10,000 organizations', '×', 1],
  'tenants.wait.1000': ['tenants', 'tenants-wait', 'longest wait of the smallest of 1,000, by the bound', '×', 1, { exact: true }],
  'tenants.wait.10000': ['tenants', 'tenants-wait-most', 'longest wait of the smallest of 10,000, by the bound', '×', 1, { exact: true, deep: true }],
  'gate.us': ['gate', 'gate', 'CPU of the gate a message, its template checked', 'µs', 5],
  'urgent.p99': ['urgent', 'urgent', 'urgent message beside a campaign, request to ledger p99', 'ms', 10, { wall: true }],
  'limits.over': ['urgent', 'limits', 'windows over a limit, asked of the sandbox', '', 0, { exact: true, noted: true }],
  'limits.second': ['urgent', 'limits-use-second', 'use of a limit of a second', '%', 99, { least: true }],
  'limits.minute': ['urgent', 'limits-use', 'use of limits of a minute', '%', 99, { least: true }],
};

const show = (v) => (Number.isInteger(v) || v >= 1000 ? Math.round(v).toLocaleString('en-US') : v.toFixed(2));

function verdict(met, grossly, o) {
  if (met && !(o.wall && tier !== 'deep')) return 'yes';
  if (tier === 'deep' || o.exact) return 'no';
  return grossly && !o.wall ? 'no' : 'told';
}

const bench = JSON.parse(fs.readFileSync(path, 'utf8'));
const measured = new Map(bench.results.filter((row) => row.key).map((row) => [row.key, row]));

function line(key, row, notes) {
  const [part, name, goal, unit, target, o = {}] = GOALS[key];
  const wanted = `${o.least ? '≥' : '≤'} ${show(target)} ${unit}`.trim();
  if (!row) {
    const missed = tier === 'deep' || (parts.includes(part) && !o.deep);
    return [name, missed ? 'no' : 'told', goal, missed ? 'no figure' : 'left out of this tier', wanted, missed ? '' : 'script/check deep bench'].join('\t');
  }
  const met = (slack) => (o.least ? row.median >= target / slack : row.median <= target * slack);
  const spread = row.n > 1 ? ` (${show(row.min)}–${show(row.max)})` : '';
  const ratio = key === 'life.us' ? measured.get('life.ratio') : undefined;
  const said = `${show(row.median)}${spread} ${unit}`.trim() + (met(1) ? ', met' : ', not met') +
    (ratio ? `; ${show(ratio.median * BARE_LOOP_US)} where the bare loop takes ${BARE_LOOP_US}` : '') +
    (o.noted ? `; ${row.note}` : '');
  const how = tier === 'deep' ? [] : [SCALED[part], o.exact ? '' : o.wall ? 'judged in the deep tier' : `fails at ${SLACK} times`];
  return [name, verdict(met(1), !met(SLACK), o), goal, said, wanted, [...how, ...notes].filter(Boolean).join('; ')].join('\t');
}

const NOISE_OF = { 'bare loop': 'life', 'intake floor': 'hooks' };
const notesOf = (part) => (bench.notes || []).filter((note) => note.startsWith('NOISY') &&
  Object.entries(NOISE_OF).every(([what, of]) => !note.includes(what) || of === part));
let figures = 0;
for (const [key, [part, , , , , o = {}]] of Object.entries(GOALS)) {
  const row = o.deep && tier !== 'deep' ? undefined : measured.get(key);
  if (!row && asked !== '0' && !parts.includes(part)) continue;
  console.log(line(key, row, notesOf(part)));
  if (row) figures++;
}
process.exit(figures > 0 ? 0 : 1);
