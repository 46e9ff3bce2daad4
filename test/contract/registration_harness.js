'use strict';
// Twilio's walkthroughs of reference 12.2 and 12.3, step by step with the official SDK, for the tests of the
// sandbox's registration side.

const { checkAnswer } = require('./openapi');
const { eventually } = require('./sandbox_harness');

const POLICY = {
  secondary: 'RNdfbf3fae0e1107f8aded0e7cead80bf5',
  a2p: 'RNb0d4771c2c98518d916a3d4cd70a8f8b',
  starter: 'RN806dd6cd175f314e1f96a9727ee271f4',
  sole: 'RN670d5d2e282a6130ae063b234b6019c8',
  primary: 'RN6433641899984f951173ef1738c3bdd0',
};

const BUSINESS = {
  business_name: 'Acme Dental LLC',
  business_identity: 'direct_customer',
  business_type: 'Limited Liability Corporation',
  business_industry: 'HEALTHCARE',
  business_registration_identifier: 'EIN',
  business_registration_number: '12-3456789',
  business_regions_of_operation: 'USA_AND_CANADA',
  website_url: 'https://acme-dental.example',
};
const PERSON = { first_name: 'Ada', last_name: 'Byron', email: 'ada@acme-dental.example', phone_number: '+14155550111' };
const REPRESENTATIVE = { ...PERSON, business_title: 'Owner', job_position: 'CEO' };

// Judges every answer since the last call; returns the operations they were.
function judge(sandbox) {
  const seen = sandbox.httpClient.seen.splice(0);
  return seen.map(({ method, uri, status, body }) =>
    status >= 400 ? `${status}` : checkAnswer(method, uri.replace(`${sandbox.base}/`, 'https://'), status, body));
}

async function tenant(sandbox, friendlyName = 'Acme Dental') {
  const sub = await sandbox.client().api.v2010.accounts.create({ friendlyName });
  const [primary] = await sandbox.client().trusthub.v1.customerProfiles.list({ policySid: POLICY.primary });
  return { sid: sub.sid, token: sub.authToken, client: sandbox.client(sub.sid, sub.authToken), primary };
}

async function address(t, more = {}) {
  const made = await t.client.addresses.create({
    customerName: 'Acme Dental LLC', street: '1 Main St', city: 'Oakland', region: 'CA', postalCode: '94612',
    isoCountry: 'US', ...more,
  });
  return t.client.trusthub.v1.supportingDocuments.create({
    friendlyName: 'Address', type: 'customer_profile_address', attributes: { address_sids: made.sid },
  });
}

async function endUser(t, type, attributes) {
  return t.client.trusthub.v1.endUsers.create({ friendlyName: type, type, attributes });
}

// Steps 1.1 to 1.9; evaluated, not yet submitted.
async function profile(t, { policy = POLICY.secondary, business = {}, statusCallback } = {}) {
  const hub = t.client.trusthub.v1;
  const made = await hub.customerProfiles.create({
    friendlyName: 'Acme profile', email: 'isv@example.com', policySid: policy, ...(statusCallback && { statusCallback }),
  });
  const bundle = hub.customerProfiles(made.sid);
  const parts = policy === POLICY.starter
    ? [await endUser(t, 'starter_customer_profile_information', { ...PERSON, ...business })]
    : [await endUser(t, 'customer_profile_business_information', { ...BUSINESS, ...business }),
      await endUser(t, 'authorized_representative_1', REPRESENTATIVE)];
  parts.push(await address(t));
  for (const { sid } of [...parts, t.primary]) {
    await bundle.customerProfilesEntityAssignments.create({ objectSid: sid });
  }
  const evaluation = await bundle.customerProfilesEvaluations.create({ policySid: policy });
  return { sid: made.sid, bundle, parts, evaluation };
}

// Steps 2.1 to 2.5.
async function product(t, profileSid, { policy = POLICY.a2p, attributes = { company_type: 'private' } } = {}) {
  const hub = t.client.trusthub.v1;
  const made = await hub.trustProducts.create({ friendlyName: 'Acme A2P', email: 'isv@example.com', policySid: policy });
  const bundle = hub.trustProducts(made.sid);
  const type = policy === POLICY.sole ? 'sole_proprietor_information' : 'us_a2p_messaging_profile_information';
  const part = await endUser(t, type, attributes);
  for (const objectSid of [part.sid, profileSid]) {
    await bundle.trustProductsEntityAssignments.create({ objectSid });
  }
  const evaluation = await bundle.trustProductsEvaluations.create({ policySid: policy });
  return { sid: made.sid, bundle, part, evaluation };
}

const CAMPAIGN = {
  description: 'Appointment reminders for patients of Acme Dental who asked for them.',
  messageFlow: 'Patients tick an unchecked box on the form at https://acme-dental.example/book to get reminders.',
  messageSamples: ['Acme Dental: your visit is tomorrow at 10. Reply STOP to end.', 'Acme Dental: see you at noon. Reply HELP for help.'],
  usAppToPersonUsecase: 'ACCOUNT_NOTIFICATION',
  hasEmbeddedLinks: false,
  hasEmbeddedPhone: false,
  privacyPolicyUrl: 'https://acme-dental.example/privacy',
  termsAndConditionsUrl: 'https://acme-dental.example/terms',
};
const UPDATE = ['description', 'messageFlow', 'messageSamples', 'hasEmbeddedLinks', 'hasEmbeddedPhone'];
const CAMPAIGN_SID = 'QE2c6890da8086d771620e9b13fadeba0b';

// Steps 1 to 3: both bundles submitted, the brand asked for.
async function brand(t, { business, attributes, more = {}, sole = false } = {}) {
  const p = await profile(t, { business, policy: sole ? POLICY.starter : POLICY.secondary });
  await p.bundle.update({ status: 'pending-review' });
  const d = await product(t, p.sid, {
    policy: sole ? POLICY.sole : POLICY.a2p,
    attributes: attributes || (sole ? { brand_name: 'Ada Cuts', mobile_phone_number: '+14155550111' } : { company_type: 'private' }),
  });
  await d.bundle.update({ status: 'pending-review' });
  const made = await t.client.messaging.v1.brandRegistrations.create({
    customerProfileBundleSid: p.sid, a2PProfileBundleSid: d.sid, ...(sole && { brandType: 'SOLE_PROPRIETOR' }), ...more,
  });
  return { sid: made.sid, made, profile: p, product: d, resource: t.client.messaging.v1.brandRegistrations(made.sid) };
}

async function service(t, numbers = 1) {
  const made = await t.client.messaging.v1.services.create({ friendlyName: 'Acme' });
  const resource = t.client.messaging.v1.services(made.sid);
  const senders = [];
  for (let i = 0; i < numbers; i += 1) {
    const number = await t.client.incomingPhoneNumbers.create({ areaCode: '415' });
    await resource.phoneNumbers.create({ phoneNumberSid: number.sid });
    senders.push(number);
  }
  return { sid: made.sid, resource, senders };
}

const until = (resource, member, ...values) =>
  eventually(async () => {
    const now = await resource.fetch();
    return values.includes(now[member]) && now;
  });

module.exports = { POLICY, BUSINESS, PERSON, REPRESENTATIVE, judge, tenant, address, endUser, profile, product,
  CAMPAIGN, CAMPAIGN_SID, UPDATE, brand, service, until,
};
