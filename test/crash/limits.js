'use strict';
// Were the limits that /v1/limits names kept, on the provider's clock? The sandbox's oracle judges those of
// accounts and senders; those of carriers are counted here, because the carrier that the import named is what
// Sterling knows, and not which one the sandbox gives a number.

const assert = require('node:assert');

const SLUGS = {
  'AT&T': 'att', 'T-Mobile': 'tmobile', Verizon: 'verizon', 'US Cellular': 'uscc', 'C Spire': 'other_us',
};

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

// A number's own limit towards a carrier; a person whose carrier nobody named counts towards every one.
function assertSendersWithin(limits, counted, carriers) {
  for (const l of limits) {
    const bySender = new Map();
    for (const e of counted) {
      const slug = SLUGS[carriers.get(e.to)];
      if (slug !== undefined && slug !== l.carrier) continue;
      if (!bySender.has(e.from)) bySender.set(e.from, []);
      bySender.get(e.from).push(e);
    }
    for (const [from, mine] of bySender) {
      const most = fullest(mine, l.window_ms, (e) => (l.unit === 'segments' ? e.segments : 1));
      const alone = Math.max(...mine.map((e) => (l.unit === 'segments' ? e.segments : 1)));
      assert.ok(most <= Math.max(l.amount, alone),
        `${from} to ${l.carrier}: ${most} in ${l.window_ms} ms, ${l.amount} allowed (${l.source})`);
    }
  }
}

async function assertWithinLimits(world, limits, entries, carriers, senders) {
  const judged = limits.filter((l) => SCOPES[l.scope] && l.window_ms !== null).map((l) => (
    { scope: SCOPES[l.scope], window_ms: l.window_ms, most: l.amount, segments: l.unit === 'segments' }));
  const verdict = await assertWithin(world, judged);
  const counted = entries.filter((e) => e.http_status !== 429);
  for (const l of limits.filter((one) => one.scope === 'program_carrier')) {
    const mine = counted.filter((e) => SLUGS[carriers.get(e.to)] === l.carrier);
    const most = fullest(mine, l.window_ms, (e) => (l.unit === 'segments' ? e.segments : 1));
    assert.ok(most <= l.amount, `${l.carrier}: ${most} in ${l.window_ms} ms, ${l.amount} allowed (${l.source})`);
  }
  const ours = counted.filter((e) => senders.includes(e.from));
  assertSendersWithin(limits.filter((one) => one.scope === 'sender_carrier'), ours, carriers);
  return verdict;
}

module.exports = { assertWithin, assertWithinLimits };
