import { describe, expect, it } from 'vitest';
import { saying } from '../../tests/support/saying.ts';
import { DEFAULT_RECIPE } from '../training/recipe.ts';
import { decodeModelInfo, encodeModelInfo, FORMAT_VERSION, type ModelInfo } from './model-info.ts';

const info: ModelInfo = {
  formatVersion: FORMAT_VERSION,
  graftVersion: '1.2.3',
  classes: ['cats', 'dogs'],
  input: { widthPx: 224, heightPx: 224, resize: 'squash' },
  recipe: { ...DEFAULT_RECIPE, cut: 'block_15_add', sizePx: 224 },
  backbone: { name: 'mobilenet', source: 'npm', licence: 'Apache-2.0' },
  train: { images: 10, loss: 0.1, accuracy: 1, interval: [0.7, 1] },
  validation: { images: 5, loss: 0.2, accuracy: 0.8, interval: [0.4, 0.9] },
  bestEpoch: 2,
  epochs: 3,
};
const damaged = (change: object): Record<string, string> => ({
  graft: JSON.stringify({ ...info, ...change }),
});

describe('decodeModelInfo', () => {
  it('reads what encodeModelInfo wrote', () => {
    expect(decodeModelInfo('m.onnx', encodeModelInfo(info))).toEqual(info);
  });

  it.each([
    [
      {},
      'model "m.onnx": expected a model that Graft trained (metadata entry \'graft\'), received an ONNX file without it. Give the model.onnx of a run folder.',
    ],
    [
      { graft: '{' },
      'model "m.onnx": expected metadata in JSON, received text that is not JSON. The file was changed after it was written: train again, or use another copy.',
    ],
    [
      damaged({ formatVersion: FORMAT_VERSION + 1 }),
      `model "m.onnx": expected a model file of format ${FORMAT_VERSION} or older, received format ${FORMAT_VERSION + 1}. It was written by a newer version of Graft: update Graft.`,
    ],
    [
      damaged({ classes: ['one'] }),
      'model "m.onnx": expected complete metadata, received "classes": Too small: expected array to have >=2 items. The file was changed after it was written: train again, or use another copy.',
    ],
  ])('refuses %j', (metadata, message) => {
    expect(() => decodeModelInfo('m.onnx', metadata as Record<string, string>)).toThrow(saying(message));
  });
});
