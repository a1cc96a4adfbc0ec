/** @file Which process this is, and whether another one has ended: also across containers and machines. */

import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process as others can tell it from all processes, by a file that it wrote. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** The running kernel, whose clock all its processes share. Linux only. */
  readonly kernel?: string | undefined;
  /** The namespace in which the number means this process: each container has its own. Linux only. */
  readonly namespace?: string | undefined;
  /** When it started, in the kernel's ticks: a later process of the same number started later. Linux only. */
  readonly started?: string | undefined;
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  own ??= {
    host: hostname(),
    pid: process.pid,
    kernel: readText('/proc/sys/kernel/random/boot_id'),
    namespace: readLink('/proc/self/ns/pid'),
    started: statOf('self')?.started,
  };
  return own;
}
let own: ProcessIdentity | undefined;

/**
 * Whether a process has ended. A zombie has: it does nothing any more, and only waits for its parent to ask how it ended.
 *
 * @returns Undefined where that cannot be told from here: it is on another machine, or in another container.
 */
export function hasEnded(other: ProcessIdentity): boolean | undefined {
  if (!isNear(other)) return undefined;
  try {
    process.kill(other.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const found = isProcOurs() ? statOf(other.pid) : undefined;
  if (found === undefined) return false;
  const isAnother = other.started !== undefined && other.started !== found.started;
  return isAnother || found.state === 'Z' || found.state === 'X';
}

/** Whether both read the same clock. */
export function sharesClock({ kernel }: ProcessIdentity): boolean {
  return kernel !== undefined && kernel === thisProcess().kernel;
}

/** Whether the other one's number means the same process here. */
function isNear({ host, kernel, namespace }: ProcessIdentity): boolean {
  const self = thisProcess();
  // Written where there are no namespaces, or by a version that did not ask for them.
  if (kernel === undefined || namespace === undefined) return host === self.host;
  return kernel === self.kernel && namespace === self.namespace;
}

/** Whether /proc lists the processes by the numbers that they have here: not so in a namespace that has no /proc of its own. */
function isProcOurs(): boolean {
  return readLink('/proc/self') === String(process.pid);
}

/** `PID (NAME) STATE ... STARTED ...`: the name may hold anything; the start is the 22nd field. */
function statOf(pid: number | 'self'): { readonly state: string; readonly started: string } | undefined {
  const text = readText(`/proc/${pid}/stat`);
  const [state, ...fields] = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  const started = fields[18];
  return state === undefined || started === undefined ? undefined : { state, started };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
