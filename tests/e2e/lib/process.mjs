// Programs under test: started, their words kept, ended. Keeps: what was started here ends when the test that started it ends.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

/** Polls `ready` until it gives something true; fails after `within` ms with `what` and what was seen last. */
export async function until(what, within, ready) {
  const deadline = performance.now() + within;
  let seen;
  for (;;) {
    try {
      seen = await ready();
      if (seen) return seen;
    } catch (error) {
      seen = error;
    }
    if (performance.now() > deadline) throw new Error(`${what}: not within ${within} ms (last: ${seen?.message ?? JSON.stringify(seen)})`);
    await sleep(20);
  }
}

/** A temporary folder that goes with the test. */
export function folder(t) {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'e2e-'));
  t.after(() => fs.rmSync(made, { recursive: true, force: true, maxRetries: 5 }));
  return made;
}

/** The path of a file of this name in a folder or below. */
export function find(under, name) {
  const found = fs.readdirSync(under, { recursive: true }).find((file) => path.basename(file) === name);
  if (!found) throw new Error(`${name} is not in ${under}`);
  return path.join(under, found);
}

const running = new Set();

/** Ends all that is running. (A hook of a test that throws keeps its later ones from being run, and what they would have ended from ending.) */
export function stopAll() {
  return Promise.all([...running].map((program) => program.stop()));
}

export class Program {
  #child;
  output = '';

  constructor(file, args) {
    this.name = path.basename(file);
    this.#child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on('data', (text) => { this.output += text; });
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => { this.output += `${error.message}\n`; resolve(error.code); });
      this.#child.on('close', (code, signal) => resolve(signal ?? code));
    });
    running.add(this);
    this.ended.then((how) => {
      this.how = how;
      running.delete(this);
    });
  }

  get pid() {
    return this.#child.pid;
  }

  signal(name) {
    this.#child.kill(name);
  }

  /** Ends it, kindly first; resolves with its exit code or the signal that ended it. */
  async stop(name = 'SIGTERM') {
    this.signal(name);
    const late = setTimeout(() => this.signal('SIGKILL'), 5000);
    const how = await this.ended;
    clearTimeout(late);
    return how;
  }

  /** Waits until `ready` gives something true; a program that ends before fails the test with its words. */
  async until(what, within, ready) {
    return until(`${this.name}: ${what}`, within, async () => {
      if (this.how !== undefined) throw new Error(`it ended (${this.how}):\n${this.output}`);
      return ready();
    });
  }
}
