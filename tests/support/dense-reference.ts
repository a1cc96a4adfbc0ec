/** @file A head of Dense layers trained in plain float64 loops: what the dense step is held against. */

import type { Loss } from '../../src/core/losses/loss.ts';
import type { Optimizer } from '../../src/core/optimizers/optimizer.ts';
import type { DenseHead } from '../../src/core/steps/dense-step.ts';
import type { Batch, StepState } from '../../src/core/steps/training-step.ts';

interface Variable {
  readonly decays: boolean;
  readonly values: Float64Array;
  readonly slots: ReadonlyMap<string, Float64Array>;
}

interface ReferenceLayer {
  readonly name: string;
  readonly inputs: number;
  readonly units: number;
  readonly activation: string;
  readonly kernel: Variable;
  readonly bias: Variable | undefined;
}

/** Masks of a step: on the features, then on each layer's output. */
export interface ReferenceMasks {
  readonly features?: Float32Array | undefined;
  readonly layers: readonly (Float32Array | undefined)[];
}

export class DenseReference {
  readonly #layers: readonly ReferenceLayer[];
  readonly #loss: Loss;
  readonly #optimizer: Optimizer;
  #iteration = 0;

  constructor(head: DenseHead, loss: Loss, optimizer: Optimizer) {
    const variable = (name: 'kernel' | 'bias', values: Float32Array): Variable => ({
      decays: decays(optimizer, name),
      values: Float64Array.from(values),
      slots: new Map(slotNames(optimizer).map((slot) => [slot, new Float64Array(values.length)])),
    });
    this.#layers = head.layers.map((layer, index) => ({
      name: layer.name,
      inputs: index === 0 ? head.inputs : head.layers[index - 1]!.units,
      units: layer.units,
      activation: layer.activation,
      kernel: variable('kernel', layer.kernel),
      bias: layer.bias === undefined ? undefined : variable('bias', layer.bias),
    }));
    this.#loss = loss;
    this.#optimizer = optimizer;
  }

  /** Returns the loss and logits before the update. */
  run(batch: Batch, learningRate: number, masks?: ReferenceMasks): { loss: number; logits: Float64Array } {
    const { size } = batch;
    const inputs: Float64Array[] = [masked(Float64Array.from(batch.features), masks?.features)];
    const slopes: Float64Array[] = [];
    this.#layers.forEach((layer, index) => {
      const sums = sumsOf(layer, inputs[index]!, size);
      const mask = masks?.layers[index];
      slopes.push(masked(sums.map(slope(layer.activation)), mask));
      inputs.push(masked(sums.map(activate(layer.activation)), mask));
    });
    const logits = inputs.at(-1)!;
    const single = Float32Array.from(logits);
    const losses = this.#loss.evaluate(single, batch.targets, size);
    const width = logits.length / size;
    let gradient = Float64Array.from(
      this.#loss.gradient(single, batch.targets, size),
      (value, i) => (value * batch.sampleWeights[Math.floor(i / width)]!) / size,
    );
    this.#iteration++;
    for (let index = this.#layers.length - 1; index >= 0; index--) {
      const layer = this.#layers[index]!;
      const sums = gradient.map((value, i) => value * slopes[index]![i]!);
      const input = inputs[index]!;
      const [kernel, bias] = [new Float64Array(layer.kernel.values.length), new Float64Array(layer.units)];
      gradient = new Float64Array(input.length);
      for (let s = 0; s < size; s++) {
        for (let j = 0; j < layer.units; j++) {
          const g = sums[s * layer.units + j]!;
          bias[j]! += g;
          for (let i = 0; i < layer.inputs; i++) {
            kernel[i * layer.units + j]! += input[s * layer.inputs + i]! * g;
            gradient[s * layer.inputs + i]! += layer.kernel.values[i * layer.units + j]! * g;
          }
        }
      }
      update(this.#optimizer, layer.kernel, kernel, learningRate, this.#iteration);
      if (layer.bias !== undefined) update(this.#optimizer, layer.bias, bias, learningRate, this.#iteration);
    }
    return {
      loss: losses.reduce((sum, value, s) => sum + value * batch.sampleWeights[s]!, 0) / size,
      logits,
    };
  }

  predict(features: Float32Array, size: number): Float64Array {
    return this.#layers.reduce(
      (input, layer) => sumsOf(layer, input, size).map(activate(layer.activation)),
      Float64Array.from(features),
    );
  }

  state(): { [Part in 'weights' | 'slots']: ReadonlyMap<string, Float64Array> } & Pick<
    StepState,
    'iteration'
  > {
    const weights = new Map<string, Float64Array>();
    const slots = new Map<string, Float64Array>();
    for (const layer of this.#layers) {
      for (const [key, variable] of Object.entries({ kernel: layer.kernel, bias: layer.bias })) {
        if (variable === undefined) continue;
        weights.set(`${layer.name}/${key}`, variable.values);
        for (const [slot, values] of variable.slots) slots.set(`${layer.name}/${key}/${slot}`, values);
      }
    }
    return { iteration: this.#iteration, weights, slots };
  }
}

