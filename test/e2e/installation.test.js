'use strict';
// An installation as its operator meets it: what the program explains without a server, settings, files, the audit, and
// from a refused start to a graceful end.

const assert = require('node:assert/strict');
const { execFileSync, spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { test } = require('node:test');
const { DONE, FAILED, USAGE, NOT_FOUND, REFUSED, UNREACHABLE, Server,
  run, refused, eventually, STERLING } = require('./server.js');
const { server, file, organization, people, importPeople, openWorld, testTheLog } = require('./world.js');

const SETTINGS_PAGE = path.join(__dirname, '../../docs/settings.md');
openWorld();

test('verbs that explain need no server', async () => {
  let result = await run(['segment', '--json', '-'], { input: 'Ça va “bien”?' });
  assert.equal(result.code, DONE);
  const { encoding, segments, units, smart, offenders } = JSON.parse(result.out);
  assert.deepEqual({ encoding, segments, units }, { encoding: 'UCS-2', segments: 1, units: 13 });
  assert.equal(smart.encoding, 'GSM-7');
  assert.deepEqual(offenders.map((o) => o.character), [6, 11]);
  assert.deepEqual(offenders.map((o) => o.replacement), ['"', '"']);
  refused(await run(['segment', '-'], { input: Buffer.from([0x68, 0xff]) }), REFUSED, /UTF-8/);

  const asked = ['quiet-hours', '850-555-0123', '--zip', '32456', '--at', '2026-07-15T12:30:00Z'];
  result = await run([...asked, '--json']);
  assert.equal(result.code, DONE);
  const quiet = JSON.parse(result.out);
  assert.deepEqual(quiet.places, { country: 'US', states: ['FL'], time_zones: ['America/New_York', 'America/Chicago'] });
  assert.deepEqual([quiet.open, quiet.next_open_at, quiet.closes_at, quiet.zone],
    [false, '2026-07-15T13:00:00.000Z', '2026-07-16T00:00:00.000Z', 'America/Chicago']);
  assert.deepEqual([quiet.cap.count, quiet.cap.hours], [3, 24]);
  assert.match((await run(asked)).out, /next opening: 2026-07-15T13:00:00.000Z, there Wed 2026-07-15 08:00/);
  assert.match((await run([...asked, '--kind', 'transactional'])).out, /allowed at any hour/);
  refused(await run(['quiet-hours', '+18505550123', '--at', '2026-07-15T12:30:00']), USAGE, /no time with a zone/);
  refused(await run(['quiet-hours', '+18505550123', '--zip', '09012']), USAGE, /--zip '09012' is not known/);
  refused(await run(['quiet-hours', '+18505550123', '--time-zone', 'Mars/Base']), USAGE, /--time-zone 'Mars\/Base'/);

  result = await run(['error', '30007']);
  assert.equal(result.code, DONE);
  assert.match(result.out, /30007/);
  assert.match(result.out, /What to do/);
  assert.equal(JSON.parse((await run(['error', '99999', '--json'])).out).known, false);
  refused(await run(['error', 'abc']), USAGE, /abc/);

  const version = JSON.parse((await run(['version', '--json'])).out);
  for (const word of ['version', '--version'])
    assert.equal((await run([word])).out, `sterling ${version.version}\n`);
  assert.match((await run(['completion', 'bash'])).out, /complete -F _sterling sterling/);
  refused(await run(['completion', 'tcsh']), USAGE, /tcsh/);
  assert.match((await run(['man'])).out, /^\.TH STERLING 1/);
  assert.match((await run(['--help'])).out, /Exit codes/);
  refused(await run(['nonsense']), USAGE, /no verb 'nonsense'\n/);
  refused(await run(['camp']), USAGE, /is `sterling campaign` meant\?/);
  refused(await run(['mesages', 'list']), USAGE, /is `sterling messages` meant\?/);
  refused(await run(['segment', '--bogus', 'x']), USAGE, /--bogus/);
  const elsewhere = { STERLING_DATA_DIR: server.dir, STERLING_URL: 'http://127.0.0.1:9' };
  refused(await run(['campaign', 'list'], { env: elsewhere }), REFUSED, /no API key/); // the operator's is for its server alone
  refused(await run(['campaign', 'list'], { env: { ...elsewhere, STERLING_API_KEY: 'sk_1' } }), UNREACHABLE);
  refused(await run(['campaign', 'list'], { env: { STERLING_DATA_DIR: '/nonexistent' } }), UNREACHABLE,
    /sterling serve/);
});

// What a shell can give that a string of this language cannot.
function inShell(words) {
  const { status, stderr } = spawnSync('bash', ['--norc', '-c', `"$0" ${words}`, STERLING], {
    stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', env: { PATH: process.env.PATH, STERLING_DATA_DIR: server.dir, STERLING_ORG: 'none' } });
  return { code: status, err: stderr, out: '' };
}

test('nothing is left out of what is sent, and nothing of what is told', () => {
  refused(inShell("campaign create X --template Hi --list $'\\xe9t\\xe9'"), USAGE, /--list is not UTF-8 at byte 1/);
  refused(inShell("consent opt-out $'\\xe9' --evidence x"), USAGE, /argument 1 is not UTF-8/);
  refused(inShell("sender add --file <(printf '+14155550100\\n\\xe9\\n')"), REFUSED, /line 2 is not UTF-8/);
  refused(inShell('version >/dev/full'), FAILED, /could not be written whole/);
});

test('a lost answer is asked for again with the same key, and nothing is done twice', async () => {
  await organization('lossy');
  const org = 'lossy';
  let losses = 1, leaves = false;
  const proxy = http.createServer((request, response) => {
    const body = [];
    request.on('data', (piece) => body.push(piece));
    request.on('end', async () => {
      const headers = Object.fromEntries(['authorization', 'sterling-organization', 'content-type', 'idempotency-key']
        .filter((name) => request.headers[name]).map((name) => [name, request.headers[name]]));
      const answer = await fetch(server.url + request.url, { method: request.method, headers,
        body: request.method === 'GET' ? undefined : Buffer.concat(body) });
      const text = await answer.text();
      if (request.method === 'POST' && losses-- > 0) {
        if (leaves) proxy.close();
        return request.socket.destroy();
      }
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') });
      return response.end(text);
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const through = (...args) => server.cli([...args, '--url', `http://127.0.0.1:${proxy.address().port}/`],
    { org, key: server.operatorKey });
  const sent = async (to) => (await server.get(`messages?to=${encodeURIComponent(to)}`, { org })).data.length;
  const send = (to, ...more) => through('send', to, 'Hello', ...more);
  try {
    assert.equal((await send('+12125670001')).code, DONE);
    assert.equal(await sent('+12125670001'), 1);
    losses = Infinity;
    const lost = await send('+12125670002');
    refused(lost, UNREACHABLE, /may have been done all the same/);
    const [, key] = lost.err.match(/--idempotency-key (cli-[0-9a-f]{32})/);
    losses = 0;
    assert.equal((await send('+12125670002', '--idempotency-key', key)).code, DONE);
    assert.equal(await sent('+12125670002'), 1);
    losses = 1;
    leaves = true;
    refused(await send('+12125670003'), UNREACHABLE, /may have been done all the same/, /--idempotency-key/);
    assert.equal(await sent('+12125670003'), 1);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});

test('signatures are made, verified and diagnosed', async () => {
  const env = { STERLING_TOKEN: '12345' };
  const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
  const params = ['CallSid=CA1234567890ABCDE', 'Caller=+12349013030', 'Digits=1234', 'From=+12349013030',
    'To=+18005551212'].flatMap((p) => ['--param', p]);
  const made = await run(['signature', '--url', url, ...params], { env });
  assert.equal(made.out, '0/KCTR6DLpKmkAf8muzZqo1nDgQ=\n'); // Twilio's own example
  const verify = (...args) => run(['signature', '--verify', made.out.trim(), ...args], { env });
  assert.equal((await verify('--url', url, ...params)).out, 'right\n');
  let wrong = await verify('--url', url.replace('https', 'http'), ...params);
  assert.equal(wrong.code, FAILED);
  assert.match(wrong.out, /wrong: .*https/);
  wrong = await verify('--url', url.replace('foo=1&bar=2', 'bar=2&foo=1'), ...params);
  assert.match(wrong.out, /wrong: .*(order|query)/);
  wrong = await run(['signature', '--verify', made.out.trim(), '--url', url, ...params],
    { env: { STERLING_TOKEN: 'another' } });
  assert.match(wrong.out, /wrong: .*token/);
  const form = file('body.form', new URLSearchParams(params.filter((p) => p !== '--param')
    .map((p) => [p.slice(0, p.indexOf('=')), p.slice(p.indexOf('=') + 1)])).toString());
  assert.equal((await verify('--url', url, '--body-file', form)).out, 'right\n');
  refused(await run(['signature', '--url', url], {}), USAGE, /--token/);
  refused(await run(['signature', '--url', 'sms.example.com'], { env }), USAGE, /sms.example.com/, /no URL/);
  refused(await run(['signature', '--url', url, '--param', 'x'], { env }), USAGE, /--param 'x'/);
});

test('bash completes verbs, flags, settings and files', async () => {
  const script = file('sterling.bash', (await run(['completion', 'bash'])).out);
  const complete = (...words) => execFileSync('bash', ['-c', `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _sterling; printf '%s\\n' "\${COMPREPLY[@]}"`, script, 'sterling', ...words],
    { cwd: server.dir, encoding: 'utf8' }).trim().split('\n');
  const verbs = complete('');
  assert.equal(new Set(verbs).size, verbs.length);
  for (const verb of ['serve', 'org', 'campaign', 'segment', 'man']) assert.ok(verbs.includes(verb), verb);
  assert.deepEqual(complete('campaign', 'c'), ['create', 'cancel']);
  assert.deepEqual(complete('contacts', 'import', '--re'), ['--region', '--rejects']);
  assert.deepEqual(complete('serve', '--hooks.t'), ['--hooks.timeout_ms=']);
  assert.deepEqual(complete('completion', ''), ['--help', 'bash', 'zsh', 'fish']);
  assert.deepEqual(complete('contacts', 'import', '--rejects', 'sterling.b'), ['sterling.bash']);
  assert.deepEqual(complete('contacts', 'import', 'sterling.b'), ['sterling.bash']);
});

test('the files of a server are nobody else\'s', () => {
  for (const name of ['sterling.db', 'sterling.db-wal', 'master.key', 'operator.key', 'epoch'])
    assert.equal(fs.statSync(path.join(server.dir, name)).mode & 0o077, 0, name);
});

test('settings are shown, checked and documented', async () => {
  assert.equal((await run(['config', 'show', '--markdown'])).out, fs.readFileSync(SETTINGS_PAGE, 'utf8'),
    'write it anew: build/sterling config show --markdown > docs/settings.md');
  const env = { TWILIO_AUTH_TOKEN: server.keep('fedcba9876543210fedcba9876543210') };
  const shown = await run(['config', 'show', '--json', '--port=1234'], { env });
  const settings = Object.fromEntries(JSON.parse(shown.out).map((s) => [s.name, s.value]));
  assert.equal(settings.port, '1234');
  assert.match((await run(['config', 'show', '--data-dir=/srv/s', '--http.body-bytes-max=4096'])).out, /data_dir +\/srv\/s\n[^]*http.body_bytes_max +4096\n/);
  assert.ok(!shown.out.includes(env.TWILIO_AUTH_TOKEN));
  refused(await run(['config', 'show', '--port=99999']), USAGE, /port/, /65535/);
  refused(await run(['config', 'show'], { env: { STERLING_PROVIDER_TIMEOUT_MS: 'long' } }), USAGE,
    /STERLING_PROVIDER_TIMEOUT_MS/, /long/);
  const config = file('bad.conf', '# comment\nport = 80\nlistn = ::\n');
  refused(await run(['config', 'check', `--config_file=${config}`]), USAGE, /bad.conf line 3/, /listn/);
  refused(await run(['config', 'check']), REFUSED, /account_sid/i);
  refused(await run(['config', 'check'], { env: { ...env, TWILIO_ACCOUNT_SID: 'AC12', PUBLIC_URL: 'https://x.example' } }),
    REFUSED, /account_sid/i, /AC/);
  refused(await run(['serve', `--data_dir=${server.dir}/other`, '--port=0'], { env }), REFUSED, /account_sid/i);
  assert.equal((await run(['config', 'check', '--sandbox'])).code, DONE);
});

test('an audit shows what endangers the installation, and nothing once it is mended', async () => {
  const rules = JSON.parse((await run(['audit', '--rules', '--json'])).out);
  const page = fs.readFileSync(path.join(__dirname, '../../docs/audit.md'), 'utf8');
  for (const rule of rules) assert.ok(page.includes(`| \`${rule.id}\` | ${rule.severity} |`), rule.id);
  await organization('audited');
  const ask = async (...flags) => {
    const { code, out } = await server.cli(['audit', '--json', ...flags]);
    return { code, found: new Set(JSON.parse(out).findings.map((f) => f.rule)), all: JSON.parse(out) };
  };
  const before = await ask();
  assert.equal(before.code, FAILED);
  assert.ok(before.found.has('backup_missing'));
  for (const id of ['webhook_unsigned_taken', 'webhook_unreached', 'ledger_broken', 'files_open_to_others',
    'live_credentials_in_sandbox', 'secrets_not_sealed']) {
    assert.ok(before.all.rules.some((r) => r.id === id && r.answered), id);
    assert.ok(!before.found.has(id), id);
  }
  assert.equal((await server.cli(['backup', path.join(server.dir, 'audited.db'), `--data_dir=${server.dir}`])).code, DONE);
  assert.ok(!(await ask()).found.has('backup_missing'));
  for (const number of ['+12125550177', '+12125550178']) {
    const { id } = await server.json(['send', number, 'Your table is ready'], { org: 'audited' });
    await eventually(async () =>
      (await server.get(`messages/${id}`, { org: 'audited' })).state === 'delivered', 'delivery');
    await server.json(['consent', 'opt-out', number, '--evidence', 'by telephone'], { org: 'audited' });
  }
  assert.ok(!(await ask()).found.has('sent_after_opt_out'));
  const config = file('audited.conf', 'twilio.auth_token = 0123456789abcdef0123456789abcdef\n');
  const leaks = await ask('--config', config, '--log', server.logFile, '--fail-on', 'critical');
  assert.equal(leaks.code, FAILED);
  assert.ok(leaks.found.has('secret_in_configuration') && !leaks.found.has('log_personal_data'));
  assert.ok((await ask('--log', file('leaky.log', 'sent to +12125550123\n'))).found.has('log_personal_data'));
  refused(await server.cli(['audit', '--fail-on', 'much']), USAGE, /note, warning or critical/);
  refused(await server.cli(['audit', '--log', '/nowhere/at.all']), NOT_FOUND, /nowhere/);
  const { out } = await server.cli(['audit']);
  assert.match(out, /Fix: .*\n {2}See: /);
});

test('an audit sees a proxy that takes forged webhooks, and one that is not there', async (t) => {
  const proxy = http.createServer((request, response) => response.end('<Response/>')).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const other = new Server();
  t.after(() => other.remove());
  await other.start(`--public_url=http://127.0.0.1:${proxy.address().port}`);
  await other.json(['org', 'create', 'acme']);
  const found = async () => JSON.parse((await other.cli(['audit', '--json'])).out).findings.map((f) => f.rule);
  const open = await found();
  proxy.close();
  proxy.closeAllConnections();
  const gone = await found();
  assert.equal(await other.stop(), DONE);
  assert.equal(open.filter((rule) => rule === 'webhook_unsigned_taken').length, 2);
  assert.ok(gone.includes('webhook_unreached') && !gone.includes('webhook_unsigned_taken'));
});

test('a second server on the same directory is refused, and so is a wrong key', async () => {
  const flags = ['--sandbox', '--port=0', '--events_port=0'];
  refused(await run(['serve', ...flags, `--data_dir=${server.dir}`]), REFUSED, /another|lock|use/i);
  const other = path.join(server.dir, 'elsewhere');
  fs.mkdirSync(other, { mode: 0o700 });
  assert.equal((await server.cli(['backup', path.join(other, 'sterling.db'), `--data_dir=${server.dir}`])).code, DONE);
  refused(await server.cli(['backup', path.join(other, 'sterling.db'), `--data_dir=${server.dir}`]), FAILED,
    /sterling.db/);
  refused(await run(['serve', ...flags, `--data_dir=${other}`]), REFUSED, /master.key/);
  fs.writeFileSync(path.join(other, 'master.key'), `${'ab'.repeat(32)}\n`, { mode: 0o600 });
  refused(await run(['serve', ...flags, `--data_dir=${other}`]), REFUSED, /master key is not the one/);
  fs.chmodSync(path.join(other, 'master.key'), 0o644);
  refused(await run(['serve', ...flags, `--data_dir=${other}`]), REFUSED, /chmod 600/);
});

test('a database of a newer version is refused and left as it is', async () => {
  const dir = path.join(server.dir, 'newer');
  fs.mkdirSync(dir, { mode: 0o700 });
  fs.copyFileSync(path.join(server.dir, 'master.key'), path.join(dir, 'master.key'));
  const database = path.join(dir, 'sterling.db');
  assert.equal((await server.cli(['backup', database, `--data_dir=${server.dir}`])).code, DONE);
  execFileSync('sqlite3', [database, 'PRAGMA user_version = 999']);
  const before = fs.readFileSync(database);
  refused(await run(['serve', '--sandbox', '--port=0', '--events_port=0', `--data_dir=${dir}`]), REFUSED, /newer/,
    /sterling.db|database/);
  assert.ok(before.equals(fs.readFileSync(database)));
});

test('the first steps of the examples work', () => {
  const out = execFileSync(path.join(__dirname, '../../examples/first-steps.sh'), [STERLING],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  assert.match(out, /\+12125550123 {2}\+14155550100 {2}delivered/);
  assert.match(out, /exit code 4: refused/);
});

test('the sandbox runs alone, too, until it is asked to end or its terminal closes', async () => {
  for (const signal of ['SIGTERM', 'SIGHUP']) {
    const child = spawn(STERLING, ['sandbox', '--port', '0', '--seed', '7'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout, 'data');
    const [url] = line.toString().match(/http:\/\/127\.0\.0\.1:\d+/);
    const { account } = await (await fetch(`${url}/_sandbox`)).json();
    assert.match(account.sid, /^AC[0-9a-f]{32}$/);
    child.kill(signal);
    const [code] = await once(child, 'exit');
    assert.equal(code, DONE, signal);
  }
});

test('SIGTERM ends it in order, nothing is in doubt, and all is there after a restart', async () => {
  await organization('term', 2);
  const org = 'term';
  const numbers = people(40, '565');
  await importPeople(org, 'all', numbers);
  const { id } = await server.json(['campaign', 'create', 'T', '--list', 'all', '--template', 'Hi', '--start', '--acknowledge', 'all'], { org });
  await eventually(async () => (await server.received(new Set(numbers))).length >= 5, 'the first messages');
  const sid = (await server.control('GET', '/stats')) && (await server.received(new Set(numbers)))[0].sid;
  assert.match(sid, /^SM/);
  assert.equal(await server.stop(), DONE);
  assert.match(server.log(), /"stopped"/);
  assert.ok(!fs.existsSync(path.join(server.dir, 'server.json')), 'it says where a server is that is not there');
  refused(await server.cli(['org', 'list']), UNREACHABLE, /no server is known/);
  refused(await server.cli(['org', 'list'], { env: { STERLING_URL: server.url } }), UNREACHABLE, /no server of .* runs/);
  assert.doesNotMatch(server.log(), /stopped_with_answers_outstanding/);
  server.ended = undefined;
  await server.start();
  const { campaign } = await server.json(['campaign', 'show', id], { org });
  assert.equal(campaign.audience, 40);
  assert.equal(campaign.counts.in_doubt, 0);
  assert.doesNotMatch(server.log(), /armed_attempts_in_doubt/);
  assert.equal(await server.stop(), DONE);
});

testTheLog(40);
