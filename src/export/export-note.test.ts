import { describe, expect, it } from 'vitest';
import { Functional } from '../core/layers/functional.ts';
import { input } from '../core/layers/input-layer.ts';
import { layers } from '../core/layers/layers.ts';
import { exportNote } from './export-note.ts';

const image = input({ shape: [64, 64, 3] });
const dense = layers.dense({ units: 2, activation: 'softmax' });
const model = new Functional({
  inputs: image,
  outputs: dense.apply(layers.globalAveragePooling2d().apply(image)),
});
const about = { generatedBy: 'graft 1.2.3', labels: ['bars', 'discs'], range: [0, 255] as const };

describe('the note of an export', () => {
  it('says what becomes of images of another aspect, where they are not squashed', () => {
    const input = { dtype: 'float32', shape: [64, 64, 3], channels: 'rgb', range: [0, 255] };
    expect(exportNote(model, about).input).toEqual(input);
    expect(exportNote(model, { ...about, resize: 'squash' }).input).toEqual(input);
    expect(exportNote(model, { ...about, resize: 'crop' }).input).toEqual({ ...input, resize: 'crop' });
  });
});
