/**
 * @file The graph that a text is continued with: ids and what is remembered of those before go in, the logits of the last
 * one and what is to be remembered come out. The same graph reads a prompt, with nothing before it.
 */

import { GraphBuilder } from '../../core/graph/builder.ts';
import type { Graph } from '../../core/graph/graph.ts';
import { simplify } from '../../core/graph/passes/simplify.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { Decoding, Lowering, SymbolicTensor } from '../../core/layers/layer.ts';
import { asPlain } from '../../core/layers/layout.ts';
import { inferenceLowering, lowerTensor } from '../../core/layers/lower-model.ts';

/** Keys or values of one layer. */
export interface CacheEntry {
  /** The input's name, `past/LAYER/key`. */
  readonly past: string;
  /** The output's, `present/LAYER/key`. */
  readonly present: string;
  readonly heads: number;
  readonly width: number;
}

export interface DecodingGraph {
  /**
   * Inputs: `token_ids` int64 `[N, S]`, `past_length` int64 `[]`, and for every entry float32 `[N, heads, P, width]`.
   * Outputs: `logits` `[N, vocabulary]` of the last token, and every entry with the new tokens, `[N, heads, P + S, width]`.
   */
  readonly graph: Graph;
  readonly entries: readonly CacheEntry[];
}

/** @param model - From `token_ids` `[N, S]` to logits `[N, S, vocabulary]`, its last layer one that knows no neighbors. */
export function decodingGraph(model: Functional): DecodingGraph {
  const builder = new GraphBuilder(model.name);
  const tokenIds = builder.input('token_ids', 'int64', ['N', 'S']);
  const pastLength = builder.input('past_length', 'int64', []);
  const entries: CacheEntry[] = [];
  const decoding: Decoding = {
    pastLength,
    extend(layer, name, present) {
      const [, heads, , width] = present.shape;
      const entry = {
        past: `past/${layer.name}/${name}`,
        present: `present/${layer.name}/${name}`,
        heads: Number(heads),
        width: Number(width),
      };
      entries.push(entry);
      const past = builder.input(entry.past, 'float32', ['N', entry.heads, 'P', entry.width]);
      const joined = builder.concat([past, present], 2);
      builder.output(joined, entry.present);
      return joined;
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
  builder.output(builder.squeeze(asPlain(builder, lowered), [1]), 'logits');
  return { graph: simplify(builder.build()), entries };
}
