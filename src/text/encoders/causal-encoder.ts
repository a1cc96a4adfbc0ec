/** @file A language model as an encoder: its last hidden states, without the logits, as one vector for each text. */

import { Functional } from '../../core/layers/functional.ts';
import { sentenceEncoder, type TextPooling } from './sentence-encoder.ts';

/**
 * The network from ids `[N, S]`, padded with -1 at the end, to vectors `[N, D]`. A token sees only those before it, so that padding
 * changes nothing.
 *
 * @param network - Of `gpt2` or `llama`: ids to logits.
 */
export function causalEncoder(network: Functional, pooling: TextPooling): Functional {
  const ids = network.input;
  // What the logits are computed from.
  const [hidden] = network.output.inputs;
  const tokens = new Functional({ inputs: ids, outputs: hidden!, name: network.name });
  return sentenceEncoder(tokens, { pooling });
}
