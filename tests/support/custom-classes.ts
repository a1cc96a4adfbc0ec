/** @file Classes that a program brings: a layer, a loss, a metric and an optimizer that Graft does not have. */

import {
  type CallContext,
  CustomLayer,
  defineOptimizer,
  type LayerShape,
  type Loss,
  type Metric,
  type Ops,
  type Value,
  type ValuesOf,
  type WeightSpec,
} from '../../src/index.ts';

const OPTIONS = {
  /** Of the kernel. Default `glorotUniform`. */
  initializer: { type: 'initializer', default: 'glorotUniform' },
  /** Added to the norm. Default 1e-3. */
  epsilon: { type: 'number', default: 1e-3, min: 0 },
} as const;

export interface Antirectifier extends ValuesOf<typeof OPTIONS> {}

/**
 * Both signs of what is left when the mean is taken away, through a kernel: `[..., C]` to `[..., C]`. Keras' example of a
 * layer of one's own.
 *
 * @see https://keras.io/examples/keras_recipes/antirectifier/
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the options become properties.
export class Antirectifier extends CustomLayer<typeof OPTIONS> {
  static readonly className = 'Antirectifier';
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override weightSpecs([shape]: readonly LayerShape[]): readonly WeightSpec[] {
    const channels = shape!.at(-1)!;
    return [{ name: 'kernel', shape: [2 * channels, channels], initializer: this.initializer }];
  }

  protected override call(ops: Ops, [x]: readonly Value[], { weight }: CallContext): Value {
    const centered = ops.sub(x!, ops.mean(x!, [-1], 1));
    const variance = ops.mean(ops.square(centered), [-1], 1);
    const normalized = ops.div(centered, ops.sqrt(ops.add(variance, this.epsilon)));
    const signs = ops.concat([ops.relu(normalized), ops.relu(ops.neg(normalized))], -1);
    return ops.matMul(signs, weight('kernel'));
  }
}

/** `mean over K of: max(q (t - y), (q - 1) (t - y))`, whose minimum is the quantile q of the targets. */
export function pinball(quantile: number): Loss {
  const cost = (error: number): number => Math.max(quantile * error, (quantile - 1) * error);
  return {
    className: 'Pinball',
    labelSmoothing: 0,
    activation: 'linear',
    target: 'perClass',
    perSample(ops, outputs, targets) {
      const error = ops.sub(targets, outputs);
      return ops.mean(ops.max(ops.mul(error, quantile), ops.mul(error, quantile - 1)), [1], 0);
    },
    evaluate(outputs, targets, size) {
      const width = outputs.length / size;
      const sums = new Float32Array(size);
      outputs.forEach((output, i) => {
        sums[Math.floor(i / width)]! += cost(targets[i]! - output) / width;
      });
      return sums;
    },
    gradient(outputs, targets, size) {
      const width = outputs.length / size;
      return outputs.map((output, i) => (targets[i]! > output ? -quantile : 1 - quantile) / width);
    },
  };
}

/** The fraction of values that are off by less than a tolerance. */
export function withinTolerance(tolerance: number): Metric {
  let [near, all] = [0, 0];
  return {
    name: 'within_tolerance',
    update(outputs, targets) {
      outputs.forEach((output, i) => {
        if (Math.abs(output - targets[i]!) < tolerance) near++;
      });
      all += outputs.length;
    },
    result: () => (all === 0 ? 0 : near / all),
    reset() {
      [near, all] = [0, 0];
    },
    state: () => Float64Array.of(near, all),
    restore([earlierNear, earlierAll]) {
      [near, all] = [earlierNear!, earlierAll!];
    },
  };
}

/** The sign of a moving mean of the gradients. */
export const SignSgd = defineOptimizer({
  className: 'SignSGD',
  paper: 'https://arxiv.org/abs/1802.04434',
  learningRate: 1e-3,
  adaptive: true,
  settings: { momentum: { default: 0.9, min: 0, below: 1 } },
  slots: { momentum: true },
  keepsSmallSlots: true,
  update(ops, { weight, gradient, slots, learningRate }, { momentum }) {
    const mean = ops.add(ops.mul(slots.momentum, momentum), ops.mul(gradient, 1 - momentum));
    return { weight: ops.sub(weight, ops.mul(ops.sign(mean), learningRate)), slots: { momentum: mean } };
  },
});
