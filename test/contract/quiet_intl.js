#!/usr/bin/env node
'use strict';
// quiet_intl: judges lawful hours in the US a third time, by Node's Intl over ICU's own time zones and its own reading of
// the tables. usage: quiet_intl.js CASES DATA_DIR. CASES has lines of number, postal code, state, time zone, instant,
// automated hours, open, next opening, closing, as quiet_zoneinfo.py wrote them. Looked at: the instant,
// and both sides of each edge that was told.

const fs = require('node:fs');
const path = require('node:path');

const [casesFile, data] = process.argv.slice(2);
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const DAY_MS = 86400000;

function table(name) {
  const lines = fs.readFileSync(path.join(data, name), 'utf8').split('\n').filter((l) => l !== '' && !l.startsWith('#'));
  const [header, ...rows] = lines.map((l) => l.split('\t'));
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i]])));
}

const areas = new Map(table('nanp-area-codes.tsv').map((row) => [row.area_code, row]));
const prefixes = new Map(table('postal-prefixes.tsv').filter((r) => r.country === 'US').map((r) => [r.prefix, r]));
// Canada's clocks changed their rules in 2026: ICU's tables may be older than that.
const canadian = new Set(fs.readFileSync('/usr/share/zoneinfo/zone.tab', 'utf8').split('\n')
  .filter((l) => l.startsWith('CA')).map((l) => l.split('\t')[2]));
const holidays = table('holidays.tsv').filter((row) => row.scope.startsWith('US'));
const automated = table('us-automated-hours.tsv');
const states = new Map();
for (const row of table('us-quiet-hours.tsv')) states.set(row.state, [...(states.get(row.state) || []), row]);
const ofStates = [...areas.values()].filter((a) => a.country === 'US' && a.non_geographic === 'no')
  .flatMap((a) => a.timezones.split(',').map((zone) => [a.region, zone]));
const everywhere = ofStates.filter(([state]) => !['GU', 'MP'].includes(state));
const stateNames = [...new Set(ofStates.map(([state]) => state))];
const zonesOf = (state) => ofStates.filter(([name]) => name === state).map(([, zone]) => zone);

// ---- calendar: days are UTC midnights ----

const day = (year, month, date) => Date.UTC(year, month - 1, date);
const weekday = (ms) => new Date(ms).getUTCDay();
const iso = (ms) => new Date(ms).toISOString().slice(0, 10);

function easter(year) { // Gauss, with the corrections for April 25 and 26
  const a = year % 19, k = Math.floor(year / 100), p = Math.floor((13 + 8 * k) / 25), q = Math.floor(k / 4);
  const d = (19 * a + (15 - p + k - q) % 30) % 30;
  const e = (2 * (year % 4) + 4 * (year % 7) + 6 * d + (4 + k - q) % 7) % 7;
  let late = 22 + d + e;
  if (d === 29 && e === 6) late = 50;
  if (d === 28 && e === 6 && (11 * ((15 - p + k - q) % 30) + 11) % 30 < 19) late = 49;
  return day(year, 3, late);
}

function dateOf(rule, year) {
  let m = /^easter([+-]\d+)$/.exec(rule);
  if (m) return easter(year) + Number(m[1]) * DAY_MS;
  if ((m = /^(\w+)#(-?\d) (\d\d)$/.exec(rule))) {
    const found = [];
    for (let at = day(year, Number(m[3]), 1); new Date(at).getUTCMonth() === m[3] - 1; at += DAY_MS)
      if (weekday(at) === DAYS.indexOf(m[1])) found.push(at);
    return found.at(m[2] > 0 ? m[2] - 1 : Number(m[2]));
  }
  m = /^(?:(\w+)>=)?(\d\d)-(\d\d)$/.exec(rule);
  let at = day(year, Number(m[2]), Number(m[3]));
  while (m[1] && weekday(at) !== DAYS.indexOf(m[1])) at += DAY_MS;
  return at;
}

const within = (row, date) => (row.from === '' || row.from <= date) && (row.to === '' || date <= row.to);

const closedDays = new Map(); // of a state: the dates of its holidays, from 2023 to 2031
function closed(state) {
  if (closedDays.has(state)) return closedDays.get(state);
  const found = new Set();
  for (const row of holidays.filter((h) => h.scope === 'US' || h.scope === `US-${state}`)) {
    for (let year = 2023; year <= 2031; year++) {
      if (row.rule.endsWith(' even') && year % 2 !== 0) continue;
      const at = dateOf(row.rule.replace(' even', ''), year);
      if (!within(row, iso(at))) continue;
      found.add(iso(at));
      if (row.observed.includes('Sat-Fri') && weekday(at) === 6) found.add(iso(at - DAY_MS));
      if (row.observed.includes('Sun-Mon') && weekday(at) === 0) found.add(iso(at + DAY_MS));
    }
  }
  closedDays.set(state, found);
  return found;
}

// ---- verdict ----

const formats = new Map();
function local(zone, ms) {
  if (!formats.has(zone))
    formats.set(zone, new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit',
      day: '2-digit', hour: '2-digit', minute: '2-digit' }));
  const [date, time] = formats.get(zone).format(ms).split(', ');
  return [date, time.slice(0, 5)];
}

