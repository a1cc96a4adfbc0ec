/** @file Any ONNX file of an encoder as a network of texts: read, cut at what it gives, and wrapped as one layer. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { GraphBuilder } from '../../core/graph/builder.ts';
import { formatShape } from '../../core/graph/dimension.ts';
import type { Dimension, Graph, Value } from '../../core/graph/graph.ts';
import { removeDeadCode } from '../../core/graph/passes/remove-dead-code.ts';
import { simplify } from '../../core/graph/passes/simplify.ts';
import { Functional } from '../../core/layers/functional.ts';
import { GraphLayer } from '../../core/layers/graph-layer.ts';
import { input } from '../../core/layers/input-layer.ts';
import { holdClaimedSizes, holdValueSizes } from '../../core/weights/claimed-sizes.ts';
import {
  type BudgetedModel,
  decodeOnnx,
  type OnnxBytes,
  onnxModelName,
} from '../../core/weights/onnx-file.ts';
import { feedTokens, findTokenInputs, type TokenInputs } from './graph-inputs.ts';

/** Longest texts that a network is held against; where no file says how long they may be, its own limit is looked for below. */
const MAX_HELD_TOKENS = 512;
const MIN_TOKENS = 8;

const TEXT_SIZES = {
  example: 'a text of this length',
  advice:
    'Use shorter texts: say how long they may be in sentence_bert_config.json, or cut the network before this value.',
} as const;

export interface GraphEncoderOptions {
  /** The value to take: the name of an output, or of any value. Default: a vector for each text or token, see {@link graphEncoder}. */
  readonly cut?: string | undefined;
  /** Whether vectors of tokens are wanted, where the file has those of texts too. Default false. */
  readonly wantsTokens?: boolean | undefined;
  /** The id that stands for padding in the network. */
  readonly padId: number;
  /** The most tokens of a text, as the files beside say it. Default: as many as the network's own tables have, at most 512. */
  readonly maxTokens?: number | undefined;
}

export interface GraphEncoder {
  /** Ids `[N, S]`, padded with -1, to vectors `[N, S, D]` of tokens or `[N, D]` of texts, by one layer, frozen. */
  readonly network: Functional;
  readonly maxTokens: number;
  /** Rows of its table of tokens, if that is found: ids are below it. */
  readonly vocabularySize: number | undefined;
  /** Whether it is told which tokens are padding. */
  readonly hasMask: boolean;
}

/**
 * Makes a network of an ONNX file that takes ids of tokens, and perhaps a mask, segments and places. What it takes as its
 * output is `sentence_embedding`, where there is one, then the first output of vectors of tokens, then the first of vectors
 * of texts.
 *
 * @throws {GraftError} `model-file`: damaged, no ids, an operator that Graft lacks; `layer-not-found`: no such value; `shape`:
 *   texts of `maxTokens` are too long for it.
 */
export function graphEncoder(file: OnnxBytes, options: GraphEncoderOptions): GraphEncoder {
  const where = `model "${file.name}"`;
  const decoded = decodeOnnx(file);
  const output = findOutput(decoded, options, where);
  const truncated = removeDeadCode({ ...decoded.graph, outputs: [output] });
  const needed = new Set(truncated.nodes.flatMap((node) => node.inputs));
  const inputs = findTokenInputs(
    decoded.graph.inputs.filter(({ name }) => needed.has(name)),
    where,
  );
  const fitted = (length: Dimension): Graph => withIds(truncated, { inputs, padId: options.padId, length });
  const open = fitted('S');
  holdClaimedSizes(open, decoded.budget, TEXT_SIZES);
  const maxTokens = holdTexts(fitted, options.maxTokens, where);
  const graph = simplify(open);
  requireVectors(graph.outputs[0]!, where);
  const layer = new GraphLayer({
    name: ['ids', 'padding_mask', 'pooling'].includes(output.name) ? `${output.name}_of_file` : output.name,
    graph,
    inputLayout: 'plain',
    outputLayout: 'plain',
    fixed: decoded.folded,
  });
  const ids = input({ shape: [null], dtype: 'int64', name: 'ids' });
  return {
    network: new Functional({ name: onnxModelName(file.name), inputs: ids, outputs: layer.apply(ids) }),
    maxTokens,
    vocabularySize: tableRows(truncated, inputs.ids.name),
    hasMask: inputs.others.some(({ role }) => role === 'mask'),
  };
}

