/**
 * @file Runs exported models with TensorFlow Lite's own interpreter: that of the Python that GRAFT_ORACLE_PYTHON names, with
 * TensorFlow as in tools/oracle/requirements.txt. Tests that need it are skipped without it.
 */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { floats, type Tensor } from '../../src/core/tensor/tensor.ts';

const PYTHON = process.env['GRAFT_ORACLE_PYTHON'] || undefined;
const SCRIPT = fileURLToPath(new URL('../../tools/oracle/tflite_predict.py', import.meta.url));

export interface TfliteRequest {
  readonly path: string;
  /** As numbers of float32, whatever the model takes. */
  readonly inputs: readonly Tensor[];
}

export interface TfliteAnswer {
  readonly outputs: readonly Tensor<'float32'>[];
  readonly inputTypes: readonly string[];
  readonly outputTypes: readonly string[];
  readonly outputNames: readonly string[];
  /** In the order in which they run; `DELEGATE` for those that run together. */
  readonly operators: readonly string[];
}

/** One start of Python for all of them. */
export async function askTflite(requests: readonly TfliteRequest[]): Promise<readonly TfliteAnswer[]> {
  const folder = await mkdtemp(join(tmpdir(), 'graft-tflite-'));
  try {
    const path = join(folder, 'request.json');
    const written = requests.map(({ path, inputs }) => ({ path, inputs: inputs.map(encoded) }));
    await writeFile(path, JSON.stringify(written));
    const { stdout } = await promisify(execFile)(PYTHON!, [SCRIPT, path], { maxBuffer: 2 ** 26 });
    const answers = JSON.parse(stdout) as (Omit<TfliteAnswer, 'outputs'> & {
      outputs: { shape: number[]; data: number[] }[];
    })[];
    return answers.map(({ outputs, ...answer }) => ({
      ...answer,
      outputs: outputs.map(({ shape, data }) => floats(shape, data)),
    }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function encoded({ shape, data }: Tensor): { readonly shape: readonly number[]; readonly data: string } {
  const { buffer } = Float32Array.from(data as Float32Array);
  return { shape, data: Buffer.from(buffer).toString('base64') };
}