function onDays(text, at) {
  const [first, last] = text.split('-').map((d) => DAYS.indexOf(d));
  return last === undefined ? at === first : (at - first + 7) % 7 <= (last - first + 7) % 7;
}

// Does the state's act on automated devices let it pass, if that counts?
function allowsAutomated(state, date, time, mode) {
  const rows = automated.filter((row) => row.state === state && within(row, date) && (mode === 'marketing' || row.kinds === 'any'));
  return rows.length === 0 || rows.some((row) => onDays(row.days, weekday(Date.parse(date))) && row.start <= time && time < row.end);
}

function allows(state, zone, ms, mode) {
  const [date, time] = local(zone, ms);
  if (mode !== 'off' && !allowsAutomated(state, date, time, mode)) return false;
  if (mode === 'all') return true;
  if (time < '08:00' || time >= '21:00') return false;
  const rows = states.get(state).filter((row) => within(row, date));
  if (rows[0].holiday_rule !== 'none' && closed(state).has(date)) return false;
  const at = weekday(Date.parse(date));
  return rows.some((row) => onDays(row.days, at) && !(at === 0 && row.sunday_allowed === 'no') && row.start <= time && time < row.end);
}

// [pairs, exact]; null for what is not ours to judge.
function places(number, code, state, zone) {
  const area = number.startsWith('+1') ? areas.get(number.slice(2, 5)) : undefined;
  if (!area || area.country === 'CA' || canadian.has(zone)) return null;
  let zones = area.timezones === '' ? [] : area.timezones.split(','), where = zones.length > 0 ? [area.region] : [];
  if (code !== '') {
    const zip = code.replace(/-\d{4}$/, '');
    if (!/^\d{3,5}$/.test(zip)) return null;
    const row = prefixes.get(zip.padStart(5, '0')) || prefixes.get(zip.padStart(5, '0').slice(0, 3));
    if (row === undefined || row.states === '*') return null;
    zones = [...new Set([...zones, ...row.zones.split(',')])];
    where = [...new Set([...where, ...row.states.split(',')])];
  }
  if (state !== '' && (where.length > 2 || !where.includes(state))) {
    if (zones.length > 0 || !zonesOf(state).includes(zone)) zones = [...new Set([...zones, ...zonesOf(state)])];
    where = [...new Set([...where, state])];
  }
  if (zone !== '') zones = [...new Set([...zones, zone])];
  if (zones.length === 0 || zones.length > 5) return [everywhere, true];
  if (where.length === 0) where = stateNames;
  return [where.flatMap((name) => zones.map((at) => [name, at])), where.length <= 2 || where === stateNames];
}

function judge([number, code, state, zone, at, mode, open, opens, closes]) {
  const found = places(number, code, state, zone);
  if (found === null || open === 'invalid') return null;
  const [pairs, exact] = found;
  const wrong = [];
  const look = (ms, want, certain) => {
    if (certain && pairs.every(([state, zone]) => allows(state, zone, ms, mode)) !== want) wrong.push(`${ms} is ${want ? 'closed' : 'open'}`);
  };
  look(Number(at), open === '1', open === '1' || exact);
  if (opens === '-') return wrong;
  look(Number(opens), true, true);
  look(Number(opens) - 1, false, open === '0' && exact);
  if (closes === '-') return wrong;
  look(Number(closes) - 1, true, true);
  look(Number(closes), false, exact);
  return wrong;
}

let judged = 0, bad = 0;
for (const line of fs.readFileSync(casesFile, 'utf8').split('\n')) {
  if (line === '') continue;
  const wrong = judge(line.split('\t'));
  if (wrong === null) continue;
  judged += 1;
  if (wrong.length === 0) continue;
  if (++bad <= 20) console.log(`${line}: ${wrong.join('; ')}`);
}
console.log(`${judged} US cases judged by Intl (ICU's time zones ${process.versions.tz}), ${bad} disagreements`);
console.log(`${judged - bad} passed, ${bad} failed`);
process.exit(bad > 0 || judged === 0 ? 1 : 0);
