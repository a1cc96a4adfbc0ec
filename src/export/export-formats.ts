/** @file The formats that a model leaves in as layers. */

import type { LayerFormat } from './export-format.ts';
import { kerasArchiveFormat } from './keras-archive.ts';
import { kerasHdf5Format } from './keras-hdf5.ts';
import { teachableMachineFormat } from './teachable-machine.ts';
import { tfjsFormat } from './tfjs-model.ts';
import { tfliteFormat } from './tflite/tflite-format.ts';

/** By the names that `--to` takes. */
export const LAYER_FORMATS: {
  readonly keras: LayerFormat;
  readonly 'keras-h5': LayerFormat;
  readonly tfjs: LayerFormat;
  readonly 'teachable-machine': LayerFormat;
  readonly tflite: LayerFormat;
} = {
  keras: kerasArchiveFormat,
  'keras-h5': kerasHdf5Format,
  tfjs: tfjsFormat,
  'teachable-machine': teachableMachineFormat,
  tflite: tfliteFormat,
};

/** `keras`: Keras 3's archive; `keras-h5`: HDF5, for Keras 2 and 3; `tfjs`: a LayersModel of TensorFlow.js; `teachable-machine`: such a one as Teachable Machine's; `tflite`: TensorFlow Lite. */
export type KerasFormat = keyof typeof LAYER_FORMATS;

export const KERAS_FORMATS: readonly KerasFormat[] = Object.keys(LAYER_FORMATS) as KerasFormat[];
