/** @file One vector of each example, by which examples are told to be alike: the pooled features of the backbone. */

import { GraphBuilder } from '../../core/graph/builder.ts';
import type { Graph, Value } from '../../core/graph/graph.ts';
import { asPlain } from '../../core/layers/layout.ts';
import { inferenceLowering, lowerTensor } from '../../core/layers/lower-model.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { boundarySpecs, type TrainedPart } from '../../core/steps/freeze-boundary.ts';

/** Keeps a vector of zeros from being divided by 0. */
const TINY = 1e-12;

/**
 * The tensor that embeddings are made of: the features at the freeze boundary where these come from the layer that the head grows from, else
 * the output of that layer, as it was trained.
 *
 * @param cut - The output of that layer.
 */
export function embeddedTensor(
  { boundary }: Pick<TrainedPart, 'boundary'>,
  cut: SymbolicTensor,
): SymbolicTensor {
  const [first, ...others] = boundary;
  return others.length === 0 && comesFrom(first!, cut) ? first! : cut;
}

/**
 * Emits the embedding of a tensor's value: feature maps are averaged over their places, also where they were flattened, and the vector is
 * given length 1.
 *
 * @param value - Of the tensor, `[N, ...]`, maps as `[N, H, W, C]`.
 * @returns `[N, width]`.
 */
export function emitEmbedding(
  builder: GraphBuilder,
  { layer, inputs, shape }: SymbolicTensor,
  value: Value,
): Value {
  let vector = value;
  const flattened = layer.className === 'Flatten' ? inputs[0]?.shape.slice(1) : undefined;
  if (flattened?.length === 3 && flattened.every((size) => typeof size === 'number')) {
    vector = builder.mean(builder.reshape(value, [0, ...(flattened as number[])]), [1, 2], 0);
  } else if (shape.length > 2) {
    const places = shape.slice(1, -1).map((_, index) => index + 1);
    vector = builder.mean(value, places, 0);
  }
  const norm = builder.sqrt(builder.sum(builder.square(vector), [1], 1));
  return builder.div(vector, builder.max(norm, TINY));
}

/** Numbers in an embedding; undefined where only a run tells. */
export function embeddingWidth({ layer, inputs, shape }: SymbolicTensor): number | undefined {
  const from = layer.className === 'Flatten' ? (inputs[0]?.shape ?? shape) : shape;
  return from.at(-1) ?? undefined;
}

/** From features at the freeze boundary, named as `boundarySpecs` does, to `embedding`, `[N, width]`. */
export function embeddingGraph(
  part: TrainedPart,
  tensor: SymbolicTensor,
  emit: (builder: GraphBuilder, embedding: Value) => void,
): Graph {
  const builder = new GraphBuilder('embedding');
  const given = new Map(
    boundarySpecs(part).map(({ name, dtype, shape }, index) => {
      // Tensors of one sequence have one length.
      const value = builder.input(name, dtype, ['N', ...shape.map((size) => size ?? 'S')]);
      return [part.boundary[index]!, { value, layout: 'plain' as const }];
    }),
  );
  const value = asPlain(builder, lowerTensor(tensor, inferenceLowering(builder), given));
  emit(builder, emitEmbedding(builder, tensor, value));
  return builder.build();
}

function comesFrom(tensor: SymbolicTensor, origin: SymbolicTensor): boolean {
  const seen = new Set<SymbolicTensor>();
  const open = [tensor];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === origin) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...next.inputs);
  }
  return false;
}
