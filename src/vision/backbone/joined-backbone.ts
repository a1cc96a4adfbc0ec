/** @file Several frozen networks as one: each sees the image as it was trained, and their pooled features stand side by side. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { GraphBuilder } from '../../core/graph/builder.ts';
import { simplify } from '../../core/graph/passes/simplify.ts';
import { Functional } from '../../core/layers/functional.ts';
import { GraphLayer } from '../../core/layers/graph-layer.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { asPlain } from '../../core/layers/layout.ts';
import { inferenceLowering, lowerTensor } from '../../core/layers/lower-model.ts';
import { scalePixels } from '../preprocessing/image-graph.ts';
import { INSIDE_PREPROCESSING } from '../preprocessing/preprocessing.ts';
import type { Backbone } from './backbone.ts';

/** The layer that the head grows from: where several networks are cut, whatever they are. */
export const JOINED_CUT = 'features';

/**
 * Joins networks: `[N, H, W, 3]` in [0, 255] becomes `[N, C1 + C2 + ...]`, of each network the mean of its map at its cut. The scaling
 * of pixels is inside, so that a model file has all of it.
 *
 * @param backbones - At least two, for images of one size.
 * @throws {GraftError} `argument`, if sizes differ; `weights`, if one has no numbers.
 */
export function joinBackbones(backbones: readonly Backbone[]): Backbone {
  const [first, ...others] = backbones as readonly [Backbone, ...Backbone[]];
  const id = backbones.map(({ pretrainedConfig }) => pretrainedConfig.id).join(',');
  const [, height = 0, width = 0] = first.model.input.shape as readonly number[];
  const other = others.find(({ model }) => model.input.shape[1] !== height || model.input.shape[2] !== width);
  if (other !== undefined) {
    throw new GraftError('argument', {
      where: `backbone "${id}"`,
      expected: `networks for images of ${height} x ${width} px`,
      received: `"${other.pretrainedConfig.id}" for ${other.model.input.shape[1]} x ${other.model.input.shape[2]} px`,
      advice: 'Load them for one size: { inputShape }.',
    });
  }
  const image = input({ shape: [height, width, 3], name: 'image' });
  const taken = new Set<string>([JOINED_CUT, 'image']);
  const features = backbones.map((backbone) => pooledLayer(backbone, [height, width], taken).apply(image));
  const joined = layers.concatenate({ name: JOINED_CUT }).apply(features);
  const model = new Functional({ name: 'joined', inputs: image, outputs: joined });
  const facts = backbones.map(({ pretrainedConfig }) => pretrainedConfig);
  const each = (of: (fact: (typeof facts)[number]) => string): string =>
    [...new Set(facts.map(of))].join(', ');
  return {
    model,
    pretrainedConfig: {
      id,
      title: facts.map(({ title }) => title).join(' and '),
      architecture: 'joined',
      trainedOn: each(({ trainedOn }) => trainedOn),
      license: each(({ license }) => license),
      paper: each(({ paper }) => paper),
      preprocessing: INSIDE_PREPROCESSING,
      preprocessingSource: 'each network has its own inside',
      defaultSizePx: height,
      minSizePx: Math.max(...facts.map(({ minSizePx }) => minSizePx)),
      defaultCut: JOINED_CUT,
      parameters: model.countParams().total,
    },
    preprocessing: INSIDE_PREPROCESSING,
    cut: JOINED_CUT,
    parts: backbones,
    notes: backbones.flatMap(({ notes }) => notes),
  };
}

/** A network up to its cut, pooled, as one layer that is called after it. */
function pooledLayer(
  { model, cut, preprocessing, pretrainedConfig }: Backbone,
  [height, width]: readonly [number, number],
  taken: Set<string>,
): GraphLayer {
  const builder = new GraphBuilder(pretrainedConfig.id);
  const pixels = builder.input('pixels', 'float32', ['N', 3, height, width]);
  const value = scalePixels(builder, pixels, preprocessing);
  const output = model.getLayer(cut).output;
  const giveNamesBack = output.scope.mark();
  const pooled = output.shape.length === 4 ? layers.globalAveragePooling2d().apply(output) : output;
  giveNamesBack();
  const given = new Map([[model.input, { value, layout: 'channelsFirst' as const }]]);
  builder.output(asPlain(builder, lowerTensor(pooled, inferenceLowering(builder), given)), 'pooled');
  return new GraphLayer({
    name: freeName(pretrainedConfig.id.replace(/\W+/g, '_'), taken),
    graph: simplify(builder.build()),
    inputLayout: 'channelsFirst',
    outputLayout: 'plain',
  });
}

/** The same network may stand there twice, cut elsewhere. */
function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let count = 2; taken.has(name); count++) name = `${wanted}_${count}`;
  taken.add(name);
  return name;
}
