/**
 * @file Milliseconds a step of the dense training step, 37,632 -> 1,024 -> 1, RMSprop, beside PyTorch's.
 *
 *   npx tsx bench/dense-step.ts [--features FILE] [--batches 20,32,64] [--threads 1,2] [--steps 40] [--repeats 3] [--json FILE]
 *
 * FILE holds raw float32 `[n, 37632]`; without it, synthetic features: 15 % non-zero, about a third of the rows
 * zero in a whole batch of 20. With GRAFT_BENCH_PYTHON, a Python that has torch, bench/dense-step-torch.py runs in
 * turn with ours, process by process.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { losses } from '../src/losses/losses.ts';
import { optimizers } from '../src/optimizers/optimizers.ts';
import { createRandom } from '../src/tensor/random.ts';
import { createDenseStep } from '../src/training/dense-step.ts';
import { seededDropoutMasks } from '../src/training/dropout-masks.ts';

const INPUTS = 37_632;
const UNITS = 1024;
const SAMPLES = 256;
const WARM_UP = 8;
const TORCH_THREADS = 2;

const { values: options } = parseArgs({
  options: {
    features: { type: 'string' },
    batches: { type: 'string', default: '20,32,64' },
    threads: { type: 'string', default: '1,2' },
    steps: { type: 'string', default: '40' },
    repeats: { type: 'string', default: '3' },
    json: { type: 'string' },
    /** Set in the processes that this one starts: `batch,threads`. */
    only: { type: 'string' },
  },
});

if (options.only !== undefined) await measureOurs();
else compareAll();

/** One process: times of our steps, as JSON. */
async function measureOurs(): Promise<void> {
  const [batch = 20, threads = 1] = options.only!.split(',').map(Number);
  const bytes = readFileSync(options.features!);
  const features = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const random = createRandom(1);
  const uniform = (count: number, limit: number): Float32Array =>
    Float32Array.from({ length: count }, () => (random.uniform() * 2 - 1) * limit);
  const step = await createDenseStep(
    {
      inputs: INPUTS,
      layers: [
        {
          name: 'dense',
          units: UNITS,
          activation: 'relu',
          kernel: uniform(INPUTS * UNITS, Math.sqrt(6 / (INPUTS + UNITS))),
          bias: new Float32Array(UNITS),
        },
        {
          name: 'dense_1',
          units: 1,
          activation: 'linear',
          kernel: uniform(UNITS, Math.sqrt(6 / (UNITS + 1))),
          bias: new Float32Array(1),
        },
      ],
    },
    {
      loss: losses.binaryCrossentropy(),
      optimizer: optimizers.rmsprop(),
      masks: seededDropoutMasks(createRandom(1)),
      threads,
      batchSize: batch,
    },
  );
  const count = Math.floor(features.length / INPUTS);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const input = new Float32Array(batch * INPUTS);
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + Number(options.steps); i++) {
    random.shuffle(order);
    for (let s = 0; s < batch; s++) {
      const sample = order[s % count]!;
      input.set(features.subarray(sample * INPUTS, (sample + 1) * INPUTS), s * INPUTS);
    }
    const targets = Float32Array.from({ length: batch }, (_, s) => order[s % count]! % 2);
    const learn = { features: input, targets, sampleWeights: new Float32Array(batch).fill(1), size: batch };
    const started = performance.now();
    await step.run(learn, 1e-4);
    if (i >= WARM_UP) times.push(performance.now() - started);
  }
  await step.dispose();
  process.stdout.write(`${JSON.stringify(times)}\n`);
}

/** Runs all processes in turns and prints the table. */
function compareAll(): void {
  const folder = mkdtempSync(join(tmpdir(), 'graft-bench-'));
  try {
    const file = options.features ?? writeSynthetic(join(folder, 'features.f32'));
    const python = process.env['GRAFT_BENCH_PYTHON'];
    const rows = [];
    for (const batch of options.batches.split(',').map(Number)) {
      const times = new Map<string, number[]>();
      const add = (name: string, output: string): void => {
        times.set(name, [...(times.get(name) ?? []), ...(JSON.parse(output) as number[])]);
      };
      for (let repeat = 0; repeat < Number(options.repeats); repeat++) {
        for (const threads of options.threads.split(',').map(Number)) {
          add(`graft, ${threads} thread${threads === 1 ? '' : 's'}`, runOurs(file, batch, threads));
        }
        if (python !== undefined) add(`torch, ${TORCH_THREADS} threads`, runTorch(python, file, batch));
      }
      for (const [name, list] of times) rows.push({ batch, name, ...figures(list) });
    }
    print(rows);
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runOurs(file: string, batch: number, threads: number): string {
  const script = fileURLToPath(import.meta.url);
  const args = ['--only', `${batch},${threads}`, '--features', file, '--steps', options.steps];
  return execFileSync(process.execPath, ['--import', 'tsx', script, ...args], { encoding: 'utf8' });
}

function runTorch(python: string, file: string, batch: number): string {
  const script = fileURLToPath(new URL('dense-step-torch.py', import.meta.url));
  // Settings of other programs for OpenBLAS would slow it down or speed it up.
  const { OPENBLAS_CORETYPE: _coreType, OPENBLAS_L2_SIZE: _l2Size, ...env } = process.env;
  const args = [script, file, `${batch}`, `${TORCH_THREADS}`, options.steps, `${WARM_UP}`];
  return execFileSync(python, args, { encoding: 'utf8', env });
}

interface Row {
  readonly batch: number;
  readonly name: string;
  readonly medianMs: number;
  readonly minMs: number;
}

function figures(times: readonly number[]): Pick<Row, 'medianMs' | 'minMs'> {
  const sorted = [...times].sort((a, b) => a - b);
  return { medianMs: sorted[sorted.length >> 1]!, minMs: sorted[0]! };
}

function print(rows: readonly Row[]): void {
  console.log(
    '| batch | step | median ms | min ms | torch / this, medians |\n| ---: | --- | ---: | ---: | ---: |',
  );
  for (const { batch, name, medianMs, minMs } of rows) {
    const torch = rows.find((row) => row.batch === batch && row.name.startsWith('torch'))?.medianMs;
    const ratio = torch === undefined ? '' : (torch / medianMs).toFixed(2);
    console.log(`| ${batch} | ${name} | ${medianMs.toFixed(1)} | ${minMs.toFixed(1)} | ${ratio} |`);
  }
}

/** Inputs differ in how often they are non-zero, as channels of a ReLU do. */
function writeSynthetic(file: string): string {
  const random = createRandom(5);
  const density = Float32Array.from({ length: INPUTS }, () => 0.51 * random.uniform() ** 2.4);
  const features = new Float32Array(SAMPLES * INPUTS);
  for (let i = 0; i < features.length; i++) {
    if (random.uniform() < density[i % INPUTS]!) features[i] = random.uniform();
  }
  writeFileSync(file, features);
  return file;
}
