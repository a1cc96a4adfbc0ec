/** @file Takes a language model to ONNX, or to a folder for transformers, transformers.js and Optimum. */

import { basename, dirname, join, resolve } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { causalLmOnnx } from '../../text/export/causal-lm-onnx.ts';
import { huggingFaceFiles } from '../../text/export/hugging-face-files.ts';
import { loadCausalLm } from '../text/load-causal-lm.ts';
import { type FileContent, writeExportFolder } from './export-folder.ts';
import { requireFree } from './export-functional.ts';
import type { ExportModelOptions, ExportReport } from './export-report.ts';

/**
 * Exports a folder of transformers or of `graft tune`, a GGUF file, or a `.bin` of llama2.c.
 *
 * @throws {GraftError} `argument`, for a format that holds no language model; and what `loadCausalLm` throws.
 */
export async function exportLanguageModel(
  path: string,
  { format, out = defaultPath(path, format) }: ExportModelOptions,
): Promise<ExportReport> {
  if (format !== 'onnx' && format !== 'hf') {
    throw new GraftError('argument', {
      where: `language model "${path}"`,
      expected: 'a format that holds one: hf or onnx',
      received: format,
      advice: 'Give --to hf or --to onnx, or the model.onnx of a run of graft train.',
    });
  }
  await requireFree(out);
  const lm = await loadCausalLm(path);
  try {
    const folder = format === 'onnx' ? dirname(out) : out;
    const files =
      format === 'onnx'
        ? causalLmOnnx(lm, { name: basename(out) })
        : new Map<string, FileContent>([
            ...huggingFaceFiles(lm),
            ...[...causalLmOnnx(lm, { name: 'model.onnx' })].map(
              ([name, content]) => [`onnx/${name}`, content] as const,
            ),
          ]);
    const written = await writeExportFolder(folder, files);
    return { out, files: written, labels: [], largestDifference: null };
  } finally {
    await lm.dispose();
  }
}

/** `NAME.onnx` or the folder `NAME-hf`, beside the model. */
function defaultPath(path: string, format: ExportModelOptions['format']): string {
  const whole = resolve(path);
  const stem = basename(whole).replace(/\.(?:gguf|bin)$/i, '');
  return join(dirname(path), format === 'hf' ? `${stem}-hf` : `${stem}.onnx`);
}
