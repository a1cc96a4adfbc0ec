/**
 * @file Works out values of a file that follow from its constants and from known sizes, where a graph cannot do without:
 * pads and sizes that the exporter left to be computed, and operators that a graph does not hold.
 *
 * Nothing else is folded: ONNX Runtime does that as it loads a model, and its rounding is what a network was seen with.
 */

import type { Node, Value } from '../../graph/graph.ts';
import type { FileBudget } from '../../tensor/file-budget.ts';
import { integers, type Tensor } from '../../tensor/tensor.ts';
import { ARITHMETIC } from './arithmetic.ts';
import type { Evaluation } from './call.ts';
import { einsum } from './einsum.ts';
import { MOVEMENT } from './movement.ts';
import { CannotFold, Workspace } from './workspace.ts';

const EVALUATIONS: Readonly<Record<string, Evaluation>> = { ...MOVEMENT, ...ARITHMETIC, Einsum: einsum };

/** An operator with one output, whether a graph holds it or not. */
export interface Computation {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What is known while a file is decoded. */
export interface Known {
  readonly values: ReadonlyMap<string, Value>;
  readonly constants: ReadonlyMap<string, Tensor>;
}

export class ConstantFolder {
  readonly #known: Known;
  readonly #workspace: Workspace;
  readonly #producers = new Map<string, Node>();
  readonly #folded = new Map<string, Tensor>();
  /** Values that follow from the image, or that cannot be computed here, and why. */
  readonly #refusals = new Map<string, CannotFold>();

  #usedSizes = false;

  constructor(known: Known, budget: FileBudget) {
    this.#known = known;
    this.#workspace = new Workspace(budget);
  }

  /** Whether sizes of values had a part in anything that was worked out. */
  get usedSizes(): boolean {
    return this.#usedSizes;
  }

  /** Tells of a node, so that its outputs can be asked for. */
  add(node: Node): void {
    for (const output of node.outputs) this.#producers.set(output, node);
  }

  /** Takes back a node. */
  remove(node: Node): void {
    for (const output of node.outputs) this.#producers.delete(output);
  }

  /** What is known of a value without any computation: a constant, or sizes that shapes tell. */
  known(name: string): Tensor | undefined {
    const found = this.#known.constants.get(name) ?? this.#folded.get(name);
    if (found !== undefined) return found;
    const value = this.#known.values.get(name);
    if (value?.dtype !== 'int64' || !value.sizes?.every((size) => typeof size === 'number')) return undefined;
    return integers(value.sizes as number[], value.shape as number[]);
  }

  /** The value as a constant; undefined where it is none, or where it cannot be worked out. */
  fold(name: string): Tensor | undefined {
    // Not by recursion: a file may chain more nodes than a stack holds.
    const open = [name];
    while (open.length > 0) {
      const current = open.at(-1)!;
      const node = this.#producers.get(current);
      const missing = node?.inputs.find((input) => this.#isOpen(input));
      if (!this.#isOpen(current)) open.pop();
      else if (node === undefined) this.#refusals.set(current, notConstant());
      else if (missing !== undefined) open.push(missing);
      else this.#settle(current, node);
    }
    return this.known(name);
  }

  /** The output of an operator whose inputs are constants, or can be worked out; else why not. */
  evaluate({ op, inputs, attributes }: Computation): Tensor | CannotFold {
    const evaluation = Object.hasOwn(EVALUATIONS, op) ? EVALUATIONS[op] : undefined;
    if (evaluation === undefined) return new CannotFold(`no evaluation of ${op}`);
    try {
      const tensors = inputs.map((input) => {
        if (input === '') return undefined;
        const tensor = this.fold(input);
        if (tensor === undefined) throw this.#refusals.get(input) ?? notConstant();
        this.#usedSizes ||= !this.#known.constants.has(input) && !this.#folded.has(input);
        return tensor;
      });
      return evaluation({ inputs: tensors, attributes, workspace: this.#workspace });
    } catch (error) {
      if (error instanceof CannotFold) return error;
      throw error;
    }
  }

  #settle(name: string, node: Node): void {
    const { op, inputs, attributes, outputs } = node;
    if (outputs.length > 1) {
      this.#refusals.set(name, new CannotFold('several outputs'));
      return;
    }
    const result = this.evaluate({ op, inputs, attributes: { ...attributes } });
    if (result instanceof CannotFold) this.#refusals.set(name, result);
    else this.#folded.set(name, result);
  }

  #isOpen(name: string): boolean {
    return name !== '' && !this.#refusals.has(name) && this.known(name) === undefined;
  }
}

function notConstant(): CannotFold {
  return new CannotFold('not a constant');
}
