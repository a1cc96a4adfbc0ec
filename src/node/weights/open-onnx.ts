/** @file ONNX files of this machine, with the numbers that they keep beside them. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { OnnxBytes } from '../../core/weights/onnx-file.ts';
import { openExternalData } from './external-data.ts';

/** Reads the bytes of an ONNX file. @throws {GraftError} `file-not-found`. */
export async function openOnnx(path: string): Promise<OnnxBytes> {
  const name = basename(path);
  const bytes = await readFile(path).catch((cause) => {
    throw new GraftError(
      'file-not-found',
      {
        where: `model "${name}"`,
        expected: 'a file',
        received: `no file at "${path}"`,
        advice: 'Check the path.',
      },
      { cause },
    );
  });
  return { name, bytes, externalData: (budget, where) => openExternalData(path, budget, where) };
}
