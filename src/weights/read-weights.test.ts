import { describe, expect, it } from 'vitest';
import { readWeights } from './read-weights.ts';

describe('readWeights', () => {
  it('opens a file by its ending', async () => {
    expect((await readWeights('tests/golden/weights/keras_legacy.h5')).format).toBe('keras-hdf5');
  });

  it('refuses other endings', async () => {
    await expect(readWeights('package.json')).rejects.toThrow(
      'weights "package.json": expected a "weightsManifest"',
    );
    await expect(readWeights('vitest.config.ts')).rejects.toThrow(
      expect.objectContaining({
        code: 'argument',
        message:
          'weights "vitest.config.ts": expected a file that ends in .h5, .hdf5, .tflite or .json, received ".ts". ' +
          'Give weights in one of these formats.',
      }),
    );
  });

  it('says that a file is not there', async () => {
    await expect(readWeights('no/base.h5')).rejects.toThrow(
      expect.objectContaining({
        code: 'file-not-found',
        message: 'weights "base.h5": expected a file, received no file at "no/base.h5". Check the path.',
      }),
    );
  });
});
