/** @file Keras' HDF5 files as a format of weights: how they are known, and what is made of their layers. */

import type { Hdf5Layers } from './hdf5-layers.ts';
import { parseConfigText } from './model-config.ts';
import type { WeightFile } from './weight-file.ts';
import type { WeightFormat } from './weight-format.ts';

export const kerasHdf5Format: WeightFormat = {
  id: 'hdf5',
  program: 'Keras',
  endings: ['.h5', '.hdf5'],
  titles: { 'keras-hdf5': 'Keras, HDF5' },
  detects: ({ bytes, text }) => bytes[0] === 0x89 && text.startsWith('HDF\r\n\x1a\n', 1),
  read: async ({ path, bytes, where, readers }) =>
    hdf5WeightFile(await readers.readHdf5(path === undefined ? { bytes } : { path }, { where }), where),
};

/** @param where - For messages. */
export function hdf5WeightFile({ configText, ...layers }: Hdf5Layers, where: string): WeightFile {
  const config = configText === undefined ? undefined : parseConfigText(configText);
  return { format: 'keras-hdf5', where, ...layers, config };
}
