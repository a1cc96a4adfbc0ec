/** @file What of a model stays the same while it is trained, computed once for each sequence. */

import { GraphBuilder } from '../../core/graph/builder.ts';
import { simplify } from '../../core/graph/passes/simplify.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { SymbolicTensor } from '../../core/layers/layer.ts';
import { asPlain } from '../../core/layers/layout.ts';
import { inferenceLowering, lowerTensor } from '../../core/layers/lower-model.ts';
import { type CreateSessionOptions, createSession } from '../../core/runtime/create-session.ts';
import type { Session } from '../../core/runtime/session.ts';
import { integers } from '../../core/tensor/tensor.ts';
import type { TokenSequence } from './packed-tokens.ts';

/**
 * The last frozen tensor, if all that is trained grows from it and it is not the ids themselves.
 *
 * @param model - One whose layers are trainable or not.
 */
export function frozenBoundary(model: Functional): SymbolicTensor | undefined {
  const trained = new Set(model.weights.flatMap(({ trainable, layer }) => (trainable ? [layer] : [])));
  const behind = new Set<SymbolicTensor>();
  const boundary = new Set<SymbolicTensor>();
  const cross = (tensor: SymbolicTensor): void => {
    behind.add(tensor);
    boundary.delete(tensor);
    for (const input of tensor.inputs) if (!behind.has(input)) boundary.add(input);
  };
  for (const tensor of model.tensors) {
    if (trained.has(tensor.layer) || tensor.inputs.some((input) => behind.has(input))) cross(tensor);
  }
  // Of a residual and its normalization, the second comes from the first, and is computed at every step.
  while (boundary.size > 1) {
    const last = [...boundary].reduce((a, b) =>
      model.tensors.indexOf(a) > model.tensors.indexOf(b) ? a : b,
    );
    if (last.inputs.length === 0) return undefined;
    cross(last);
  }
  const [only] = boundary;
  return only !== undefined && only.inputs.length > 0 ? only : undefined;
}

/** Computes the frozen part; what it gave for a sequence is kept. */
export class FrozenPart {
  /** Width of what it gives at every token. */
  readonly width: number;
  readonly #session: Session;
  readonly #known = new Map<TokenSequence, Float32Array>();

  private constructor(session: Session, width: number) {
    this.#session = session;
    this.width = width;
  }

  /** Compiles what leads from the ids to the boundary. */
  static async create(
    model: Functional,
    boundary: SymbolicTensor,
    options: CreateSessionOptions,
  ): Promise<FrozenPart> {
    const builder = new GraphBuilder('frozen_part');
    const tokenIds = builder.input('token_ids', 'int64', ['N', 'S']);
    const given = new Map([[model.input, { value: tokenIds, layout: 'plain' as const }]]);
    const lowered = lowerTensor(boundary, inferenceLowering(builder), given);
    builder.output(asPlain(builder, lowered), 'hidden');
    const session = await createSession(simplify(builder.build()), options);
    return new FrozenPart(session, Number(boundary.shape.at(-1)));
  }

  /** `[length, width]` of one sequence, whatever its neighbors in a batch: each is computed alone, and kept. */
  async compute(sequence: TokenSequence): Promise<Float32Array> {
    const known = this.#known.get(sequence);
    if (known !== undefined) return known;
    const ids = sequence.slice(0, -1);
    const { hidden } = await this.#session.run({ token_ids: integers(ids, [1, ids.length]) });
    const computed = hidden!.data as Float32Array;
    this.#known.set(sequence, computed);
    return computed;
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
  }
}
