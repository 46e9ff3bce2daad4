// rules/segment against Twilio's own sms-segments-calculator: every short code point with representatives
// of each grapheme class, and generated texts (100,000 in script/check segments). SEGMENT_SEED and SEGMENT_COUNT choose others.
'use strict';
const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const test = require('node:test');
const { SegmentedMessage } = require('sms-segments-calculator');

const dump = process.env.SEGMENT_DUMP;
const seed = Number(process.env.SEGMENT_SEED || 20261101);
const wanted = Number(process.env.SEGMENT_COUNT || 4000);

// mulberry32: small, seeded, the same everywhere.
function generator(state) {
  return () => {
    state = (state + 0x6D2B79F5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
const random = generator(seed);
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
const point = (low, high) => String.fromCodePoint(low + below(high - low + 1));

// One code point of every grapheme class, and the troublesome ones.
const classes = ['a', '\r', '\n', '\u0000', '\u0300', '\u{1F1FA}', '\u0903', '\u1100', '\u1160', '\u11A8', '\uAC00',
  '\uAC01', '\u0600', '\u{1F44D}', '\u{1F3FD}', '\u200D', '\u2764', '\u{1F468}', '\uFE0F', '\u20AC', '\u00E9', '\u20E3'];

const pieces = {
  ascii: () => point(0x20, 0x7E),
  words: () => pick(['Hello ', 'your order ', 'is ready. ', 'Reply STOP to end ', 'https://example.com/a?b=1 ', '12:30 ']),
  extension: () => pick(['^', '{', '}', '\\', '[', '~', ']', '|', '\u20AC', '\f']),
  breaks: () => pick(['\r\n', '\n', '\r', '\n\r', '\r\r\n']),
  gsmAccents: () => pick([...'\u00E9\u00E8\u00F9\u00EC\u00F2\u00C7\u00D8\u00F8\u00C5\u00E5\u00C6\u00E6\u00DF\u00C9\u0394\u03A9']),
  latin: () => point(0xA0, 0x24F),
  quotes: () => pick([...'\u2018\u2019\u201C\u201D\u2013\u2014\u2026\u00A0\u00AB\u00BB\u00BD\u200B\uFEFF\t`']),
  combining: () => pick(['e', 'a', 'n', '\u4F60']) + point(0x300, 0x36F).repeat(1 + below(3)),
  emoji: () => point(0x1F300, 0x1F9FF),
  symbols: () => point(0x2600, 0x27BF) + pick(['', '\uFE0F', '\uFE0E']),
  skin: () => pick(['\u{1F44D}', '\u{1F468}', '\u270B', '\u{1F600}']) + pick(['', '\uFE0F', '\u0300']) + point(0x1F3FB, 0x1F3FF),
  family: () => Array.from({ length: 2 + below(5) }, () => point(0x1F466, 0x1F469)).join('\u200D'),
  profession: () => pick(['\u{1F468}', '\u{1F469}']) + pick(['', '\u{1F3FD}']) + '\u200D' + pick(['\u2764', '\u{1F680}', '\u2695\uFE0F']),
  flags: () => Array.from({ length: 1 + below(5) }, () => point(0x1F1E6, 0x1F1FF)).join(''),
  flagMarks: () => point(0x1F1E6, 0x1F1FF).repeat(1 + below(3)) + pick(['\u0300', '\u200D', '\uFE0F']).repeat(below(4)),
  keycap: () => pick([...'0123456789#*']) + '\uFE0F\u20E3',
  tags: () => '\u{1F3F4}' + Array.from({ length: below(6) }, () => point(0xE0061, 0xE007A)).join('') + '\u{E007F}',
  hangul: () => pick([() => point(0xAC00, 0xD7A3), () => point(0x1100, 0x11FF), () => point(0xA960, 0xA97C), () => point(0xD7B0, 0xD7FB)])(),
  indic: () => point(0x900, 0xDFF),
  thai: () => point(0xE00, 0xEFF),
  arabic: () => point(0x600, 0x8FF),
  cjk: () => point(0x4E00, 0x9FFF),
  controls: () => point(0x00, 0x9F),
  punctuation: () => point(0x2000, 0x206F),
  wide: () => point(0xFF00, 0xFFEF),
  smart: () => pick([...'\u00BC\u3000\u2022\u203C\uFF21\u1D00\u0332\u20E5\uFE57\uA731']),
  classes: () => pick(classes),
  any: () => { const c = below(0x110000); return String.fromCodePoint(c >= 0xD800 && c < 0xE000 ? 0x4F60 : c); },
  astral: () => point(0x10000, 0x1FFFF),
};
const kinds = Object.keys(pieces);
const lengths = [0, 1, 2, 5, 20, 66, 67, 68, 69, 70, 71, 72, 100, 133, 134, 135, 152, 153, 154, 159, 160, 161, 200, 306, 307, 320];

// A text mixes up to four kinds, mostly one; short ones are commonest, as they find edge cases fastest.
function text() {
  const mix = Array.from({ length: 1 + below(4) }, () => pick(kinds));
  const main = pick(mix);
  const target = random() < 0.6 ? 1 + below(24) : pick(lengths);
  let made = '';
  while (made.length < target) made += pieces[random() < 0.7 ? main : pick(mix)]();
  return random() < 0.3 ? 'a'.repeat(pick([58, 66, 69, 151, 158])) + made : made;
}

function theirs(message) {
  const of = (smart) => {
    const m = new SegmentedMessage(message, 'auto', smart);
    const bits = m.encodingName === 'GSM-7' ? 7 : 16;
    return { encoding: m.encodingName, units: m.messageSize / bits, segments: m.segmentsCount,
      characters: m.numberOfUnicodeScalars, graphemes: m.graphemes.length,
      parts: m.segments.map((s) => s.messageSizeInBits() / bits) };
  };
  const plain = of(false);
  const smart = of(true);
  const parts = plain.parts;
  delete plain.parts;
  delete smart.parts;
  return { plain, smart, parts };
}

function compare(texts) {
  const input = texts.map((t) => JSON.stringify(t)).join('\n') + '\n';
  const run = spawnSync(dump, [], { input, maxBuffer: 1 << 30 });
  assert.strictEqual(run.status, 0, String(run.stderr));
  const lines = run.stdout.toString('utf8').split('\n');
  texts.forEach((t, i) => {
    assert.deepStrictEqual(JSON.parse(lines[i]), theirs(t), `seed ${seed}, text ${i}: ${JSON.stringify(t)}`);
  });
}

test('every code point beside every grapheme class is counted as the official calculator does', () => {
  const ranges = [[0, 0x3100], [0xA640, 0xABFF], [0xAC00, 0xAC80], [0xD780, 0xD7FF], [0xF900, 0x10000],
    [0x10A00, 0x11FFF], [0x16A00, 0x16FFF], [0x1BC00, 0x1BCFF], [0x1D100, 0x1D2FF], [0x1E000, 0x1E9FF],
    [0x1F000, 0x1FAFF], [0xDFFF0, 0xE1010]];
  const texts = [];
  for (const [low, high] of ranges) {
    for (let c = low; c < high; c++) {
      const s = String.fromCodePoint(c);
      texts.push(s + classes[c % classes.length] + s + classes[(c * 7 + 3) % classes.length] + classes[(c * 5 + 1) % classes.length] + s);
    }
  }
  compare(texts);
});

test('sequences of four grapheme classes are cut as the official calculator does', () => {
  const texts = [];
  for (const a of classes) for (const b of classes) for (const c of classes) texts.push(a + b + c + pick(classes) + pick(classes));
  compare(texts);
});

test(`${wanted} generated texts give the same answer as the official calculator (seed ${seed})`, () => {
  const batch = 10000;
  for (let done = 0; done < wanted; done += batch) compare(Array.from({ length: Math.min(batch, wanted - done) }, text));
});
