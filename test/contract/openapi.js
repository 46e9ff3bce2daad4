'use strict';
// Twilio's own OpenAPI 3.0 files as judges of answers and of requests. Stricter than they say: every
// documented property of an object must be there, and none beside them, because that is what Twilio sends.

const fs = require('node:fs');
const path = require('node:path');
const Ajv = require('ajv');
const addFormats = require('ajv-formats');

const FOLDER = path.join(__dirname, 'node_modules', '.openapi');
const FILES = {
  'api.twilio.com': 'twilio_api_v2010.json',
  'messaging.twilio.com': 'twilio_messaging_v1.json',
  'monitor.twilio.com': 'twilio_monitor_v1.json',
  'accounts.twilio.com': 'twilio_accounts_v1.json',
  'events.twilio.com': 'twilio_events_v1.json',
  'trusthub.twilio.com': 'twilio_trusthub_v1.json',
  'lookups.twilio.com': 'twilio_lookups_v2.json',
  'verify.twilio.com': 'twilio_verify_v2.json',
};

// OpenAPI's `nullable` as JSON Schema; $ref stays but for nullable ones.
function translate(schema, strict) {
  if (Array.isArray(schema)) return schema.map((s) => translate(s, strict));
  if (schema === null || typeof schema !== 'object') return schema;
  const { nullable, description, example, examples, discriminator, xml, externalDocs, deprecated, ...rest } = schema;
  const out = {};
  for (const [key, value] of Object.entries(rest)) {
    if (key.startsWith('x-')) continue;
    if (key === 'properties') {
      out.properties = Object.fromEntries(Object.entries(value).map(([name, s]) => [name, translate(s, strict)]));
    } else {
      out[key] = key === 'enum' || key === 'default' ? value : translate(value, strict);
    }
  }
  if (strict && out.properties) {
    out.required = Object.keys(out.properties);
    out.additionalProperties = false;
  }
  if (!nullable) return out;
  if (out.$ref) return { anyOf: [out, { type: 'null' }] };
  if (out.enum) out.enum = [...out.enum, null];
  if (typeof out.type === 'string') out.type = [out.type, 'null'];
  return out;
}

// The file of Lookup does not mark what is null unless asked for: every package, and what a package does not know.
const NULLS_UNMARKED = ['lookups.twilio.com'];
function markNulls(schemas) {
  for (const schema of Object.values(schemas)) {
    for (const [name, property] of Object.entries(schema.properties || {})) {
      if (property.type !== 'array' && name !== 'valid') property.nullable = true;
    }
  }
}

function ajvFor(spec, name) {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  addFormats(ajv);
  ajv.addFormat('date-time-rfc-2822', /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/);
  ajv.addFormat('phone-number', /^(\+[1-9]\d{6,14}|\d{3,8}|[A-Za-z0-9 &+\-_.]{1,11}|\(\d{3}\) \d{3}-\d{4})$/);
  ajv.addFormat('http-method', /^(GET|POST)$/);
  ajv.addFormat('uri', /^(https?:\/\/|\/)\S*$|^$/);
  for (const open of ['uri-map', 'iso-country-code', 'currency', 'phone-number-capabilities', 'int64']) {
    ajv.addFormat(open, true);
  }
  ajv.addSchema({ $id: name, components: { schemas: translate(spec.components.schemas, true) } });
  return ajv;
}

// Members that Twilio sends as null though its files, where a $ref cannot be nullable, do not say so: a brand has no
// identity status while it is pending (reference 12.4).
const NULL_TOO = { 'messaging.twilio.com': [['messaging.v1.brand_registrations', 'identity_status']] };

const loaded = {};
function load(host) {
  if (!loaded[host]) {
    const spec = JSON.parse(fs.readFileSync(path.join(FOLDER, FILES[host]), 'utf8'));
    if (NULLS_UNMARKED.includes(host)) markNulls(spec.components.schemas);
    for (const [schema, member] of NULL_TOO[host] || []) {
      spec.components.schemas[schema].properties[member].nullable = true;
    }
    loaded[host] = { host, spec, ajv: ajvFor(spec, host), compiled: new Map() };
  }
  return loaded[host];
}

function matcher(template) {
  return new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`);
}

// The operation that `method` and `url` (https://HOST/path?query) mean; throws if Twilio has none.
function operationOf(method, url) {
  const { hostname, pathname } = new URL(url);
  const file = load(hostname);
  const fits = Object.keys(file.spec.paths)
    .filter((template) => matcher(template).test(pathname))
    .sort((a, b) => a.split('{').length - b.split('{').length);
  const operation = fits.length > 0 && file.spec.paths[fits[0]][method.toLowerCase()];
  if (!operation) throw new Error(`${method} ${url}: no such operation of Twilio's`);
  return { file, operation, name: operation.operationId, template: fits[0] };
}

// Throws with every difference between an answer and what the operation may answer.
function checkAnswer(method, url, status, body) {
  const { file, operation, name } = operationOf(method, url);
  const response = operation.responses[String(status)];
  if (!response) throw new Error(`${name}: status ${status} is not among ${Object.keys(operation.responses)}`);
  const content = response.content && response.content['application/json'];
  if (!content) return name;
  const key = `${name} ${status}`;
  if (!file.compiled.has(key)) {
    const schema = JSON.parse(JSON.stringify(translate(content.schema, true)).replaceAll('"#/', `"${file.host}#/`));
    file.compiled.set(key, file.ajv.compile(schema));
  }
  const validate = file.compiled.get(key);
  const value = typeof body === 'string' ? JSON.parse(body) : body;
  if (!validate(value)) {
    const faults = validate.errors.map((e) => `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`);
    throw new Error(`${key}:\n  ${faults.join('\n  ')}\n  in ${JSON.stringify(value).slice(0, 2000)}`);
  }
  return name;
}

// Throws if a request sends a parameter that the operation has not, or lacks a required one.
function checkRequest(method, url, form) {
  const { operation, name, template } = operationOf(method, url);
  const content = operation.requestBody && operation.requestBody.content['application/x-www-form-urlencoded'];
  const properties = (content && content.schema.properties) || {};
  for (const key of new Set(new URLSearchParams(form).keys())) {
    if (!properties[key]) throw new Error(`${name}: no parameter ${key}`);
  }
  for (const key of (content && content.schema.required) || []) {
    if (!new URLSearchParams(form).has(key)) throw new Error(`${name}: parameter ${key} is missing`);
  }
  const query = (operation.parameters || []).filter((p) => p.in === 'query').map((p) => p.name);
  for (const key of new URL(url).searchParams.keys()) {
    if (!query.includes(key)) throw new Error(`${template}: no query parameter ${key}`);
  }
  return name;
}

module.exports = { checkAnswer, checkRequest, operationOf };
