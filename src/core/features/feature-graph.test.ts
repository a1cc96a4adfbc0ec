import { describe, expect, it } from 'vitest';
import { imageFiles } from '../../node/images/image-files.ts';
import { imageModality } from '../../vision/modality/image-modality.ts';
import { imageGraph } from '../../vision/preprocessing/image-graph.ts';
import { Functional } from '../layers/functional.ts';
import { input } from '../layers/input-layer.ts';
import { layers } from '../layers/layers.ts';
import { createSession } from '../runtime/create-session.ts';
import { tensor } from '../tensor/tensor.ts';
import { featureGraph } from './feature-graph.ts';

describe('a graph for several tensors', () => {
  it('gives each as a graph of its own does, and computes what they share once', async () => {
    const image = input({ shape: [6, 6, 3] });
    const first = layers.conv2d({ filters: 4, kernelSize: 3, name: 'first' }).apply(image);
    const second = layers.conv2d({ filters: 5, kernelSize: 3, name: 'second' }).apply(first);
    const pooled = layers.globalAveragePooling2d().apply(first);
    const flat = layers.flatten().apply(second);
    const model = new Functional({ inputs: image, outputs: layers.add().apply([flat, flat]) });
    model.initialize({ seed: 4 });
    const preprocessing = { scale: 1 / 255, offset: 0 };
    const pixels = Uint8Array.from({ length: 2 * 6 * 6 * 3 }, (_, i) => (i * 37) % 256);
    const feeds = { image: tensor('uint8', [2, 6, 6, 3], pixels) };
    const modality = imageModality({ reader: imageFiles, model, preprocessing, seed: 1 });
    const wanted = new Map([
      ['pooled', pooled],
      ['flat', flat],
      ['first', first],
    ]);
    for (const dtype of ['float32', 'float16'] as const) {
      const outputs = [...wanted].map(([name, each]) => ({ name, tensor: each, dtype }));
      const graph = featureGraph(model, outputs, modality);
      expect(graph.outputs.map(({ name }) => name)).toEqual([...wanted.keys()]);
      expect(graph.nodes.filter(({ op }) => op === 'Conv')).toHaveLength(2);
      const session = await createSession(graph);
      const together = await session.run(feeds);
      await session.dispose();
      for (const [name, each] of wanted) {
        const options = { preprocessing, output: 'features', dtype } as const;
        const alone = await createSession(imageGraph(model, each, options));
        const { features } = await alone.run(feeds);
        await alone.dispose();
        expect(together[name]!.shape).toEqual(features!.shape);
        expect([...together[name]!.data]).toEqual([...features!.data]);
      }
    }
  });
});
