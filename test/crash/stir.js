'use strict';
// Keeps everything in motion while the server dies and comes back: single messages, texts written in, imports with a
// campaign each, cancellations, opt-outs. Whoever asks repeats under one Idempotency-Key until there is an answer,
// as a client must; what was answered is remembered, and at the end compared with what the sandbox saw.

const { Dead, csv, eventually, pause } = require('./harness.js');

const EVERY_MS = 60;
const AUDIENCE = 25;

class Stir {
  // people: as many as the run may need; each gets one message at most.
  constructor(world, { people, to }) {
    Object.assign(this, { world, people, to, at: 0, keys: 0, repeats: 0, over: false });
    this.singles = new Map(); // number → message id
    this.campaigns = []; // {id, people}
    this.wrote = []; // sids
    this.canceled = [];
  }

  take(count) {
    const some = this.people.slice(this.at, this.at + count);
    if (some.length < count) throw new Error('the run needed more people than there are');
    this.at += count;
    return some;
  }

  // The answer, however often the server dies meanwhile.
  async ask(method, what, body, more = {}) {
    const headers = method === 'POST' ? { 'Idempotency-Key': `stir ${this.keys++}` } : {};
    for (;;) {
      try {
        return await this.world.api(method, what, body, { ...more, headers });
      } catch (error) {
        if (!(error.cause || error instanceof Dead || error.status === 503)) throw error;
        if (this.failed) throw new Dead('given up', { cause: error });
        this.repeats++;
        await pause(20);
      }
    }
  }

  async sendOne() {
    const [{ number, name }] = this.take(1);
    const { id } = await this.ask('POST', 'messages', { to: number, body: `Dear ${name}, it is here.`, kind: 'transactional' });
    this.singles.set(number, id);
  }

  async writeOne() {
    const [{ number, name }] = this.take(1);
    const { sid } = await this.world.control('POST', 'inbound', { from: number, to: this.to, body: `Question of ${name}` });
    this.wrote.push(sid);
  }

  async cancelOne() {
    const [{ number }] = this.take(1);
    const send_at = new Date(Date.now() + 3600000).toISOString();
    const { id } = await this.ask('POST', 'messages', { to: number, body: 'Later.', kind: 'transactional', send_at });
    await this.ask('POST', `messages/${id}/cancel`);
    this.canceled.push(number);
  }

  async optOutOne() {
    const [{ number }] = this.take(1);
    await this.ask('POST', 'consents', { number, state: 'opted_out', evidence: 'said so at the counter' });
  }

  async campaign() {
    const people = this.take(AUDIENCE), list = `list ${this.campaigns.length}`;
    const job = await this.ask('POST', `imports?list=${encodeURIComponent(list)}&region=US`, csv(people), { type: 'text/csv' });
    await eventually('an import ends', 120000, async () => (await this.ask('GET', `imports/${job.id}`)).state === 'done');
    const { id } = await this.ask('POST', 'campaigns', { name: list, list, kind: 'transactional', template: 'Hi {{first_name}}!' });
    await this.ask('POST', `campaigns/${id}/start`, { acknowledge: ['all'] });
    this.campaigns.push({ id, people });
  }

  async repeat(step, everyMs) {
    while (!this.over) {
      await step.call(this);
      await pause(everyMs);
    }
  }

  start() {
    this.done = Promise.all([this.repeat(this.sendOne, EVERY_MS), this.repeat(this.writeOne, EVERY_MS),
      this.repeat(this.cancelOne, 5 * EVERY_MS), this.repeat(this.optOutOne, 5 * EVERY_MS),
      this.repeat(this.campaign, 5 * EVERY_MS)]);
    this.done.catch((error) => (this.failed = error));
  }

  abandon() {
    this.over = true;
    this.failed = this.failed ?? new Dead('given up');
  }

  // What has begun is finished: the server must be up for that.
  async stop() {
    this.over = true;
    await this.done;
  }
}

module.exports = { Stir };
