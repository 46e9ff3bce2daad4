'use strict';
// Twilio's part, played by the test: signed webhooks on connections that are kept, as many at a time as wanted.

const crypto = require('node:crypto');
const http = require('node:http');

const form = (fields) => new URLSearchParams(fields).toString();

// X-Twilio-Signature: HMAC-SHA1 of the URL and the sorted parameters, each name and value joined.
function sign(token, url, fields) {
  const text = url + Object.keys(fields).sort().map((name) => name + fields[name]).join('');
  return crypto.createHmac('sha1', token).update(text, 'utf8').digest('base64');
}

class Twilio {
  // publicUrl: what signatures are made over; url: where it really is.
  constructor({ url, publicUrl = url, token, connections = 32 }) {
    Object.assign(this, { url, publicUrl, token });
    this.agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  }

  // Resolves with the status, or 0 when no answer came.
  hook(path, fields, { forged = false } = {}) {
    const signature = sign(forged ? `${this.token}x` : this.token, this.publicUrl + path, fields);
    const body = form(fields);
    return new Promise((resolve) => {
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Twilio-Signature': signature,
        'Content-Length': Buffer.byteLength(body) };
      const request = http.request(this.url + path, { method: 'POST', agent: this.agent, headers }, (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode));
        answer.on('error', () => resolve(0));
      });
      request.on('error', () => resolve(0));
      request.end(body);
    });
  }

  close() {
    this.agent.destroy();
  }
}

const sid = (kind, n) => kind + n.toString(16).padStart(32, '0');

// Runs `act` over all of them, so many at a time.
async function each(items, atOnce, act) {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await act(items[next++]);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function shuffle(items, rng) {
  for (let i = items.length - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}

module.exports = { Twilio, each, shuffle, sid };
