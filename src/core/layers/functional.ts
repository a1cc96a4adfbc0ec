/** @file A model: layers between some inputs and some outputs. */

import { distance } from 'fastest-levenshtein';
import { GraftError } from '../errors/graft-error.ts';
import { createRandom } from '../tensor/random.ts';
import { computeSize } from '../tensor/tensor.ts';
import { AdaptableLayer, type LoraOptions, matchesTarget, type Projection } from './adaptable-layer.ts';
import type { Layer, SymbolicTensor, Weight } from './layer.ts';
import { type SummaryOptions, summarize } from './summary.ts';

export interface FunctionalOptions {
  readonly inputs: SymbolicTensor | readonly SymbolicTensor[];
  readonly outputs: SymbolicTensor | readonly SymbolicTensor[];
  /** Default `functional`. */
  readonly name?: string;
}

/** Which layers of a model get adapters. */
export interface ModelLoraOptions extends LoraOptions {
  /**
   * Which projections: their names (`query`, `value`, `attention_output`), or what a Dense layer's name ends with
   * (`feedforward_output_dense`). Default `query` and `value`, as in KerasHub, where the model has them, else all.
   */
  readonly targets?: readonly string[] | undefined;
  /** The first layer that may have some, by its name or what it begins with: `transformer_layer_8`. Default all may. */
  readonly from?: string | undefined;
}

/** How many numbers the weights hold. */
export interface ParameterCount {
  readonly total: number;
  readonly trainable: number;
  readonly nonTrainable: number;
}

/** A weight with its full name. */
export interface NamedWeight {
  /** `layer/weight`. */
  readonly name: string;
  readonly layer: Layer;
  readonly weight: Weight;
  /** Whether the optimizer may move it: its layer is trainable, and so is the weight itself. */
  readonly trainable: boolean;
}

/**
 * The layers between tensors. Layers are not copied: a model cut from another one shares its layers and weights,
 * so `new Functional({ inputs: base.inputs, outputs: base.getLayer('mixed7').output })` is the base up to there.
 */
export class Functional {
  readonly name: string;
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  /** In Keras' order: farthest from the outputs first, so that inputs stand before what they feed. */
  readonly layers: readonly Layer[];
  /** What every application of a layer gives, in the same order: of a layer that is applied several times, several. */
  readonly tensors: readonly SymbolicTensor[];
  readonly #byName: ReadonlyMap<string, Layer>;

  /** @throws {GraftError} `graph`, if an output depends on something that `inputs` does not give, or names collide. */
  constructor(options: FunctionalOptions) {
    this.name = options.name ?? 'functional';
    this.inputs = asList(options.inputs);
    this.outputs = asList(options.outputs);
    this.tensors = orderTensors(this.name, this.inputs, this.outputs);
    this.layers = [...new Set(this.tensors.map((tensor) => tensor.layer))];
    const byName = new Map<string, Layer>();
    for (const layer of this.layers) {
      if (byName.has(layer.name)) {
        throw new GraftError('graph', {
          where: `model "${this.name}"`,
          expected: 'layers of different names',
          received: `"${layer.name}" twice`,
          advice: 'Give one of the two layers another name.',
        });
      }
      byName.set(layer.name, layer);
    }
    this.#byName = byName;
  }

  /** The first input. */
  get input(): SymbolicTensor {
    return this.inputs[0]!;
  }

  /** The first output. */
  get output(): SymbolicTensor {
    return this.outputs[0]!;
  }

  /** All weights, in the order of the layers. */
  get weights(): readonly NamedWeight[] {
    return this.layers.flatMap((layer) =>
      layer.weights.map((weight) => ({
        name: `${layer.name}/${weight.spec.name}`,
        layer,
        weight,
        trainable: layer.trainable && weight.trainable,
      })),
    );
  }

  /** Whether any layer is trainable. Setting it sets all layers. */
  get trainable(): boolean {
    return this.layers.some((layer) => layer.trainable);
  }

  set trainable(trainable: boolean) {
    for (const layer of this.layers) layer.trainable = trainable;
  }

