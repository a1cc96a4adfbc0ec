/** What people bring from other programs is told what it is, and the way that works. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { readWeights } from '../../node/weights/read-weights.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const KNOWN = 'expected weights of Keras, TFLite, TensorFlow.js, safetensors or PyTorch';
describe('readWeights on files of other programs', () => {
  it('the list of sharded weights', async () => {
    const list = {
      metadata: { total_size: 4 },
      weight_map: { '/layers/dense/vars': 'model_00000.weights.h5' },
    };
    await writeFile(join(folder, 'model.weights.json'), JSON.stringify(list));
    await expect(readWeights(join(folder, 'model.weights.json'))).rejects.toThrow(
      withMessage(
        `weights "model.weights.json": ${KNOWN}, received the list of a Keras model's sharded weights. ` +
          'Save them as one file: model.load_weights("NAME.weights.json"), then model.save_weights("NAME.weights.h5").',
      ),
    );
  });

  it('a SavedModel, a graph, a folder of something else', async () => {
    await mkdir(join(folder, 'saved'));
    await writeFile(join(folder, 'saved/saved_model.pb'), '');
    await expect(readWeights(join(folder, 'saved'))).rejects.toThrow(
      withMessage(
        `weights "saved": ${KNOWN}, received a SavedModel of TensorFlow. ` +
          'Save it in Keras, tf_keras.models.load_model(FOLDER).save("model.h5"), or convert it and give the result as the backbone: ' +
          'python -m tf2onnx.convert --saved-model FOLDER --output model.onnx.',
      ),
    );
    await writeFile(join(folder, 'graph.pb'), '\n');
    await expect(readWeights(join(folder, 'graph.pb'))).rejects.toThrow(
      withMessage(
        `weights "graph.pb": ${KNOWN}, received a graph of TensorFlow. ` +
          'Convert it and give the result as the backbone: python -m tf2onnx.convert --graphdef GRAPH.pb --output model.onnx, ' +
          'with --inputs and --outputs.',
      ),
    );
    await mkdir(join(folder, 'empty'));
    await expect(readWeights(join(folder, 'empty'))).rejects.toThrow(
      withMessage(
        'weights "empty": expected a folder with a model.json of TensorFlow.js, received one without. ' +
          'Give the file of weights itself.',
      ),
    );
  });
});
