'use strict';
// Were the limits that /v1/limits names kept, on the provider's clock? The sandbox's oracle judges those of
// accounts and senders; those of carriers are counted here, because the carrier that the import named is what
// Sterling knows, and not which one the sandbox gives a number.

const assert = require('node:assert');

const SLUGS = { 'AT&T': 'att', 'T-Mobile': 'tmobile', Verizon: 'verizon' };

const SCOPES = { account: 'account', brand: 'service', sender: 'sender' };

function fullest(entries, windowMs, weight) {
  let sum = 0, from = 0, most = 0;
  for (const e of entries) {
    sum += weight(e);
    while (e.at_ms - entries[from].at_ms >= windowMs) sum -= weight(entries[from++]);
    most = Math.max(most, sum);
  }
  return most;
}

// Every creation that was received counts, committed or not, but for those refused with 429.
async function assertWithin(world, limits) {
  const verdict = await world.control('POST', 'oracle', { id_param: '/status/', count_received: true, limits });
  assert.strictEqual(verdict.over_limit, 0,
    JSON.stringify(verdict.findings.slice(0, 3).map((f) => ({ ...f, limit: limits[f.limit] }))));
  return verdict;
}

async function assertWithinLimits(world, limits, entries, carriers) {
  const judged = limits.filter((l) => SCOPES[l.scope] && l.window_ms !== null).map((l) => (
    { scope: SCOPES[l.scope], window_ms: l.window_ms, most: l.amount, segments: l.unit === 'segments' }));
  const verdict = await assertWithin(world, judged);
  const counted = entries.filter((e) => e.http_status !== 429);
  for (const l of limits.filter((one) => one.scope === 'program_carrier')) {
    const mine = counted.filter((e) => SLUGS[carriers.get(e.to)] === l.carrier);
    const most = fullest(mine, l.window_ms, (e) => (l.unit === 'segments' ? e.segments : 1));
    assert.ok(most <= l.amount, `${l.carrier}: ${most} in ${l.window_ms} ms, ${l.amount} allowed (${l.source})`);
  }
  return verdict;
}

module.exports = { assertWithin, assertWithinLimits };
