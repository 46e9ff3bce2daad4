'use strict';
// Registrations walk through Twilio's registries while the server is killed, requests fail in every way and reviewers
// refuse some at random. Whoever is asked to mend says that it is mended. At the end nothing was made twice, all are
// approved, and no account holds what is another's: the sandbox is asked, account by account.
//   STERLING_CRASH_REGISTRATIONS=N (6)   STERLING_CRASH_KILLS=N (5)   STERLING_CRASH_SEED=SEED

const assert = require('node:assert');
const { test } = require('node:test');
const { ACCOUNT, Dead, World, eventually, json, pause, random } = require('./harness.js');

const seed = Number(process.env.STERLING_CRASH_SEED ?? Date.now() % 1000000);
const COUNT = Number(process.env.STERLING_CRASH_REGISTRATIONS ?? 6);
const KILLS = Number(process.env.STERLING_CRASH_KILLS ?? 5);
const POINTS = ['registration.answered', 'registration.before_commit', 'registration.after_commit'];
const HITS_MAX = 10;
const REACH_MS = 20000;
const END_MS = 60000 + COUNT * 2000 + KILLS * 3000;

// Half of each are made before the fault strikes, and half of those are told so.
const faults = {
  per_million: { error_before: 15000, error_after: 15000, close_before: 10000, close_after: 10000, reset_after: 10000,
    throttle: 10000, truncated: 5000, not_json: 5000 },
};
const settings = {
  'onboarding.email': 'isv@example.com', 'onboarding.poll_first_ms': 100, 'onboarding.poll_max_ms': 400,
  'onboarding.settle_ms': 500, 'onboarding.numbers_wait_ms': 3000, 'onboarding.writes_per_min': 60000,
};

const business = (i, more) => ({
  legal_name: `Shop ${i} LLC`, brand_name: `Shop ${i}`, business_type: 'Limited Liability Corporation', industry: 'RETAIL',
  identifier: 'EIN', registration_number: `12-${3450000 + i}`, regions: 'USA_AND_CANADA', website: `https://shop${i}.example`,
  company_type: 'private', street: `${i + 1} Main St`, city: 'Oakland', region: 'CA', postal_code: '94612', country: 'US',
  first_name: 'Ada', last_name: 'Byron', email: `ada@shop${i}.example`, phone: '+14155550111', title: 'Owner',
  job_position: 'CEO', use_case: 'CUSTOMER_CARE', ...campaign(i), numbers_to_buy: 2, area_code: '415', ...more,
});
const sole = (i, more) => ({
  brand_name: `Stand ${i}`, street: `${i + 1} Main St`, city: 'Oakland', region: 'CA', postal_code: '94612', country: 'US',
  first_name: 'Ada', last_name: 'Byron', email: `ada@stand${i}.example`, phone: '+14155550111',
  mobile_phone: `+1415888${String(1000 + i)}`, ...campaign(i, `Stand ${i}`), numbers_to_buy: 1, ...more,
});
const campaign = (i, shop = `Shop ${i}`) => ({
  description: `${shop} tells its customers when their orders are ready and answers their questions.`,
  message_flow: `Customers agree to receive text messages from ${shop} by ticking an unchecked box on the web form at`
    + ` https://shop${i}.example/join. Message frequency varies. Message and data rates may apply. Reply HELP for help, STOP`
    + ` to cancel. Terms: https://shop${i}.example/terms Privacy policy: https://shop${i}.example/privacy`,
  sample1: `${shop}: your order is ready. Reply STOP to opt out.`, sample2: `${shop}: we open at 9. Reply STOP to opt out.`,
  embedded_links: false, embedded_phone: false, privacy_url: `https://shop${i}.example/privacy`,
  terms_url: `https://shop${i}.example/terms`,
});
// Refused once each: by the reviewer of profiles, of brands, of campaigns.
const ONCE = [{}, { legal: 'REJECT-ONCE-18602' }, { legal: 'REJECT-ONCE-30795' }, { flow: 'REJECT-ONCE-30896' }, {}];

function facts(i) {
  if (i % 5 === 4) return ['sole_proprietor', sole(i)];
  const once = ONCE[i % 5];
  const all = business(i);
  if (once.legal) all.legal_name += ` ${once.legal}`;
  if (once.flow) all.message_flow += ` ${once.flow}`;
  return [i % 5 === 1 ? 'low_volume' : 'standard', all];
}

// However often the server dies meanwhile.
async function ask(world, method, what, body, slug) {
  const headers = method === 'POST' ? { 'Idempotency-Key': `${what} ${slug} ${JSON.stringify(body ?? '').length} ${ask.count++}` } : {};
  for (;;) {
    try {
      return await world.api(method, what, body, { slug, headers });
    } catch (error) {
      if (!(error.cause || error instanceof Dead || error.status === 503)) throw error;
      await pause(20);
    }
  }
}
ask.count = 0;

async function listed(world, account, at, key) {
  const authorization = `Basic ${Buffer.from(`${account.sid}:${account.auth_token}`).toString('base64')}`;
  const all = [];
  for (let url = `${world.sandboxUrl}${at}${at.includes('?') ? '&' : '?'}PageSize=100`; url;) {
    const page = await json('GET', url, undefined, { Authorization: authorization });
    all.push(...page[key]);
    const next = page.next_page_uri ?? page.meta?.next_page_url;
    url = next && (next.startsWith('http') ? next : `${world.sandboxUrl}${next}`);
  }
  return all;
}

