'use strict';
// What goes on besides the campaign while the server is killed: a client that sends single messages and repeats
// each under its Idempotency-Key until it is accepted, and people who write in.

const { Dead, pause } = require('./harness.js');

const EVERY_MS = 100;

class Traffic {
  // people: who get single messages. writers: who write to `to`.
  constructor(world, { people, writers, to }) {
    Object.assign(this, { world, people, writers, to });
    this.accepted = new Map(); // number → id of the message
    this.wrote = [];
    this.repeats = 0;
    this.over = false;
  }

  start() {
    this.done = Promise.all([this.send(), this.write()]);
    this.done.catch(() => {}); // told by stop()
  }

  async stop() {
    this.over = true;
    await this.done;
  }

  async sendOne({ number, name }) {
    // Every other one is urgent: admitted and armed by one commit, where its lane is free.
    const urgent = Number(number) % 2 === 0;
    const body = { to: number, body: `Dear ${name}, your parcel is at the door.`, kind: 'transactional', urgent };
    while (!this.over) {
      try {
        const { id } = await this.world.api('POST', 'messages', body, { headers: { 'Idempotency-Key': `parcel ${number}` } });
        this.accepted.set(number, id);
        return;
      } catch (error) {
        const isWorthRepeating = error.cause || error instanceof Dead || error.status === 503;
        if (!isWorthRepeating) throw error;
        this.repeats++;
        await pause(20);
      }
    }
  }

  async send() {
    for (const one of this.people) {
      if (this.over) return;
      await this.sendOne(one);
      await pause(EVERY_MS);
    }
  }

  async write() {
    for (const { number, name } of this.writers) {
      if (this.over) return;
      const { sid } = await this.world.control('POST', 'inbound', { from: number, to: this.to, body: `Question of ${name}` });
      this.wrote.push(sid);
      await pause(EVERY_MS);
    }
  }
}

module.exports = { Traffic };
