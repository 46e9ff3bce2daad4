// bench: from build/bench.json to lines for the scoreboard: name, pass, goal, figure, target, scale, tab-separated.
// Deep: a goal that is not met says no. Commit: the figures are of a short run, often on a busy machine, so only a
// gross regression (SLACK times the target) says no, and rates and times are told but not judged; the line says so.
'use strict';
const fs = require('node:fs');
const [path, tier, scale] = process.argv.slice(2);
const SLACK = 3;

// key: name, goal, unit, target; `least` for what must not be less; `virtual` for what no machine changes;
// `wall` for what neighbours change; `deep` for what only the deep tier judges.
const GOALS = {
  'life.us': ['life', 'CPU of a message\'s whole life', 'µs', 90],
  'life.ratio': ['life-ratio', 'the same, by a bare loop in the same run', '×', 2.5],
  'hooks.ratio': ['webhook', 'webhook intake, durable, by the floor', '×', 1.75],
  'hooks.share': ['webhook-few', 'rate with 32 callback connections by that with 1,000', '×', 0.3, { least: true }],
  'hooks.p99': ['webhook-p99', 'webhook answered after its commit, p99, 64 connections at full speed', 'ms', 25, { wall: true }],
  'import.rate': ['import', 'import, upload to durable', 'rows/s', 100000, { least: true, wall: true }],
  'memory.imported': ['import-memory', 'private memory after the imports', 'MiB', 64],
  'memory.waiting': ['memory', 'private memory with all campaigns waiting', 'MiB', 64],
  'scale.first': ['first-message', 'campaign to all: start to first message', 'ms', 1000, { wall: true }],
  'scale.memory': ['campaign-memory', 'campaign to all: private memory while it runs', 'MiB', 64],
  'scale.growth': ['campaign-growth', 'CPU a message, near the end by three tenths', '×', 1.15],
  'tenants.growth': ['tenants', 'growth of scheduling by that of log n, 10 to 10,000 organizations', '×', 1],
  'tenants.wait.1000': ['tenants-wait', 'longest wait of the smallest of 1,000, by the bound', '×', 1, { virtual: true }],
  'tenants.wait.10000': ['tenants-wait-most', 'longest wait of the smallest of 10,000, by the bound', '×', 1, { virtual: true, deep: true }],
  'gate.us': ['gate', 'CPU of the gate a message, its template checked', 'µs', 5],
  'urgent.p99': ['urgent', 'urgent message beside a campaign, request to ledger p99', 'ms', 10, { wall: true }],
  'limits.over': ['limits', 'windows over a limit, asked of the sandbox', '', 0, { virtual: true }],
  'limits.minute': ['limits-use', 'use of limits of a minute', '%', 99, { least: true }],
};

function line(key, row) {
  const [name, goal, unit, target, o = {}] = GOALS[key];
  const slack = tier === 'deep' || o.virtual ? 1 : SLACK, bound = o.least ? target / slack : target * slack;
  const told = o.wall && tier !== 'deep', pass = told || (o.least ? row.median >= bound : row.median <= bound);
  const show = (v) => (Number.isInteger(v) || v >= 1000 ? Math.round(v).toLocaleString('en-US') : v.toFixed(2));
  const spread = row.n > 1 ? ` (${show(row.min)}–${show(row.max)})` : '';
  const met = o.least ? row.median >= target : row.median <= target;
  const said = `${show(row.median)}${spread} ${unit}`.trim() + (met ? ', met' : ', not met');
  const how = told ? `${scale}; told, judged in the deep tier` : slack === 1 ? scale : `${scale}; fails at ${SLACK} times`;
  return [name, pass ? 'yes' : 'no', goal, said, `${o.least ? '≥' : '≤'} ${show(target)} ${unit}`.trim(), how].join('\t');
}

const bench = JSON.parse(fs.readFileSync(path, 'utf8'));
let lines = 0;
for (const row of bench.results) {
  if (!GOALS[row.key] || (GOALS[row.key][4]?.deep && tier !== 'deep')) continue;
  console.log(line(row.key, row));
  lines++;
}
process.exit(lines > 0 ? 0 : 1);
