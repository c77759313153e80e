// table.mjs FIGURES.jsonl: turns one run's figures into target/bench.json and BENCH.md.
// A figure is a JSON line {name, value, unit, peer?, goal?}; ratio = value / peer, so below 1 is better than the peer.
import fs from 'node:fs';
import os from 'node:os';

const figures = fs.readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
const rows = figures.map(({ name, value, unit, peer = null, goal = null }) =>
  ({ name, value, unit, peer, ratio: peer ? +(value / peer).toFixed(3) : null, goal }));
fs.mkdirSync('target', { recursive: true });
fs.writeFileSync('target/bench.json', JSON.stringify(rows.map(({ goal, ...row }) => row), null, 1) + '\n');

const cell = (x, unit = '') => (x === null ? '' : `${unit ? +x.toFixed(2) : x}${unit && ` ${unit}`}`);
const met = ({ value, goal }) => (goal === null ? '' : value <= goal ? 'met' : '**missed**');
const cpu = os.cpus()[0]?.model.trim() ?? 'unknown processor';
const table = [
  '# Measured',
  '',
  'Made by `make bench`: every figure of this table comes from one run on one machine. Machines are noisy: read the ratios.',
  'A peer is another way to do the same, measured in the same run; a ratio below 1 means that ours is better.',
  '',
  `${new Date().toISOString().slice(0, 10)}, ${os.cpus().length} × ${cpu}, Linux ${os.release()}`,
  '',
  '| figure | ours | peer | ratio | goal | |',
  '|---|---:|---:|---:|---:|---|',
  ...rows.map((r) => `| ${r.name} | ${cell(r.value, r.unit)} | ${cell(r.peer, r.unit)} | ${cell(r.ratio)} | ${r.goal === null ? '' : `≤ ${r.goal} ${r.unit}`} | ${met(r)} |`),
  '',
];
fs.writeFileSync('BENCH.md', table.join('\n'));
console.log(table.slice(7).join('\n'));
