/** @file The formats that a model leaves in, and how an export is refused. */

import { GraftError } from '../../errors/graft-error.ts';
import type { Layer } from '../../layers/layer.ts';

/** `keras`: Keras 3's archive; `keras-h5`: HDF5, for Keras 2 and 3; `tfjs`: a LayersModel of TensorFlow.js. */
export type KerasFormat = 'keras' | 'keras-h5' | 'tfjs';

export const KERAS_FORMATS: readonly KerasFormat[] = ['keras', 'keras-h5', 'tfjs'];

/** How messages call what reads a format. */
export function readerOf(format: KerasFormat): string {
  return { keras: 'Keras 3', 'keras-h5': 'Keras 2', tfjs: 'TensorFlow.js' }[format];
}

/** The error of a layer that a format has no place for. */
export function cannotExport(
  layer: Pick<Layer, 'name'>,
  format: KerasFormat,
  expected: string,
  received: string,
): GraftError {
  return new GraftError('graph', {
    where: `layer "${layer.name}"`,
    expected: `${expected} that ${readerOf(format)} has`,
    received,
    advice: format === 'keras' ? 'Export to onnx instead.' : 'Export to keras or onnx instead.',
  });
}