/** The value that is taken of a file. */
function findOutput(
  { graph, outputNames, refusals }: BudgetedModel,
  { cut, wantsTokens = false }: GraphEncoderOptions,
  where: string,
): Value {
  const found = (name: string): Value | undefined => {
    const value = graph.values.get(name);
    return value !== undefined && !graph.constants.has(name) ? value : undefined;
  };
  if (cut !== undefined) {
    const byNode = graph.nodes.find(({ name }) => name === cut)?.outputs[0];
    const value = found(cut) ?? (byNode === undefined ? undefined : found(byNode));
    if (value !== undefined) return value;
    throw (
      refusals.get(cut) ??
      new GraftError('layer-not-found', {
        where,
        expected: 'the name of a value to cut at',
        received: `"${cut}"`,
        advice: `Its outputs are ${outputNames.map((name) => `"${name}"`).join(', ')}.`,
      })
    );
  }
  const outputs = outputNames.flatMap((name) => found(name) ?? []);
  const ofTokens = outputs.filter(isOfTokens);
  const ofTexts = outputs.filter(isOfTexts);
  const pooled = wantsTokens ? undefined : ofTexts.find(({ name }) => name === 'sentence_embedding');
  const hidden = ofTokens.find(({ name }) => /last_hidden_state|token_embeddings/.test(name)) ?? ofTokens[0];
  const taken = pooled ?? hidden ?? (wantsTokens ? undefined : ofTexts[0]);
  if (taken !== undefined) return taken;
  const refusal = outputNames.flatMap((name) => refusals.get(name) ?? [])[0];
  if (refusal !== undefined) throw new GraftError('model-file', refusal.parts, { cause: refusal });
  throw new GraftError('model-file', {
    where,
    expected: wantsTokens
      ? 'an output of vectors of tokens, float32 [N, S, D], to be pooled'
      : 'an output of vectors, float32 [N, S, D] or [N, D]',
    received:
      outputs.map(({ name, dtype, shape }) => `"${name}" ${dtype} ${formatShape(shape)}`).join(', ') ||
      'none',
    advice: wantsTokens ? 'Leave out --pooling.' : 'Export the network for feature extraction.',
  });
}

function isOfTokens({ dtype, shape }: Value): boolean {
  return dtype === 'float32' && shape.length === 3 && typeof shape[2] === 'number';
}

function isOfTexts({ dtype, shape }: Value): boolean {
  return dtype === 'float32' && shape.length === 2 && typeof shape[1] === 'number';
}

interface FittedTo {
  readonly inputs: TokenInputs;
  readonly padId: number;
  /** Tokens of every text: a symbol for any number of them. */
  readonly length: Dimension;
}

/** The graph behind ids `[N, S]`, padded with -1, in the place of all its inputs. */
function withIds(graph: Graph, { inputs, padId, length }: FittedTo): Graph {
  const builder = new GraphBuilder(graph.name);
  const ids = builder.input('ids', 'int64', ['N', length]);
  const feeds = feedTokens(builder, ids, inputs, padId);
  const [output] = builder.inline(graph, feeds);
  builder.output(output!);
  return builder.build();
}

/** How long texts may be, and that nothing of the network becomes too large with the longest. */
function holdTexts(fitted: (length: number) => Graph, said: number | undefined, where: string): number {
  let length = Math.min(said ?? MAX_HELD_TOKENS, MAX_HELD_TOKENS);
  for (;;) {
    try {
      holdValueSizes(fitted(length), where, TEXT_SIZES);
      return said ?? length;
    } catch (error) {
      if (!(error instanceof GraftError) || error.code !== 'shape') throw error;
      if (said === undefined && length > MIN_TOKENS) length = Math.floor(length / 2);
      else throw tooShort(error, length, where);
    }
  }
}

function tooShort(error: GraftError, length: number, where: string): GraftError {
  const { parts } = error;
  return new GraftError(
    'shape',
    {
      where,
      expected: `${parts.where} to work on texts of ${length} tokens, with ${parts.expected}`,
      received: parts.received,
      advice: 'The files beside it say how long texts may be: fetch them, and the network, again.',
    },
    { cause: error },
  );
}

function requireVectors(output: Value, where: string): void {
  const { name, dtype, shape } = output;
  const isRight = shape[0] === 'N' && (isOfTexts(output) || (isOfTokens(output) && shape[1] === 'S'));
  if (isRight) return;
  throw new GraftError('shape', {
    where,
    expected: 'vectors of tokens, float32 [N, S, D], or of texts, [N, D]',
    received: `"${name}", ${dtype} ${formatShape(shape)}`,
    advice: 'Take another value with --cut.',
  });
}

/** Rows of the table that ids are looked up in. */
function tableRows({ nodes, constants }: Graph, ids: string): number | undefined {
  const same = new Set([ids]);
  for (const { op, inputs, outputs } of nodes) {
    const [first = '', second = ''] = inputs;
    if ((op === 'Cast' || op === 'Identity') && same.has(first)) same.add(outputs[0]!);
    if (op === 'Gather' && same.has(second)) return constants.get(first)?.shape[0];
  }
  return undefined;
}
