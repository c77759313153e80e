// What a process takes of the machine, from /proc.
import fs from 'node:fs';

/** What a process has now: threads by name, memory of its own in KiB, open descriptors, CPU time in ticks of 10 ms. */
export function figures(pid) {
  const read = (name) => fs.readFileSync(`/proc/${pid}/${name}`, 'utf8');
  const threads = fs.readdirSync(`/proc/${pid}/task`).flatMap((task) => {
    // One that ends just now has none any more.
    try { return [read(`task/${task}/comm`).trim()]; } catch { return []; }
  });
  const [, , utime, stime] = read('stat').replace(/^.*\) . (?:\S+ ){10}/, '0 0 ').split(' ');
  return {
    threads: threads.length,
    ours: threads.filter((name) => name.startsWith('ustreamer')).length,
    kib: Number(/RssAnon:\s+(\d+)/.exec(read('status'))[1]),
    descriptors: fs.readdirSync(`/proc/${pid}/fd`).length,
    ticks: Number(utime) + Number(stime),
  };
}
