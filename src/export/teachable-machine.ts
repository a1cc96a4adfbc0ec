/** @file A model for the programs of Teachable Machine, whose library reads it as one of its own: `@teachablemachine/image`. */

import type { LayerFormat } from './export-format.ts';
import { tfjsFiles, tfjsFormat } from './tfjs-model.ts';

/** What its library makes of bytes: `x / 127 - 1`. */
const SCALE = 127;

export const teachableMachineFormat: LayerFormat = {
  ...tfjsFormat,
  reader: 'Teachable Machine',
  description: 'a folder for programs of Teachable Machine',
  folder: 'teachable-machine',
  pixels: { range: [-1, 255 / SCALE - 1], scale: SCALE, offset: SCALE },
  namesOutputs: 'always',
  write: async (model, note, date) =>
    tfjsFiles(model, note, {
      date,
      // Its library takes one file of weights, where they are given as files.
      shardsOf: (bytes) => [['weights.bin', bytes]],
      about: { packageName: '@teachablemachine/image', userMetadata: {} },
    }),
};
