import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { floats } from '../../core/tensor/tensor.ts';
import { writeSafetensors } from '../../core/weights/safetensors.ts';
import { readWeights } from './read-weights.ts';

describe('readWeights', () => {
  it('opens a file by its ending', async () => {
    expect((await readWeights('tests/golden/weights/keras_legacy.h5')).format).toBe('keras-hdf5');
  });

  it('refuses other endings', async () => {
    await expect(readWeights('package.json')).rejects.toThrow(
      withMessage(
        'weights "package.json": expected a "weightsManifest", received Invalid input: expected array, received undefined at "weightsManifest". ' +
          'The file is damaged or of another kind: fetch it again.',
      ),
    );
    await expect(readWeights('vitest.config.ts')).rejects.toThrow(
      expect.objectContaining({
        code: 'argument',
        message:
          'weights "vitest.config.ts": expected weights of Keras, TFLite, TensorFlow.js, safetensors or PyTorch, ' +
          'received a file of none of these, ".ts" at its end. ' +
          'Files that are known end in .h5, .hdf5, .keras, .tflite, .json, .safetensors, .pth, .pt, .onnx.',
      }),
    );
  });

  it('goes by what a file begins with, whatever its ending', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
    try {
      const hdf5 = join(folder, 'weights.onnx');
      await copyFile('tests/golden/weights/keras_legacy.h5', hdf5);
      expect((await readWeights(hdf5)).format).toBe('keras-hdf5');
      const safetensors = join(folder, 'weights.bin');
      await writeFile(safetensors, writeSafetensors(new Map([['a/kernel', floats([1], [2])]])));
      expect((await readWeights(safetensors)).format).toBe('safetensors');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('sends an ONNX file where it belongs', async () => {
    await expect(readWeights('tests/golden/onnx/convolutions.onnx')).rejects.toThrow(
      withMessage(
        'weights "convolutions.onnx": expected weights for a network that Graft builds, ' +
          'received an ONNX file, which is a network of its own. Give it as the backbone.',
      ),
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
