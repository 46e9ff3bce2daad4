#!/usr/bin/env node
// Writes data/gsm7.tsv, data/smart-encoding.tsv and data/grapheme-break.tsv from the official calculator
// and its grapheme splitter, as installed in test/contract/node_modules. Run by hand when their version
// changes; the contract test then says whether we still agree.
'use strict';
const fs = require('fs');
const path = require('path');

const root = path.join(__dirname, '..', '..');
const modules = path.join(root, 'test', 'contract', 'node_modules');
const calculator = path.join(modules, 'sms-segments-calculator', 'dist', 'libs');
const gsm = require(path.join(calculator, 'UnicodeToGSM.js')).default;
const smart = require(path.join(calculator, 'SmartEncodingMap.js')).default;
const hex = (n) => n.toString(16).toUpperCase().padStart(4, '0');
const write = (name, lines) => fs.writeFileSync(path.join(root, 'data', name), lines.join('\n') + '\n');

write('gsm7.tsv', [
  '# GSM 03.38 default alphabet and extension table: code point, septets. Origin: sms-segments-calculator 1.3.0.',
  ...Object.keys(gsm).map(Number).sort((a, b) => a - b).map((c) => `${hex(c)}\t${gsm[c].length}`)]);

write('smart-encoding.tsv', [
  '# Smart encoding: code point, what replaces it (code points; none: removed). Origin: sms-segments-calculator 1.3.0.',
  ...Object.keys(smart).sort((a, b) => a.codePointAt(0) - b.codePointAt(0))
    .map((from) => `${hex(from.codePointAt(0))}\t${[...smart[from]].map((c) => hex(c.codePointAt(0))).join(' ')}`)]);

// The splitter holds its classes as one chain of conditions; ranges of Hangul LV and LVT are left out
// because a formula gives them (UAX #29).
const source = fs.readFileSync(path.join(modules, 'grapheme-splitter', 'index.js'), 'utf8');
const ranges = [];
let pending = [];
for (const line of source.slice(source.indexOf('function getGraphemeBreakProperty')).split('\n')) {
  const range = /\(0x([0-9A-F]+) <= code && code <= 0x([0-9A-F]+)\)/.exec(line);
  const single = /0x([0-9A-F]+) == code/.exec(line);
  const end = /^\s*return (\w+);/.exec(line);
  if (range) pending.push([parseInt(range[1], 16), parseInt(range[2], 16)]);
  else if (single) pending.push([parseInt(single[1], 16), parseInt(single[1], 16)]);
  else if (end) {
    if (end[1] !== 'LV' && end[1] !== 'LVT') for (const [a, b] of pending) ranges.push([a, b, end[1]]);
    pending = [];
  }
}
ranges.sort((a, b) => a[0] - b[0]);
for (let i = ranges.length - 1; i > 0; i--) {
  if (ranges[i][0] === ranges[i - 1][1] + 1 && ranges[i][2] === ranges[i - 1][2]) {
    ranges[i - 1][1] = ranges[i][1];
    ranges.splice(i, 1);
  }
}
write('grapheme-break.tsv', [
  '# Grapheme_Cluster_Break of Unicode 10.0.0 (UAX #29): first, last, class. Hangul LV and LVT come from the formula.',
  '# Origin: the Unicode Character Database, as carried by grapheme-splitter 1.0.4, which the official calculator uses.',
  ...ranges.map(([a, b, name]) => `${hex(a)}\t${hex(b)}\t${name}`)]);
