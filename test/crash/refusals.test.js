'use strict';
// What must not start does not start, and says why and what to do.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { ACCOUNT, Daemon, World } = require('./harness.js');

const USER_VERSION_AT = 60; // SQLite's file header: four bytes, big-endian

let world;
const closing = [];
before(async () => {
  world = await World.make({ after: (f) => closing.push(f), diagnostic: () => {} }, { seed: 1 });
  await world.start();
  await world.organization(1);
  await world.api('PATCH', 'organizations/acme', { auth_token: ACCOUNT.token, account_sid: ACCOUNT.sid });
});
after(() => Promise.all(closing.map((f) => f())));

// The words of a start that was refused; the server must end by itself.
async function refused(daemon) {
  const { code, signal } = await daemon.exited;
  assert.strictEqual(signal, null, daemon.errors);
  assert.notStrictEqual(code, 0, 'it started');
  assert.doesNotMatch(daemon.errors, /Sanitizer|runtime error/);
  return daemon.errors;
}

const start = () => refused(world.spawn());

test('a second server on the same data directory refuses to start, and the first goes on', async () => {
  const words = await refused(world.spawn({ port: 0, events_port: 0 }));
  assert.match(words, new RegExp(`process id ${world.server.child.pid}`));
  assert.strictEqual((await world.api('GET', 'organization')).slug, 'acme');
  const { pid } = JSON.parse(fs.readFileSync(path.join(world.data, 'server.json'), 'utf8'));
  assert.strictEqual(pid, world.server.child.pid);
});

test('a port that is taken is named', async () => {
  const words = await refused(world.spawn({ data_dir: path.join(world.directory, 'other') }));
  assert.match(words, new RegExp(`${world.settings.port}`));
});

test('without credentials it says which are missing', async () => {
  const without = new Daemon(['serve', `--data_dir=${path.join(world.directory, 'none')}`, '--port=0'], {});
  const words = await refused(without);
  assert.match(words, /TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN/);
  assert.match(words, /--sandbox/);
  assert.ok(!fs.existsSync(path.join(world.directory, 'none')), 'a directory was made');
});

test('an account SID of a wrong form is refused and the token is not shown', async () => {
  const env = { TWILIO_ACCOUNT_SID: 'AC12', TWILIO_AUTH_TOKEN: ACCOUNT.token, PUBLIC_URL: 'https://a.example' };
  const words = await refused(new Daemon(['serve', `--data_dir=${world.directory}/none`], env));
  assert.match(words, /TWILIO_ACCOUNT_SID/);
  assert.ok(!words.includes(ACCOUNT.token));
});

test('a database of a newer version is left alone', async (t) => {
  const { code } = await world.stop();
  assert.strictEqual(code, 0);
  const file = path.join(world.data, 'sterling.db');
  const fd = fs.openSync(file, 'r+');
  const old = Buffer.alloc(4), newer = Buffer.alloc(4);
  fs.readSync(fd, old, 0, 4, USER_VERSION_AT);
  newer.writeUInt32BE(old.readUInt32BE() + 1);
  fs.writeSync(fd, newer, 0, 4, USER_VERSION_AT);
  t.after(() => {
    fs.writeSync(fd, old, 0, 4, USER_VERSION_AT);
    fs.closeSync(fd);
  });
  const before = fs.readFileSync(file);
  assert.match(await start(), new RegExp(`newer version.*schema is ${newer.readUInt32BE()}`));
  assert.ok(before.equals(fs.readFileSync(file)), 'the file was changed');
});

test('a file that is no database of ours is refused', async () => {
  const data = path.join(world.directory, 'foreign');
  fs.mkdirSync(data);
  fs.writeFileSync(path.join(data, 'sterling.db'), 'this is no database at all, only a text of some length\n'.repeat(40));
  fs.copyFileSync(path.join(world.data, 'master.key'), path.join(data, 'master.key'));
  assert.match(await refused(world.spawn({ data_dir: data })), /sterling\.db/);
});

// Each gives the master key file another shape, and takes it back.
const keys = {
  missing: { words: /master key .*master\.key cannot be read/, change: (file) => fs.rmSync(file) },
  'readable by others': { words: /readable by others.*chmod 600/s, change: (file) => fs.chmodSync(file, 0o644) },
  empty: { words: /master key .* is empty/, change: (file) => fs.truncateSync(file) },
  'of another installation': {
    words: /master key is not the one/, change: (file) => fs.writeFileSync(file, `${'ab'.repeat(32)}\n`),
  },
  malformed: { words: /master key .*64 hex digits/, change: (file) => fs.writeFileSync(file, 'no key\n') },
};
for (const [what, { words, change }] of Object.entries(keys)) {
  test(`a master key that is ${what} is refused`, async (t) => {
    const file = path.join(world.data, 'master.key');
    const saved = fs.readFileSync(file, 'utf8');
    change(file);
    t.after(() => {
      fs.rmSync(file, { force: true });
      fs.writeFileSync(file, saved, { mode: 0o600 });
    });
    const said = await start();
    assert.match(said, words);
    assert.ok(!said.includes(saved.trim()), 'the key is in the words');
  });
}

test('with everything put back it starts again', async () => {
  await world.start();
  assert.strictEqual((await world.api('GET', 'organization')).slug, 'acme');
  assert.strictEqual((await world.stop()).code, 0);
});
