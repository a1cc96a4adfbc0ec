/**
 * @file Loads exported files with the real Keras and predicts: with the interpreter that GRAFT_ORACLE_PYTHON names, with
 * Keras 3 and TensorFlow as in tools/oracle/requirements.txt. Tests that need it are skipped without it.
 */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { floats, type Tensor } from '../../src/core/tensor/tensor.ts';

const PYTHON = process.env['GRAFT_ORACLE_PYTHON'] || undefined;
const SCRIPT = fileURLToPath(new URL('../../tools/oracle/export_predict.py', import.meta.url));

export interface KerasRequest {
  readonly path: string;
  /** Go in as float32. */
  readonly inputs: readonly Tensor[];
}

export interface KerasAnswer {
  readonly output: Tensor<'float32'>;
  /** Names of the layers that are trainable and have weights. */
  readonly trainable: readonly string[];
}

/** One start of Python for all of them. */
export async function askKeras(requests: readonly KerasRequest[]): Promise<readonly KerasAnswer[]> {
  const folder = await mkdtemp(join(tmpdir(), 'graft-keras-'));
  try {
    const path = join(folder, 'request.json');
    const written = requests.map(({ path, inputs }) => ({ path, inputs: inputs.map(encoded) }));
    await writeFile(path, JSON.stringify(written));
    const { stdout } = await promisify(execFile)(PYTHON!, [SCRIPT, path], { maxBuffer: 2 ** 26 });
    const answers = JSON.parse(stdout) as { shape: number[]; predictions: number[]; trainable: string[] }[];
    return answers.map(({ shape, predictions, trainable }) => ({
      output: floats(shape, predictions),
      trainable,
    }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function encoded({ shape, data }: Tensor): { readonly shape: readonly number[]; readonly data: string } {
  const { buffer } = Float32Array.from(data as Float32Array);
  return { shape, data: Buffer.from(buffer).toString('base64') };
}
