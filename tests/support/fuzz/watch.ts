/** @file Ends this process when a case takes more than it may, from a thread that runs while the others are busy. */

import { Worker } from 'node:worker_threads';

export interface Bounds {
  /** Processor time of a case, of all threads; a clock would measure what else the machine does. */
  readonly cpuMs: number;
  /** What the process may hold. */
  readonly memoryBytes: number;
}

/** Why a process was ended, on its standard error. */
export const ENDED = { time: 'fuzz: too much time', memory: 'fuzz: too much memory' } as const;

const LOOK_MS = 50;

/** Starts to watch. @returns Call it as a case begins. */
export function watch({ cpuMs, memoryBytes }: Bounds): () => void {
  const cases = new Int32Array(new SharedArrayBuffer(4));
  const program = `
    const { workerData: { cases, cpuMs, memoryBytes, ENDED } } = require('node:worker_threads');
    const { writeSync } = require('node:fs');
    let [known, start] = [0, process.cpuUsage()];
    const end = (why) => { writeSync(2, why); process.kill(process.pid, 'SIGKILL'); };
    setInterval(() => {
      if (cases[0] !== known) [known, start] = [cases[0], process.cpuUsage()];
      const { user, system } = process.cpuUsage(start);
      if ((user + system) / 1000 > cpuMs) end(ENDED.time);
      if (process.memoryUsage.rss() > memoryBytes) end(ENDED.memory);
    }, ${LOOK_MS});
  `;
  const worker = new Worker(program, {
    eval: true,
    execArgv: [],
    workerData: { cases, cpuMs, memoryBytes, ENDED },
  });
  worker.unref();
  return () => Atomics.add(cases, 0, 1);
}
