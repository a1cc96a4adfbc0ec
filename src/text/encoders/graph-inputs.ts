/** @file Which inputs of an ONNX file are ids, mask, segments and places of tokens: told by their names, and by their types. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { GraphBuilder } from '../../core/graph/builder.ts';
import { formatShape } from '../../core/graph/dimension.ts';
import type { Value } from '../../core/graph/graph.ts';

/** What a network of texts is given of each token. */
type TokenRole = 'ids' | 'mask' | 'segments' | 'places';

/** By what exporters call them, the more special names first. */
const NAMES: readonly (readonly [TokenRole, RegExp])[] = [
  ['mask', /mask/i],
  ['segments', /token_?type|segment|input_type/i],
  ['places', /position/i],
  ['ids', /^(input_?ids|input_word_ids|input|ids|tokens?|token_?ids)(:0|_\d+)?$/i],
];

const WHOLE = ['int64', 'int32'] as const;

/** The inputs of a file that texts go into. */
export interface TokenInputs {
  readonly ids: Value;
  readonly others: readonly { readonly value: Value; readonly role: Exclude<TokenRole, 'ids'> }[];
}

/**
 * Finds the ids, whole numbers `[N, S]`, and what else of each token a network asks for.
 *
 * @param inputs - Those of a file that are needed.
 * @throws {GraftError} `model-file`, if there are no ids, or if batch or length are fixed, or an input is of another kind.
 */
export function findTokenInputs(inputs: readonly Value[], where: string): TokenInputs {
  const ofTokens = inputs.filter(({ shape }) => shape.length === 2);
  const isWhole = ({ dtype }: Value) => WHOLE.some((each) => each === dtype);
  const named = ofTokens.map((value) => ({ value, role: roleOf(value) }));
  const ids =
    named.find(({ value, role }) => role === 'ids' && isWhole(value)) ??
    // The only one that is not told otherwise.
    only(named.filter(({ value, role }) => role === undefined && isWhole(value)));
  const rest = inputs.filter((value) => value !== ids?.value);
  const others = named.flatMap(({ value, role }) =>
    value !== ids?.value && role !== undefined && role !== 'ids' && (role === 'mask' || isWhole(value))
      ? [{ value, role }]
      : [],
  );
  if (ids === undefined || others.length < rest.length) {
    throw new GraftError('model-file', {
      where,
      expected:
        'inputs of tokens alone, whole numbers [N, S]: "input_ids", "attention_mask", "token_type_ids"',
      received:
        inputs.map(({ name, dtype, shape }) => `"${name}" ${dtype} ${formatShape(shape)}`).join(', ') ||
        'no input',
      advice: 'Give an encoder of texts, exported for feature extraction.',
    });
  }
  const fixed = [ids, ...others].find(({ value }) => value.shape.some((size) => typeof size === 'number'));
  if (fixed === undefined) return { ids: ids.value, others };
  throw new GraftError('model-file', {
    where,
    expected: `"${fixed.value.name}" for batches and texts of any length, [N, S]`,
    received: formatShape(fixed.value.shape),
    advice: 'Export the network with dynamic axes.',
  });
}

/**
 * What each input is fed with, from ids that are padded with -1: the ids with `padId` for padding, 1 for every token and 0 for
 * padding, segment 0, places from 0 on.
 *
 * @param ids - int64 `[N, S]`.
 */
export function feedTokens(
  ops: GraphBuilder,
  ids: Value,
  inputs: TokenInputs,
  padId: number,
): Map<string, Value> {
  const isPadding = ops.less(ids, ops.integers([0]));
  const given =
    padId === 0 ? ops.max(ids, ops.integers([0])) : ops.where(isPadding, ops.integers([padId]), ids, ids);
  const feeds = new Map([[inputs.ids.name, ops.cast(given, inputs.ids.dtype)]]);
  for (const { value, role } of inputs.others) {
    feeds.set(value.name, ops.cast(fed(ops, { ids, isPadding, role }), value.dtype));
  }
  return feeds;
}

interface Fed {
  readonly ids: Value;
  readonly isPadding: Value;
  readonly role: Exclude<TokenRole, 'ids'>;
}

function fed(ops: GraphBuilder, { ids, isPadding, role }: Fed): Value {
  if (role === 'mask') return ops.not(isPadding);
  if (role === 'segments') return ops.zerosLike(ids);
  const scalar = (value: number) => ops.squeeze(ops.integers([value]), [0]);
  const places = ops.range(scalar(0), ops.squeeze(ops.sizeOf(ids, 1), [0]), scalar(1));
  return ops.expand(places, ops.shapeOf(ids));
}

function roleOf({ name }: Value): TokenRole | undefined {
  return NAMES.find(([, pattern]) => pattern.test(name))?.[0];
}

function only<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined;
}
