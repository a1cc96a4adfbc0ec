/** @file The formats of weight files there are. */

import { ONNX_FILE, SAVED_MODEL, TENSORFLOW_GRAPH } from './foreign-files.ts';
import { kerasArchiveFormat } from './keras-archive.ts';
import { kerasHdf5Format } from './keras-hdf5-format.ts';
import { safetensorsFormat } from './safetensors.ts';
import { tfjsFormat } from './tfjs-layers.ts';
import { tfliteFormat } from './tflite.ts';
import { torchFormat } from './torch-file.ts';
import type { ForeignFormat, WeightFormat } from './weight-format.ts';

/** Those that are read, in the order in which messages list them. */
export const WEIGHT_FORMATS: readonly WeightFormat[] = [
  kerasHdf5Format,
  kerasArchiveFormat,
  tfliteFormat,
  tfjsFormat,
  safetensorsFormat,
  torchFormat,
];

/** Those that people bring and that are not read. */
export const FOREIGN_FORMATS: readonly ForeignFormat[] = [TENSORFLOW_GRAPH, SAVED_MODEL, ONNX_FILE];

/** `weights of Keras, TFLite, TensorFlow.js, safetensors or PyTorch` */
export const KNOWN_WEIGHTS: string = `weights of ${listed([
  ...new Set(WEIGHT_FORMATS.map(({ program }) => program)),
])}`;

/** What a file is, for people: `Keras, HDF5`. @param format - Of a `WeightFile`. */
export function titleOfFormat(format: string): string {
  return WEIGHT_FORMATS.map(({ titles }) => titles[format]).find((title) => title !== undefined) ?? format;
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
