// register: customers taken from their facts to a campaign that may send, all at once: time, requests and memory.
'use strict';
const B = require('./world.js');

const COUNT = Number(process.env.BENCH_REGISTRATIONS || 1000);
const REVIEW = { pending_ms_min: 100, pending_ms_max: 500, review_ms_min: 200, review_ms_max: 1000 };
const SETTINGS = {
  'onboarding.email': 'isv@example.com', 'onboarding.poll_first_ms': 500, 'onboarding.poll_max_ms': 2000,
  'onboarding.writes_per_min': 60000,
};

const facts = (i) => ({
  legal_name: `Shop ${i} LLC`, brand_name: `Shop ${i}`, business_type: 'Limited Liability Corporation', industry: 'RETAIL',
  identifier: 'EIN', registration_number: `12-${3450000 + i}`, regions: 'USA_AND_CANADA', website: `https://shop${i}.example`,
  company_type: 'private', street: `${i + 1} Main St`, city: 'Oakland', region: 'CA', postal_code: '94612', country: 'US',
  first_name: 'Ada', last_name: 'Byron', email: `ada@shop${i}.example`, phone: '+14155550111', title: 'Owner',
  job_position: 'CEO', use_case: 'CUSTOMER_CARE',
  description: `Shop ${i} tells its customers when their orders are ready and answers their questions.`,
  message_flow: `Customers agree to receive text messages from Shop ${i} by ticking an unchecked box on the web form at`
    + ` https://shop${i}.example/join. Message frequency varies. Message and data rates may apply. Reply HELP for help, STOP`
    + ` to cancel. Terms: https://shop${i}.example/terms Privacy policy: https://shop${i}.example/privacy`,
  sample1: `Shop ${i}: your order is ready. Reply STOP to opt out.`, sample2: `Shop ${i}: we open at 9. Reply STOP to opt out.`,
  embedded_links: false, embedded_phone: false, privacy_url: `https://shop${i}.example/privacy`,
  terms_url: `https://shop${i}.example/terms`, numbers_to_buy: 1,
});

async function register({ report }) {
  const w = await B.World.open('register', SETTINGS);
  await w.control('POST', 'reviews', { all: REVIEW });
  await w.control('POST', 'settings', { registration_writes_per_s: 1000 });
  const ids = [], cpu = B.cpuOf(w.server.pid), began = B.now();
  const asked = async () => (await w.stats()).requests;
  const before = await asked();
  for (let i = 0; i < COUNT; i++) {
    await w.api('POST', 'organizations', { slug: `shop-${i}`, name: `Shop ${i}` });
    ids.push((await w.api('POST', 'registrations', { kind: 'standard', facts: facts(i) }, `shop-${i}`)).id);
  }
  let done = 0;
  await B.until(`${COUNT} registrations to be approved`, 60 + COUNT, async () => {
    for (; done < COUNT; done++) {
      const one = await w.api('GET', `registrations/${ids[done]}`, undefined, `shop-${done}`);
      if (one.state === 'action') throw new Error(`shop-${done}: ${one.code} ${one.why}`);
      if (one.state !== 'approved') return false;
    }
    return true;
  }, 250);
  const scaled = COUNT < 1000 ? `SCALED: ${COUNT} of 1,000` : '';
  report('registrations to approval', 's', [(B.now() - began) / 1000], 1, `${COUNT} at once${scaled && `; ${scaled}`}`, 'register.s');
  report('requests to Twilio', 'each', [((await asked()) - before) / COUNT], 1, 'looks before each creation included', 'register.requests');
  report('registrations, CPU', 'ms CPU', [(B.cpuOf(w.server.pid) - cpu) / 1000 / COUNT], 2, 'each', 'register.cpu');
  report('private memory with them', 'MiB', [B.privateKib(w.server.pid) / 1024], 1, '', 'register.memory');
  await w.close();
}

module.exports = { register };
