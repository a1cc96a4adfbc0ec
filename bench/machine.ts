/** @file What a run was measured on and with: no figure means anything without it. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { pythonEnvironment } from './contender.ts';
import type { Peers } from './peers.ts';

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Processes that wanted a core in the minute before. */
  readonly loadBefore: number;
  readonly node: string;
  readonly onnxruntime: string;
  readonly peers: PeerVersions;
}

export interface PeerVersions {
  readonly torch?: Versions | undefined;
  readonly keras?: Versions | undefined;
  readonly tfjs?: string | undefined;
  /** What OMP_WAIT_POLICY was: whether threads that wait spin (`active`), sleep (`passive`), or do as their library has it. */
  readonly ompWaitPolicy: string;
}

type Versions = Readonly<Record<string, string>>;

/** More than this, and times are those of a shared machine. */
const QUIET = 0.5;

const ASK_TORCH = `
import json, platform, re, torch, torchvision
blas = re.search(r'BLAS_INFO=(\\w+)', torch.__config__.show())
print(json.dumps(dict(Python=platform.python_version(), torch=torch.__version__,
  torchvision=torchvision.__version__, BLAS=blas.group(1) if blas else 'unknown')))`;

const ASK_KERAS = `
import json, platform, keras, tensorflow
print(json.dumps(dict(Python=platform.python_version(), keras=keras.__version__, tensorflow=tensorflow.__version__)))`;

/** @throws If a peer's Python lacks what it should have. */
export function describeMachine({ torch, keras, tfjs }: Peers = { leftOut: [] }): Machine {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    loadBefore: loadavg()[0]!,
    node: process.versions.node,
    onnxruntime: packageVersion('onnxruntime-node'),
    peers: {
      torch: torch === undefined ? undefined : pythonVersions(torch, ASK_TORCH),
      keras: keras === undefined ? undefined : pythonVersions(keras, ASK_KERAS),
      tfjs: tfjs === undefined ? undefined : '4.22.0',
      ompWaitPolicy: pythonEnvironment()['OMP_WAIT_POLICY'] ?? 'unset',
    },
  };
}

export function showMachine(machine: Machine): string {
  const { torch, keras, tfjs, ompWaitPolicy } = machine.peers;
  const show = (versions: Versions): string =>
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ');
  return [
    `${machine.date}; ${machine.cpu}, ${machine.cores} cores, ${Math.round(machine.memoryBytes / 2 ** 30)} GiB`,
    `load of the minute before: ${machine.loadBefore.toFixed(2)}${machine.loadBefore > QUIET ? ' (NOT a quiet machine)' : ''}`,
    `Node ${machine.node}, onnxruntime-node ${machine.onnxruntime}`,
    ...(torch ? [`${show(torch)}, OMP_WAIT_POLICY=${ompWaitPolicy}`] : []),
    ...(keras ? [show(keras)] : []),
    ...(tfjs ? [`TensorFlow.js ${tfjs}, WASM`] : []),
  ].join('\n');
}

function pythonVersions(python: string, question: string): Versions {
  const output = execFileSync(python, ['-c', question], {
    encoding: 'utf8',
    env: pythonEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(output) as Versions;
}

/** Packages need not export their package.json: it lies above their entry. */
function packageVersion(name: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  while (!folder.endsWith(name)) folder = dirname(folder);
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}
