/** @file Maps of vision transformers, against tools/oracle/grad_cam_vit.py. */

import { describe, expect, it } from 'vitest';
import fixture from '../../../tests/golden/explain/vit.json' with { type: 'json' };
import { images } from '../../../tests/golden/models/formula-inputs.ts';
import { torchFile } from '../../../tests/golden/models/torch-formula-file.ts';
import { growClassifier } from '../../runs/grow-classifier.ts';
import { backboneOfWeights } from '../../vision/backbone/backbone.ts';
import { imageGraph } from '../../vision/preprocessing/image-graph.ts';
import type { ModelFile } from '../decode-model-file.ts';
import { ActivationMaps, type ActivationMethod } from './activation-maps.ts';
import { resizeHeatMap, scaleHeatMap } from './heat-map.ts';

const { sizePx, step } = fixture;
const CLASSES = 3;
/** The second image of the formula, from [-1, 1] to bytes. */
const pixels = Uint8Array.from(images(2, sizePx, sizePx).data.slice(-sizePx * sizePx * 3), (value) =>
  Math.round((value + 1) * 127.5),
);

/** A head of the network's own classes, on what it gives its classifier. */
function modelFile(lines: readonly string[]): ModelFile {
  const file = torchFile(lines);
  const backbone = backboneOfWeights(file, { inputShape: [sizePx, sizePx, 3], upToCut: true });
  const recipe = { head: 'linear', preprocessing: 'minus-one-to-one' } as const;
  const { model, preprocessing } = growClassifier(backbone, recipe, CLASSES);
  const [kernel, bias] = model.layers.at(-1)!.weights;
  const { data, shape } = file.tensors.get('head.weight')!;
  const [outputs, inputs] = shape as [number, number];
  kernel!.value = Float32Array.from(data, (_, i) => data[(i % outputs) * inputs + Math.floor(i / outputs)]!);
  bias!.value = file.tensors.get('head.bias')!.data as Float32Array;
  const graph = imageGraph(model, model.output, { preprocessing, output: 'probabilities' });
  const input = { widthPx: sizePx, heightPx: sizePx };
  return { path: 'model.onnx', graph, info: { classNames: ['a', 'b', 'c'], input } } as unknown as ModelFile;
}

describe.each(fixture.networks)('maps of a vision transformer with $name', ({ tensors, cases }) => {
  it.each(cases)('by $method for class $target are those of pytorch-grad-cam', async (each) => {
    const method = each.method as ActivationMethod;
    const maps = await ActivationMaps.of(modelFile(tensors), { method, threads: 1 });
    const found = await maps.explain(pixels, [each.target]);
    await maps.dispose();
    const { values } = resizeHeatMap(scaleHeatMap(found), { width: sizePx, height: sizePx });
    const [least, range] = [Math.min(...values), Math.max(...values) - Math.min(...values)];
    // It scales once more, after it has enlarged the map.
    const scaled = values.map((value) => (value - least) / (1e-7 + range));
    const kept = scaled.filter((_, index) => index % step === 0);
    expect(kept).toBeAllClose(each.map, { atol: 1e-4, rtol: 0 });
  });
});