  /** The layer of that name. @throws {GraftError} `layer-not-found`, with the nearest names. */
  getLayer(name: string): Layer {
    const layer = this.#byName.get(name);
    if (layer !== undefined) return layer;
    const nearest = [...this.#byName.keys()]
      .map((candidate) => ({ candidate, edits: distance(candidate, name) }))
      .sort((a, b) => a.edits - b.edits)
      .slice(0, 3)
      .map(({ candidate }) => `"${candidate}"`);
    throw new GraftError('layer-not-found', {
      where: `model "${this.name}"`,
      expected: 'the name of a layer',
      received: `"${name}"`,
      advice: `The nearest names are ${nearest.join(', ')}.`,
    });
  }

  /**
   * Freezes the model and puts low-rank adapters beside kernels, which alone are trained: `y = x W + x A B alpha / rank`.
   * Nothing changes at first. Call `initialize` before training, for A is drawn.
   *
   * @param rank - From 1 on.
   * @throws {GraftError} `argument`, if no layer has such a target; `layer-not-found`, if no layer is called `from`.
   * @see https://arxiv.org/abs/2106.09685
   */
  enableLora(rank: number, { targets, from, alpha }: ModelLoraOptions = {}): void {
    const chosen = this.findProjections({ targets, from });
    this.trainable = false;
    for (const [layer, projections] of chosen) {
      layer.trainable = true;
      layer.enableLora(rank, { targets: projections.map(({ target }) => target), alpha });
    }
  }

  /** What {@link enableLora} puts adapters beside. @param options - `targets: 'all'`: every projection. @throws {GraftError} As it does. */
  findProjections({
    targets,
    from,
  }: {
    readonly targets?: readonly string[] | 'all' | undefined;
    readonly from?: string | undefined;
  } = {}): ReadonlyMap<AdaptableLayer, readonly Projection[]> {
    const adaptable = this.#layersFrom(from).filter((layer) => layer instanceof AdaptableLayer);
    const names = new Set(adaptable.flatMap(({ projections }) => projections.map(({ target }) => target)));
    if (names.size === 0) throw this.#withoutProjections(from);
    const usual = ['query', 'value'].filter((target) => names.has(target));
    const wanted = targets === 'all' ? [...names] : (targets ?? (usual.length > 0 ? usual : [...names]));
    const missing = wanted.find((one) => ![...names].some((name) => matchesTarget(name, one)));
    if (missing !== undefined || wanted.length === 0) {
      throw new GraftError('argument', {
        where: `LoRA of model "${this.name}"`,
        expected: `targets among ${[...names].map((name) => `"${name}"`).join(', ')}`,
        received: missing === undefined ? 'none' : `"${missing}"`,
        advice: 'Name projections of its layers, or leave targets out.',
      });
    }
    const chosen = adaptable.map((layer) => {
      const own = layer.projections.filter(({ target }) => wanted.some((one) => matchesTarget(target, one)));
      return [layer, own] as const;
    });
    return new Map(chosen.filter(([, own]) => own.length > 0));
  }

  /** Adds all adapters to their kernels, and takes them out: the model computes the same. What is frozen stays so. */
  mergeLora(): void {
    for (const layer of this.layers) if (layer instanceof AdaptableLayer) layer.mergeLora();
  }

  /** An ONNX file is one layer, whatever is in it. */
  #withoutProjections(from: string | undefined): GraftError {
    return new GraftError('argument', {
      where: `LoRA of model "${this.name}"`,
      expected: 'layers with kernels, for adapters to stand beside',
      received: from === undefined ? 'none, as of an ONNX file' : `none from "${from}" on`,
      advice:
        from === undefined
          ? 'Give the network as layers, as a folder of Hugging Face or KerasHub has it, or train it whole (--unfreeze).'
          : 'Begin with an earlier layer.',
    });
  }

  #layersFrom(from: string | undefined): readonly Layer[] {
    if (from === undefined) return this.layers;
    const index = this.layers.findIndex(({ name }) => name === from || name.startsWith(`${from}_`));
    return this.layers.slice(index < 0 ? this.layers.indexOf(this.getLayer(from)) : index);
  }

  countParams(): ParameterCount {
    let trainable = 0;
    let nonTrainable = 0;
    for (const entry of this.weights) {
      const size = computeSize(entry.weight.spec.shape);
      if (entry.trainable) trainable += size;
      else nonTrainable += size;
    }
    return { total: trainable + nonTrainable, trainable, nonTrainable };
  }

  /**
   * Readies every weight for its initializer. A weight draws its numbers when they are first read, from a stream of
   * its own (`layer/weight`), so what is drawn does not depend on the other layers. Numbers that exist already stay.
   *
   * @param options - `seed`: any integer.
   */
  initialize({ seed }: { readonly seed: number }): void {
    const random = createRandom(seed);
    for (const { name, weight } of this.weights) {
      if (!weight.materialized) weight.seed(random.fork(name));
    }
  }

  /** The table of layers that Keras prints, line by line. */
  summary(options: SummaryOptions = {}): string {
    return summarize(this, options);
  }
}

function asList(tensors: SymbolicTensor | readonly SymbolicTensor[]): readonly SymbolicTensor[] {
  return Array.isArray(tensors) ? [...tensors] : [tensors as SymbolicTensor];
}

/** Keras' order: by depth, the longest way to an output; among equals, by a walk from the outputs. */
function orderTensors(
  modelName: string,
  inputs: readonly SymbolicTensor[],
  outputs: readonly SymbolicTensor[],
): SymbolicTensor[] {
  const given = new Set(inputs);
  const seen = new Map<SymbolicTensor, number>();
  const finished: SymbolicTensor[] = [];
  const visit = (tensor: SymbolicTensor): void => {
    if (seen.has(tensor)) return;
    const begins = tensor.inputs.length === 0;
    if (given.has(tensor) && !begins) return;
    if (begins && !given.has(tensor)) {
      throw new GraftError('graph', {
        where: `model "${modelName}"`,
        expected: 'outputs that grow from the inputs alone',
        received: `an output that needs input layer "${tensor.layer.name}" as well`,
        advice: 'List that input layer among the inputs.',
      });
    }
    seen.set(tensor, seen.size);
    tensor.inputs.forEach(visit);
    finished.push(tensor);
  };
  outputs.forEach(visit);
  const depths = new Map<SymbolicTensor, number>();
  for (const tensor of finished.toReversed()) {
    const depth = depths.get(tensor) ?? 0;
    depths.set(tensor, depth);
    for (const source of tensor.inputs) {
      if (seen.has(source)) depths.set(source, Math.max(depth + 1, depths.get(source) ?? 0));
    }
  }
  return finished.toSorted((a, b) => depths.get(b)! - depths.get(a)! || seen.get(a)! - seen.get(b)!);
}
