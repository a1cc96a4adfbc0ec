/** @file Numbers as they are learned: with mean 0 and deviation 1, whatever their unit. */

import { changedExample } from '../examples/changed-example.ts';
import type { Example } from '../examples/example.ts';
import type { SampleSets } from '../features/sample-sets.ts';
import type { Layer } from '../layers/layer.ts';
import type { Metric } from '../metrics/metric.ts';

/**
 * A scale for each of the numbers that are learned. An optimizer's steps are as large for years as for grams, so that
 * numbers of another size than 1 would be learned too slowly, or not at all.
 */
export class TargetScale {
  readonly #means: Float64Array;
  readonly #deviations: Float64Array;

  /** @param examples - Those that are trained on, with targets. A number that is always the same has deviation 1. */
  constructor(examples: readonly Example[]) {
    const width = examples[0]?.target?.length ?? 0;
    const meanOf = (value: (example: Example) => number): number =>
      examples.reduce((sum, example) => sum + value(example), 0) / examples.length;
    this.#means = Float64Array.from({ length: width }, (_, i) => meanOf(({ target }) => target![i]!));
    this.#deviations = this.#means.map(
      (mean, i) => Math.sqrt(meanOf(({ target }) => (target![i]! - mean) ** 2)) || 1,
    );
  }

  /** The same examples, with standardized values. */
  standardize({ train, validation, test }: SampleSets): SampleSets {
    const standardized = (examples: readonly Example[]): Example[] =>
      examples.map((example) =>
        changedExample(example, {
          target: example.target!.map((value, i) => (value - this.#means[i]!) / this.#deviations[i]!),
        }),
      );
    return {
      train: standardized(train),
      validation: validation && standardized(validation),
      test: test && standardized(test),
    };
  }

  /** Standardized numbers in their own unit. @param values - `[N, numbers]`, row-major. */
  inUnits(values: Float32Array): Float32Array {
    const width = this.#means.length;
    return values.map((value, i) => value * this.#deviations[i % width]! + this.#means[i % width]!);
  }

  /** A metric of standardized numbers that tells of them in their own unit. */
  metricInUnits(metric: Metric): Metric {
    return {
      ...metric,
      update: (outputs, targets, size) => metric.update(this.inUnits(outputs), this.inUnits(targets), size),
    };
  }

  /**
   * Makes a Dense layer that gives standardized numbers give them in their own unit.
   *
   * @param layer - Linear, with a bias.
   */
  foldInto(layer: Layer): void {
    const [kernel, bias] = [layer.weight('kernel'), layer.weight('bias')];
    const width = this.#means.length;
    kernel.value = kernel.value.map((value, i) => value * this.#deviations[i % width]!);
    bias.value = this.inUnits(bias.value);
  }
}
