/** @file Takes the adapters of a trained model of texts out of its file, with its head: for PEFT, or as Keras names them. */

import { dirname } from 'node:path';
import { isTextModel, type TextModelFile } from '../../artifacts/decode-model-file.ts';
import { modelFileError } from '../../artifacts/model-info.ts';
import { adapterTensors, decodeAdapters } from '../../artifacts/stored-adapters.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import { writeSafetensors } from '../../core/weights/safetensors.ts';
import { peftFiles } from '../../text/export/peft-files.ts';
import { readAnyModelFile } from '../files/model-file.ts';
import { folderFor, writeWhole } from '../files/write-file.ts';
import { writeExportFolder } from './export-folder.ts';

/** `peft`: a folder that PEFT loads; `safetensors`: a file with Keras' names. */
export type AdapterFormat = 'peft' | 'safetensors';

/** By the names that `--to` takes: for help, and what is written beside the model. */
export const ADAPTER_FORMATS: Readonly<
  Record<AdapterFormat, { readonly description: string; readonly name: string }>
> = {
  peft: { description: 'adapters for PEFT', name: 'peft' },
  safetensors: { description: "adapters by Keras' names", name: 'adapters.safetensors' },
};

/** What is written, by its path. */
export interface AdapterExport {
  readonly file: TextModelFile;
  readonly files: readonly string[];
}

/** Whether a format is one of adapters. */
export function isAdapterFormat(format: string): format is AdapterFormat {
  return Object.hasOwn(ADAPTER_FORMATS, format);
}

/**
 * Writes the adapters of a model file, and its head's weights.
 *
 * @param out - For `peft` a folder, which is made, else a file.
 * @param options - `backbone`: where PEFT finds the network. Default: what the recipe says.
 * @throws {GraftError} `argument`, if the model has none, or transformers does not have its network; `file-write`.
 */
export async function exportAdapters(
  path: string,
  {
    format,
    out,
    backbone,
  }: { readonly format: AdapterFormat; readonly out: string; readonly backbone?: string | undefined },
): Promise<AdapterExport> {
  const file = await readAnyModelFile(path);
  if (!isTextModel(file) || file.adapters === undefined) throw noAdapters(path);
  const { architecture, head: layers, adapters } = decodeAdapters(path, file.adapters);
  const head = headOf(file, layers);
  if (format === 'safetensors') {
    await folderFor(dirname(out));
    await writeWhole(out, writeSafetensors(new Map([...adapterTensors(adapters), ...head])), {
      replace: false,
    });
    return { file, files: [out] };
  }
  const base = backbone ?? file.info.recipe.backbone;
  const files = peftFiles(adapters, { architecture, base, head });
  return { file, files: await writeExportFolder(out, files) };
}

/** The head's kernels and biases are constants of the file. */
function headOf({ path, graph }: TextModelFile, layers: readonly string[]): Map<string, Tensor<'float32'>> {
  const weights = new Map<string, Tensor<'float32'>>();
  for (const layer of layers) {
    for (const name of [`${layer}/kernel`, `${layer}/bias`]) {
      const found = graph.constants.get(name);
      if (found?.dtype !== 'float32') {
        throw modelFileError(
          path,
          `numbers "${name}"`,
          'none',
          'The file was changed after it was written: train again, or use another copy.',
        );
      }
      weights.set(name, found as Tensor<'float32'>);
    }
  }
  return weights;
}

function noAdapters(path: string): GraftError {
  return new GraftError('argument', {
    where: `model "${path}"`,
    expected: 'a model of texts that was trained with adapters (--lora)',
    received: 'one without',
    advice: 'Train it with graft train --lora 8.',
  });
}