function sumsOf(
  { inputs, units, kernel, bias }: ReferenceLayer,
  input: Float64Array,
  size: number,
): Float64Array {
  const sums = new Float64Array(size * units);
  for (let s = 0; s < size; s++) {
    for (let j = 0; j < units; j++) {
      let sum = bias?.values[j] ?? 0;
      for (let i = 0; i < inputs; i++) sum += input[s * inputs + i]! * kernel.values[i * units + j]!;
      sums[s * units + j] = sum;
    }
  }
  return sums;
}

function masked(values: Float64Array, mask: Float32Array | undefined): Float64Array {
  return mask === undefined ? values : values.map((value, i) => value * mask[i]!);
}

function activate(activation: string): (z: number) => number {
  if (activation === 'relu') return (z) => Math.max(z, 0);
  if (activation === 'sigmoid') return (z) => 1 / (1 + Math.exp(-z));
  return activation === 'tanh' ? Math.tanh : (z) => z;
}

function slope(activation: string): (z: number) => number {
  const y = activate(activation);
  if (activation === 'relu') return (z) => (z > 0 ? 1 : 0);
  if (activation === 'sigmoid') return (z) => y(z) * (1 - y(z));
  return activation === 'tanh' ? (z) => 1 - y(z) ** 2 : () => 1;
}

/** What Keras 3 keeps for each weight. */
function slotNames({ className, config, ema }: Optimizer): string[] {
  const moves = Number(config['momentum'] ?? 0) > 0;
  const formulas: Readonly<Record<string, string[]>> = {
    SGD: moves ? ['momentum'] : [],
    RMSprop: [
      'velocity',
      ...(moves ? ['momentum'] : []),
      ...(config['centered'] === true ? ['average_gradient'] : []),
    ],
    Adam: ['momentum', 'velocity'],
    AdamW: ['momentum', 'velocity'],
  };
  const formula = formulas[className]!;
  return ema === undefined ? formula : [...formula, 'average'];
}

/** Biases are spared, unless it is said by name what is. */
function decays({ weightDecay, excludeFromWeightDecay }: Optimizer, name: 'kernel' | 'bias'): boolean {
  const spared = excludeFromWeightDecay ?? ['bias'];
  return weightDecay > 0 && !spared.some((part) => name.includes(part));
}

/** Keras 3's formulas, one number at a time; of clipping, that by value. */
function update(
  optimizer: Optimizer,
  variable: Variable,
  gradient: Float64Array,
  rate: number,
  iteration: number,
): void {
  const { className, config, weightDecay, clipping } = optimizer;
  const { values, slots } = variable;
  const { momentum = 0, rho = 0, epsilon = 0, beta1 = 0, beta2 = 0 } = config as Record<string, number>;
  const m = slots.get('momentum') ?? [];
  const v = slots.get('velocity') ?? [];
  const a = slots.get('average_gradient') ?? [];
  for (let i = 0; i < values.length; i++) {
    const g =
      clipping === undefined
        ? gradient[i]!
        : Math.max(-clipping.limit, Math.min(clipping.limit, gradient[i]!));
    if (variable.decays) values[i]! -= values[i]! * weightDecay * rate;
    if (className === 'SGD') {
      if (momentum === 0) values[i]! -= rate * g;
      else {
        m[i] = m[i]! * momentum - g * rate;
        values[i]! += config['nesterov'] === true ? m[i]! * momentum - g * rate : m[i]!;
      }
    } else if (className === 'RMSprop') {
      v[i] = rho * v[i]! + (1 - rho) * g * g;
      let spread = v[i]!;
      if (config['centered'] === true) {
        a[i] = rho * a[i]! + (1 - rho) * g;
        spread -= a[i]! ** 2;
      }
      let move = (rate * g) / Math.sqrt(spread + epsilon);
      if (momentum > 0) {
        m[i] = momentum * m[i]! + move;
        move = m[i]!;
      }
      values[i]! -= move;
    } else {
      const alpha = (rate * Math.sqrt(1 - beta2 ** iteration)) / (1 - beta1 ** iteration);
      m[i]! += (g - m[i]!) * (1 - beta1);
      v[i]! += (g * g - v[i]!) * (1 - beta2);
      values[i]! -= (m[i]! * alpha) / (Math.sqrt(v[i]!) + epsilon);
    }
  }
  const average = slots.get('average');
  if (average === undefined) return;
  // The first average is the weight itself.
  const kept = iteration === 1 ? 0 : optimizer.ema!.momentum;
  const every = optimizer.ema!.overwriteFrequency ?? Number.POSITIVE_INFINITY;
  average.forEach((value, i) => {
    average[i] = kept * value + (1 - kept) * values[i]!;
    if (iteration % every === 0) values[i] = average[i]!;
  });
}
