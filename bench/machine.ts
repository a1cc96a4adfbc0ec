/** @file What a run was measured on and with: no figure means anything without it. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { pythonEnvironment } from './contender.ts';

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Processes that wanted a core in the minute before. */
  readonly loadBefore: number;
  readonly node: string;
  readonly onnxruntime: string;
  /** Absent without a Python. */
  readonly python?: PythonVersions;
}

export interface PythonVersions {
  readonly python: string;
  readonly torch: string;
  readonly torchvision: string;
  readonly blas: string;
  /** What OMP_WAIT_POLICY was: whether threads that wait spin (`active`) or sleep (`passive`). */
  readonly ompWaitPolicy: string;
}

/** More than this, and times are those of a shared machine. */
const QUIET = 0.5;

const ASK_VERSIONS = `
import json, platform, re, torch, torchvision
blas = re.search(r'BLAS_INFO=(\\w+)', torch.__config__.show())
print(json.dumps(dict(python=platform.python_version(), torch=torch.__version__,
  torchvision=torchvision.__version__, blas=blas.group(1) if blas else 'unknown')))`;

/** @throws If `python` is given and has no torch and torchvision. */
export function describeMachine(python: string | undefined): Machine {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    loadBefore: loadavg()[0]!,
    node: process.versions.node,
    onnxruntime: packageVersion('onnxruntime-node'),
    ...(python !== undefined && { python: pythonVersions(python) }),
  };
}

export function showMachine(machine: Machine): string {
  const { python } = machine;
  return [
    `${machine.date}; ${machine.cpu}, ${machine.cores} cores, ${Math.round(machine.memoryBytes / 2 ** 30)} GiB`,
    `load of the minute before: ${machine.loadBefore.toFixed(2)}${machine.loadBefore > QUIET ? ' (NOT a quiet machine)' : ''}`,
    `Node ${machine.node}, onnxruntime-node ${machine.onnxruntime}`,
    python === undefined
      ? 'no PyTorch: give --python PATH or set GRAFT_BENCH_PYTHON'
      : `Python ${python.python}, torch ${python.torch} (BLAS: ${python.blas}), torchvision ${python.torchvision}, OMP_WAIT_POLICY=${python.ompWaitPolicy}`,
  ].join('\n');
}

function pythonVersions(python: string): PythonVersions {
  const output = execFileSync(python, ['-c', ASK_VERSIONS], { encoding: 'utf8', env: pythonEnvironment() });
  const versions = JSON.parse(output) as Omit<PythonVersions, 'ompWaitPolicy'>;
  return { ...versions, ompWaitPolicy: pythonEnvironment()['OMP_WAIT_POLICY'] ?? 'unset' };
}

/** Packages need not export their package.json: it lies above their entry. */
function packageVersion(name: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  while (!folder.endsWith(name)) folder = dirname(folder);
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}
