'use strict';
// A server with its sandbox for all tests of a file, at an hour at which marketing is lawful everywhere and with
// carriers that are quick; and what the tests begin with: organizations, people, lists.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { DONE, Server, STERLING } = require('./server.js');

const CONSENT = ['--consent', 'written', '--disclosure', 'I agree to get offers by text.', '--attested-by', 'the shop'];
const server = new Server();
const areas = [205, 206, 207, 208, 209, 210, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231, 234, 239];

// A number without a place is somewhere in the US: whatever the state, whatever the holiday.
function openEverywhere(day) {
  return JSON.parse(execFileSync(STERLING, ['quiet-hours', '+18005550199', '--json', '--at', day.toISOString()])).open;
}

// The next working day's afternoon that is lawful in every US time zone; never in the past, because what waits for a
// time would wait until the clock is there again.
function lawfulMoment() {
  const day = new Date();
  day.setUTCHours(20, 0, 0, 0);
  while (day < new Date() || !openEverywhere(day)) day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().replace('.000', '');
}

function file(name, content) {
  const at = path.join(server.dir, name);
  fs.writeFileSync(at, content);
  return at;
}

// An organization with so many numbers of its own.
async function organization(slug, numbers = 1) {
  const { webhooks } = await server.post('organizations', { slug, name: slug.toUpperCase(), help_text: 'Call 555-0100',
    program: { registration: 'approved', brand_type: 'standard', brand_score: 80, use_case: 'MARKETING' } });
  const { sid } = await server.control('POST', '/services', {
    friendly_name: slug, inbound_request_url: webhooks.inbound, program: { brand: 1, brand_score: 80 } });
  await server.patch(`organizations/${slug}`, { program: { messaging_service_sid: sid } });
  const made = await server.control('POST', '/numbers', { service: sid, area_code: areas.shift(), count: numbers });
  const list = JSON.stringify(made).match(/\+1\d{10}/g);
  await server.post('senders', { senders: list.map((address) => ({ address })) }, { org: slug });
  return { slug, numbers: list };
}

// `count` people of an exchange; their numbers.
function people(count, exchange) {
  return Array.from({ length: count }, (_, i) => `+1212${exchange}${String(i).padStart(4, '0')}`);
}

async function importPeople(org, list, numbers) {
  const rows = numbers.map((number, i) => `${number},Name${i}`);
  const result = await server.cli(['contacts', 'import', '-', '--list', list, ...CONSENT], {
    org, input: `number,first_name\n${rows.join('\n')}\n` });
  assert.equal(result.code, DONE, result.err);
  return result.out;
}

// What a file's tests run in.
function openWorld() {
  before(async () => {
    await server.start('--reconcile.every_ms=500', '--http.import_bytes_max=8388608');
    await server.control('POST', '/clock', { set: lawfulMoment() });
    const swift = { filtered_per_million: 0, unreachable_per_million: 0, unknown_per_million: 0, landline_per_million: 0,
      no_receipt_per_million: 0, sent_ms_min: 5, sent_ms_max: 50, receipt_ms_min: 20, receipt_ms_max: 100 };
    await server.control('POST', '/carriers', { verizon: swift, att: swift, tmobile: swift, other_us: swift, foreign: swift });
  });

  after(() => server.remove());
}

// Ends the server, and looks its log through for what passed: `least` numbers and secrets at least.
function testTheLog(least) {
  test('no log line holds a number, a text, a token or a key', async () => {
    assert.equal(await server.stop(), DONE);
    const log = server.log();
    assert.ok(log.split('\n').length > 20);
    for (const line of log.trim().split('\n')) assert.doesNotThrow(() => JSON.parse(line), line);
    assert.ok(server.secrets.size >= least);
    for (const secret of server.secrets)
      assert.ok(!log.includes(secret), `the log holds ${secret}: ${log.split('\n').find((l) => l.includes(secret))}`);
    for (const text of ['Your code is', 'Reply STOP', 'Are you sure', 'Welcome back', 'private', 'sk_', 'whsec_',
      '5a4db0c5000000000000000000000001'])
      assert.ok(!log.includes(text), `the log holds "${text}"`);
    for (const line of log.replace(/[A-Z]{2}[0-9a-f]{32}/g, 'SID').split('\n')) // ten digits of a SID are no number
      assert.doesNotMatch(line, /\+?1?[2-9]\d{2}[2-9]\d{6}(?!\d)(?<!\d{12})/);
  });
}

module.exports = { CONSENT, server, file, lawfulMoment, organization, people, importPeople, openWorld, testTheLog };
