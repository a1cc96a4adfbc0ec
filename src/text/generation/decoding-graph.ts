/**
 * @file The graph that a text is continued with: ids and what is remembered of those before go in, the logits of the last
 * one and what is to be remembered come out. The same graph reads a prompt, with nothing before it. Inputs and outputs have
 * the names that transformers.js and Optimum know.
 */

import { GraftError } from '../../core/errors/graft-error.ts';
import { GraphBuilder } from '../../core/graph/builder.ts';
import type { Graph, Value } from '../../core/graph/graph.ts';
import { simplify } from '../../core/graph/passes/simplify.ts';
import type { Functional } from '../../core/layers/functional.ts';
import { GroupedQueryAttention } from '../../core/layers/grouped-query-attention.ts';
import type { Decoding, Lowering, SymbolicTensor } from '../../core/layers/layer.ts';
import { asPlain } from '../../core/layers/layout.ts';
import { inferenceLowering, lowerTensor } from '../../core/layers/lower-model.ts';
import { countUp } from '../../core/layers/token-positions.ts';

/** Sizes of what is remembered: keys and values `[N, heads, P, width]` of every layer. */
export interface CacheShape {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
}

export interface DecodingGraph {
  /**
   * Inputs: `input_ids` int64 `[N, S]`, and `past_key_values.L.key` and `.value` of every layer, float32 `[N, heads, P, width]`. Outputs:
   * `logits` `[N, 1, vocabulary]` of the last token, and with the new tokens `present.L.key` and `.value`, `[N, heads, P + S, width]`.
   *
   * With room, P is how many tokens there is room for, the input `past_length`, int64 `[]`, how many there are, and `present` the new
   * tokens alone: nothing of those before is copied out.
   */
  readonly graph: Graph;
  readonly cache: CacheShape;
}

export interface DecodingGraphOptions {
  readonly batch?: 'N' | 1 | undefined;
  readonly hasRoom?: boolean | undefined;
}

/** What is remembered, in its order: the input's name and the output's. */
export function cacheNames({ layers }: Pick<CacheShape, 'layers'>): { past: string; present: string }[] {
  return Array.from({ length: layers }, (_, layer) =>
    ['key', 'value'].map((part) => ({
      past: `past_key_values.${layer}.${part}`,
      present: `present.${layer}.${part}`,
    })),
  ).flat();
}

/**
 * Emits the graph.
 *
 * @param model - From `token_ids` `[N, S]` to logits `[N, S, vocabulary]`, its last layer one that knows no neighbors.
 * @param options - `batch` is the number of texts that are continued at once. Default any: all of them as long as each other. `hasRoom`:
 *   what is remembered is given with room for more. Default false.
 * @throws {GraftError} `graph`, if the model has no attention.
 */
export function decodingGraph(
  model: Functional,
  { batch = 'N', hasRoom = false }: DecodingGraphOptions = {},
): DecodingGraph {
  const attentions = model.layers.filter((layer) => layer instanceof GroupedQueryAttention);
  const [first] = attentions;
  if (first === undefined) throw withoutAttention(model);
  const cache = { layers: attentions.length, heads: first.numKeyValueHeads, width: first.headDim };
  const builder = new GraphBuilder(model.name);
  const tokenIds = builder.input('input_ids', 'int64', [batch, 'S']);
  const shape = [batch, cache.heads, 'P', cache.width];
  const pasts = cacheNames(cache).map(({ past }) => builder.input(past, 'float32', shape));
  const presents: Value[] = [];
  const room = builder.sizeOf(pasts[0]!, 2);
  const pastLength = hasRoom ? builder.input('past_length', 'int64', []) : builder.squeeze(room, [0]);
  const count = builder.squeeze(builder.sizeOf(tokenIds, 1), [0]);
  const positions = builder.add(
    countUp(builder, () => count),
    pastLength,
  );
  const decoding: Decoding = {
    positions,
    keyPositions: hasRoom
      ? builder.concat([positionsWithRoom(builder, room, pastLength), positions], 0)
      : countUp(builder, () => builder.add(pastLength, count)),
    firstPart: hasRoom ? room : undefined,
    extend(layer, name, present) {
      const place = 2 * attentions.indexOf(layer as GroupedQueryAttention) + Number(name === 'value');
      const past = pasts[place]!;
      const parts = hasRoom ? [past, present] : [builder.concat([past, present], 2)];
      presents[place] = parts.at(-1)!;
      return parts;
    },
  };
  const lowering: Lowering = { ...inferenceLowering(builder), decoding };
  const given = new Map([[model.input, { value: tokenIds, layout: 'plain' as const }]]);
  // Logits are wanted of the last token alone: the widest product is spared for all others.
  const hidden: SymbolicTensor = model.output.inputs[0]!;
  const states = asPlain(builder, lowerTensor(hidden, lowering, given));
  const last = builder.slice(states, [1], [-1], [2 ** 31 - 1]);
  const lowered = lowerTensor(
    model.output,
    lowering,
    new Map([...given, [hidden, { value: last, layout: 'plain' as const }]]),
  );
  builder.output(asPlain(builder, lowered), 'logits');
  cacheNames(cache).forEach(({ present }, place) => {
    builder.output(presents[place]!, present);
  });
  return { graph: simplify(builder.build()), cache };
}

/** What no token's position reaches. */
const NOWHERE = 2 ** 40;

/** Of the keys that there is room for. */
function positionsWithRoom(ops: GraphBuilder, room: Value, pastLength: Value): Value {
  const places = countUp(ops, () => ops.squeeze(room, [0]));
  const nowhere = ops.squeeze(ops.integers([NOWHERE]), [0]);
  return ops.op('Where', [ops.less(places, pastLength), places, nowhere]);
}

function withoutAttention({ name }: Functional): GraftError {
  return new GraftError('graph', {
    where: `model "${name}"`,
    expected: 'attention that remembers keys and values (GroupedQueryAttention)',
    received: 'none',
    advice: 'Continue texts with gpt2(...) or llama(...).',
  });
}
