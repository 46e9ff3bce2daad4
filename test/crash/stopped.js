'use strict';
// Was anything begun to a person after the webhook of their STOP had been answered?

const assert = require('node:assert');

// The sandbox dates a request when it reads it. One whose first byte had gone before the answer is read a moment
// later, the longer the busier the machine is: so much may lie between. The simulation, whose clock is exact, gives less.
const CROSSING_MS = 1000;

const oracle = (world, more) => world.control('POST', 'oracle', { id_param: '/status/', ...more });

// What crossed a STOP must have been armed before the STOP was committed, by our own records.
async function assertArmedBefore(world, finding) {
  const [entry] = (await world.control('GET', `ledger?from=${finding.seq}&limit=1`)).entries;
  const { entries, messages } = await world.api('GET', `consents/${encodeURIComponent(entry.to)}/evidence`);
  const stop = entries.map((one) => one.entry).filter((one) => one.state === 'opted_out')
    .reduce((first, one) => (one.recorded_at < first ? one.recorded_at : first), '9999');
  const late = messages.filter((m) => m.sid !== null && m.armed_at > stop);
  assert.deepStrictEqual(late, [], `armed after the STOP of ${stop}, received ${finding.late_ms} ms after its answer`);
}

async function assertNoneAfterStop(world) {
  const verdict = await oracle(world, { stop_crossing_ms: CROSSING_MS });
  assert.strictEqual(verdict.after_stop, 0, JSON.stringify(verdict.findings));
  const close = (await oracle(world)).findings.filter((f) => f.kind === 'after_stop');
  for (const finding of close) await assertArmedBefore(world, finding);
  return verdict;
}

module.exports = { assertNoneAfterStop };