async function judgeAccount(world, account, kind, buys) {
  const people = kind === 'sole_proprietor' ? 2 : 3;
  const count = async (what, at, key, want) => {
    const all = await listed(world, account, at, key);
    assert.strictEqual(all.length, want, `${what} of ${account.friendly_name}: ${JSON.stringify(all.map((one) => one.friendly_name))}`);
    for (const one of all) assert.strictEqual(one.account_sid ?? account.sid, account.sid);
    return all;
  };
  await count('customer profiles', '/v1/CustomerProfiles', 'results', 1);
  await count('trust products', '/v1/TrustProducts', 'results', 1);
  await count('end users', '/v1/EndUsers', 'results', people);
  await count('documents', '/v1/SupportingDocuments', 'results', 1);
  await count('addresses', `/2010-04-01/Accounts/${account.sid}/Addresses.json`, 'addresses', 1);
  await count('brands', '/v1/a2p/BrandRegistrations', 'data', 1);
  const [service] = await count('services', '/v1/Services', 'services', 1);
  await count('campaigns', `/v1/Services/${service.sid}/Compliance/Usa2p`, 'compliance', 1);
  await count('numbers', `/2010-04-01/Accounts/${account.sid}/IncomingPhoneNumbers.json`, 'incoming_phone_numbers', buys);
  await count('numbers in service', `/v1/Services/${service.sid}/PhoneNumbers`, 'phone_numbers', buys);
}

const reached = new Set();
// It dies there, or all is done before it comes by so often; then it is killed.
async function diesAt(world, point) {
  world.launch(`${point}:crash`);
  const how = await eventually(`${point} is reached`, REACH_MS, () => world.server.ended, 20).catch(() => null);
  if (how === null) return world.kill();
  assert.strictEqual(how.signal, 'SIGKILL', `${point}: ${JSON.stringify(how)}`);
  return reached.add(point.split('@')[0]);
}

test('nothing is made twice, whoever dies, fails or refuses', async (t) => {
  t.diagnostic(`STERLING_CRASH_SEED=${seed}`);
  const rng = random(seed);
  const world = await World.make(t, { seed, settings });
  await world.start();
  await world.control('POST', 'reviews', { campaign: { reject_per_million: 100000 }, profile: { reject_per_million: 50000 } });
  await world.control('POST', 'settings', { registration_writes_per_s: 1000 });
  await world.control('POST', 'faults', faults);
  const all = [];
  for (let i = 0; i < COUNT; i++) {
    const [kind, said] = facts(i);
    const slug = `shop-${i}`;
    await ask(world, 'POST', 'organizations', { slug, name: `Shop ${i}` }, slug);
    const { id } = await ask(world, 'POST', 'registrations', { kind, facts: said }, slug);
    all.push({ id, slug, kind, buys: said.numbers_to_buy });
  }
  const killer = (async () => {
    for (let i = 0; i < KILLS; i++) {
      if (i % 2 === 1) {
        await pause(200 + rng.below(1200));
        await world.kill();
      } else {
        await world.kill();
        await diesAt(world, `${POINTS[(i >> 1) % POINTS.length]}@${1 + rng.below(HITS_MAX)}`);
      }
      await world.start();
    }
  })();
  const mended = new Set();
  const explained = [];
  await eventually('all are approved', END_MS, async () => {
    let open = 0;
    for (const one of all) {
      const now = await ask(world, 'GET', `registrations/${one.id}`, undefined, one.slug);
      one.last = now;
      if (now.state !== 'approved') open++;
      if (now.state !== 'action') continue;
      assert.ok(now.why, `${one.slug} is not explained: ${JSON.stringify(now)}`);
      explained.push(now.code ?? now.why);
      mended.add(one.id);
      await ask(world, 'POST', `registrations/${one.id}/resubmit`, undefined, one.slug).catch((error) => {
        if (error.status !== 409) throw error; // it was resubmitted, and the answer was lost
      });
    }
    return open === 0;
  }, 100).catch((error) => {
    throw new Error(JSON.stringify(all.map(({ slug, last }) => [slug, last?.state, last?.code, last?.why])), { cause: error });
  });
  await killer; // those that come after are deaths of approved ones
  await world.control('DELETE', 'faults');
  if (KILLS >= 2 * POINTS.length - 1) assert.deepStrictEqual([...reached].sort(), [...POINTS].sort());
  t.diagnostic(`figures: ${COUNT} registrations, ${KILLS} kills, ${explained.length} refusals (${[...new Set(explained)].join(' ')})`);
  assert.ok(mended.size > 0, 'nobody refused anything');
  const owner = { sid: ACCOUNT.sid, auth_token: ACCOUNT.token };
  const accounts = (await listed(world, owner, '/2010-04-01/Accounts.json', 'accounts')).filter((a) => a.sid !== ACCOUNT.sid);
  assert.strictEqual(accounts.length, COUNT, 'subaccounts');
  for (const one of all) {
    const { account_sid: sid } = await world.api('GET', `organizations/${one.slug}`);
    const account = accounts.find((a) => a.sid === sid);
    await judgeAccount(world, account, one.kind, one.buys);
  }
});
