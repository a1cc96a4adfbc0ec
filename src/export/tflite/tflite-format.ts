/** @file A model for phones and small computers: TensorFlow Lite, which is called LiteRT now. */

import { ACTIVATION_NAMES } from '../../core/layers/activations.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { LayerFormat } from '../export-format.ts';
import type { ExportNote } from '../export-note.ts';
import { tfliteFile } from './tflite-file.ts';
import { TFLITE, tfliteOperators } from './tflite-layers.ts';
import { simplifyTflite } from './tflite-passes.ts';

export const tfliteFormat: LayerFormat = {
  ...TFLITE,
  description: 'a folder with model.tflite for phones',
  endings: [],
  folder: 'tflite',
  activations: ACTIVATION_NAMES,
  hasSlopedReLU: true,
  isKeras3: false,
  namesOutputs: 'where-named',
  write: async (model, note, date) => tfliteFiles(model, note, date),
};

/** The files by name; the model comes last, so that a folder that has it is complete. */
function tfliteFiles(
  model: Functional,
  note: ExportNote,
  date: Date,
): ReadonlyMap<string, string | Uint8Array> {
  const about = { modelName: model.name, timeStamp: date.toISOString(), ...note };
  return new Map<string, string | Uint8Array>([
    ...(note.labels === undefined ? [] : [['labels.txt', labelList(note.labels)] as const]),
    ['metadata.json', `${JSON.stringify(about, null, 2)}\n`],
    ['model.tflite', tfliteFile(simplifyTflite(tfliteOperators(model)), { description: note.generatedBy })],
  ]);
}

/** A line for each, with its number, as Teachable Machine's: `0 cats`. */
function labelList(labels: readonly string[]): string {
  return labels.map((label, index) => `${index} ${label.replace(/[\r\n]+/g, ' ')}\n`).join('');
}
