import { describe, expect, it } from 'vitest';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { ImageReader, ReadBatchesOptions } from '../images/image-reader.ts';
import { RESIZE_MODES } from '../images/resize-mode.ts';
import { ZERO_TO_ONE } from '../preprocessing/preprocessing.ts';
import { imageModality } from './image-modality.ts';

const image = input({ shape: [6, 4, 3] });
const model = new Functional({ inputs: image, outputs: layers.globalAveragePooling2d().apply(image) });

describe('imageModality', () => {
  it('keeps features of images that were resized otherwise under other keys, of squashed ones as ever', () => {
    const reader = {} as ImageReader;
    const identities = [undefined, ...RESIZE_MODES].map(
      (resize) => imageModality({ reader, model, preprocessing: ZERO_TO_ONE, resize, seed: 1 }).identity,
    );
    expect(identities).toEqual([{}, {}, { resize: 'crop' }, { resize: 'letterbox' }]);
  });

  it('says to what reads images how they are resized', async () => {
    const asked: ReadBatchesOptions[] = [];
    const reader = {
      decode(_samples: unknown, options: ReadBatchesOptions) {
        asked.push(options);
        return [];
      },
    } as unknown as ImageReader;
    const modality = imageModality({
      reader,
      model,
      preprocessing: ZERO_TO_ONE,
      resize: 'letterbox',
      seed: 1,
    });
    for await (const _ of modality.batches([], { batchSize: 2 }));
    expect(asked).toEqual([{ batchSize: 2, height: 6, width: 4, resize: 'letterbox' }]);
  });
});
