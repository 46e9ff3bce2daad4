'use strict';
// Tenants' webhooks under stress, for script/check webhooks: a thousand endpoints of which half never answer, and a server
// that is killed again and again. Prints one line of JSON: how long the other half waited, and what was lost.
//   node webhook_load.js SECONDS KILLS SEED

const http = require('node:http');
const { Server, eventually } = require('./server.js');

const [SECONDS, KILLS, SEED] = process.argv.slice(2).map(Number);
const ORGS = 50;
const EACH = 20; // endpoints of an organization, every second one hangs
const SETTLE_MS = 120000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let state = SEED % 2147483647 || 1;
const random = (below) => (state = (state * 48271) % 2147483647) % below;

const server = new Server();
const happened = new Map(); // number: when
const waits = [];
const seen = new Map(); // endpoint: numbers
let timed = true;

const hanging = http.createServer(() => {});
const answering = http.createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  response.writeHead(204).end();
  const { number } = JSON.parse(body).data;
  if (!seen.has(request.url)) seen.set(request.url, new Set());
  if (timed && !seen.get(request.url).has(number)) waits.push(Date.now() - happened.get(number));
  seen.get(request.url).add(number);
});

const listen = (s) => new Promise((resolve) => s.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${s.address().port}`)));
const start = () => server.start('--hooks.allow_private=true', '--log.level=warn');

async function must(status, route, org, body) {
  const answer = await server.api('POST', route, { org, body: JSON.stringify(body) });
  if (answer.status !== status) throw new Error(`${route}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

async function event(n) {
  const number = `+1212555${String(1000 + n).padStart(4, '0')}`;
  happened.set(number, Date.now());
  await must(201, '/v1/consents', `o${n % ORGS}`, { number, state: 'opted_out', evidence: 'by telephone' });
  return number;
}

async function main() {
  const bases = [await listen(answering), await listen(hanging)];
  const promised = []; // [endpoint, number] of every event that was acknowledged
  let n = 0;
  const more = async () => {
    const org = n % ORGS;
    const number = await event(n++);
    for (let i = 0; i < EACH; i += 2) promised.push([`/o${org}/${i}`, number]);
  };
  await start();
  for (let o = 0; o < ORGS; o++) {
    await must(201, '/v1/organizations', undefined, { slug: `o${o}`, name: `o${o}` });
    for (let i = 0; i < EACH; i++)
      await must(201, '/v1/webhooks', `o${o}`, { url: `${bases[i % 2]}/o${o}/${i}`, events: ['consent'] });
  }
  await pause(2500); // endpoints are looked for every second
  for (const until = Date.now() + SECONDS * 1000; Date.now() < until; await pause(50)) await more();
  await eventually(() => promised.every(([at, number]) => seen.get(at)?.has(number)), 'all deliveries');
  const measured = waits.length;
  timed = false;
  for (let kill = 0; kill < KILLS; kill++) {
    for (let i = random(20); i >= 0; i--) await more();
    await pause(random(300));
    server.child.kill('SIGKILL');
    await server.exited;
    server.ended = undefined;
    await start();
  }
  const lost = () => promised.filter(([at, number]) => !seen.get(at)?.has(number)).length;
  for (const until = Date.now() + SETTLE_MS; lost() > 0 && Date.now() < until;) await pause(100);
  waits.sort((a, b) => a - b);
  const part = (x) => waits[Math.min(measured - 1, Math.floor(measured * x))];
  console.log(JSON.stringify({ endpoints: ORGS * EACH, deliveries: measured, p50: part(0.5), p99: part(0.99), kills: KILLS,
    promised: promised.length, lost: lost() }));
}

main().then(() => 0, (error) => {
  console.error(error);
  return 1;
}).then((code) => {
  server.remove();
  process.exit(code);
});
