/** @file A whole command, from its start to its end: seconds, and the most memory that it and its children had. */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface MeasuredProcess {
  readonly seconds: number;
  /** User and system, of all its processes. */
  readonly processorSeconds: number;
  /** Resident at once, of all its processes; 0 where the system does not say. */
  readonly peakBytes: number;
  /** The part of it that is no file: what a mapped cache or model adds is not in it. */
  readonly peakAnonymousBytes: number;
  readonly output: string;
}

const SAMPLE_MS = 50;

/** @throws If it fails, with the end of what it complained of. */
export async function measureProcess(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<MeasuredProcess> {
  const started = performance.now();
  const before = childSeconds();
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, complaints] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-4000);
  });
  let [peakBytes, peakAnonymousBytes] = [0, 0];
  const timer = setInterval(() => {
    const { ofOne, ofAll, anonymous } = memoryOf(child.pid!);
    peakBytes = Math.max(peakBytes, ofOne, ofAll);
    peakAnonymousBytes = Math.max(peakAnonymousBytes, anonymous);
  }, SAMPLE_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  }).finally(() => clearInterval(timer));
  const seconds = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${complaints}`);
  return { seconds, processorSeconds: childSeconds() - before, peakBytes, peakAnonymousBytes, output };
}

/** Processor time of the children that have ended, in the kernel's hundredths; 0 where this is no Linux. */
function childSeconds(): number {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return 0;
  }
}

interface Memory {
  /** The kernel's own high-water mark of the first process, which misses nothing between samples. */
  readonly ofOne: number;
  readonly ofAll: number;
  readonly anonymous: number;
}

function memoryOf(root: number): Memory {
  const processes = [root];
  let [ofOne, ofAll, anonymous] = [0, 0, 0];
  for (let pid = processes.pop(); pid !== undefined; pid = processes.pop()) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const bytes = (field: string): number =>
        1024 * Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0);
      if (pid === root) ofOne = bytes('VmHWM');
      ofAll += bytes('VmRSS');
      anonymous += bytes('RssAnon');
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
      processes.push(...children.split(' ').filter(Boolean).map(Number));
    } catch {
      // It has ended, or this is no Linux.
    }
  }
  return { ofOne, ofAll, anonymous };
}
