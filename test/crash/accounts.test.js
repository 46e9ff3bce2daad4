'use strict';
// The server dies at every failpoint of an account: while a subaccount is made, its auth token rotated, a key made, a
// sink subscribed, its state changed. Afterwards the sandbox has each thing once, the token that is stored is the one
// that works, and no secret is anywhere in plain.
//   STERLING_CRASH_SEED=SEED

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { ACCOUNT, World, eventually, json } = require('./harness.js');

const seed = Number(process.env.STERLING_CRASH_SEED ?? Date.now() % 1000000);
const END_MS = 60000;
const settings = {
  'onboarding.settle_ms': 300, 'accounts.look_ms': 1000, 'accounts.rotate_pause_ms': 200, 'accounts.rotate_keep_ms': 200,
};
const basic = ({ sid, auth_token: token }) => ({ Authorization: `Basic ${Buffer.from(`${sid}:${token}`).toString('base64')}` });
const parent = { sid: ACCOUNT.sid, auth_token: ACCOUNT.token };

// What is wanted, and where the server dies on the way there, one death after the other.
const LIFE = [
  ['account', undefined, 'account.begun', 'account.made', 'account.sink_made', 'account.subscribed'],
  ['account/rotate', undefined, 'account.token_begun', 'account.token_made', 'account.promote_begun', 'account.promoted'],
  ['account/keys', { name: 'for requests' }, 'account.key_begun', 'account.key_made'],
  ['account/suspend', undefined, 'account.state_begun', 'account.state_told'],
  ['account/resume', undefined, 'account.state_told'],
  ['account/rotate', undefined, 'account.token_made'],
];

test('an account outlives its server at every step, and no secret is left anywhere', async (t) => {
  t.diagnostic(`STERLING_CRASH_SEED=${seed}`);
  const world = await World.make(t, { seed, settings });
  const table = world.command({}, 'serve', '--failpoints').stdout.trim().split('\n').map((line) => line.split(' ')[0]);
  assert.deepStrictEqual([...new Set(LIFE.flatMap(([, , ...points]) => points))].sort(),
    table.filter((name) => name.startsWith('account.')).sort());
  const at = 'organizations/acme/account';
  const secrets = new Set([ACCOUNT.token]);
  const subaccounts = async () =>
    (await json('GET', `${world.sandboxUrl}/2010-04-01/Accounts.json?PageSize=100`, undefined, basic(parent))).accounts
      .filter((one) => one.sid !== ACCOUNT.sid);
  const list = async (account, url, key) => (await json('GET', world.sandboxUrl + url, undefined, basic(account)))[key];
  const works = (account, token) =>
    json('GET', `${world.sandboxUrl}/2010-04-01/Accounts/${account.sid}.json`, undefined, basic({ sid: account.sid, auth_token: token }))
      .then(() => true, () => false);
  const settled = () => eventually('the account is settled', END_MS, async () => {
    const now = await world.api('GET', at);
    return !now.busy && now.event_sink_sid !== null && now;
  });

  // Again if a turn of the server's own came between, but not when it died of it.
  const want = async (what, body) => {
    for (;;) {
      const error = await world.api('POST', `organizations/acme/${what}`, body).then(() => null, (e) => e);
      if (!error || error.status === undefined) return;
      if (!/changed meanwhile/.test(error.message)) throw error;
    }
  };

  await world.start();
  await world.api('POST', 'organizations', { slug: 'acme', name: 'Acme' });
  for (const [what, body, ...points] of LIFE) {
    await world.kill();
    for (const [i, name] of points.entries()) {
      world.launch(`${name}:crash`);
      if (i === 0) {
        await world.server.ready();
        await want(what, body);
      }
      const how = await eventually(`${name} is reached`, END_MS, () => world.server.ended, 20);
      assert.strictEqual(how.signal, 'SIGKILL', `${name}: ended with ${JSON.stringify(how)}`);
    }
    await world.start();
    await settled();
    for (const one of await subaccounts()) secrets.add(one.auth_token);
    if (what === 'account/suspend') assert.strictEqual((await subaccounts())[0].status, 'suspended');
  }
  const now = await settled();
  const [account, ...others] = await subaccounts();
  assert.deepStrictEqual(others, []);
  secrets.add(account.auth_token);
  assert.strictEqual(now.account_sid, account.sid);
  assert.strictEqual(account.status, 'active');
  assert.strictEqual(now.state, 'active');
  for (const old of secrets) if (old !== account.auth_token) assert.ok(!await works(account, old), 'an old token still works');
  assert.strictEqual((await list(account, '/v1/Sinks', 'sinks')).length, 1);
  assert.strictEqual((await list(account, '/v1/Subscriptions', 'subscriptions')).length, 1);
  const keys = await list(account, `/2010-04-01/Accounts/${account.sid}/Keys.json`, 'keys');
  assert.deepStrictEqual(keys.map((one) => one.sid).sort(),
    now.keys.filter((one) => one.state === 'ready').map((one) => one.sid).sort());
  assert.strictEqual(keys.length, 1);
  assert.strictEqual(now.requests_use, keys[0].sid);
  assert.strictEqual(secrets.size, 4, `${secrets.size} tokens`);

  await world.stop();
  for (const file of fs.readdirSync(world.directory, { recursive: true })) {
    const whole = path.join(world.directory, file);
    if (!fs.statSync(whole).isFile()) continue;
    const content = fs.readFileSync(whole);
    for (const secret of secrets)
      assert.ok(!content.includes(secret) && !content.includes(Buffer.from(secret).toString('base64').slice(0, 40)), `a token is in ${file}`);
  }
});
