/** @file The contracts of graft-ml/testing: all that Graft has keeps to them, and so do classes of one's own; what does not is told why. */

import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/core/graph/graph.ts';
import type { Ops } from '../../src/core/graph/ops.ts';
import { type CallContext, CustomLayer } from '../../src/core/layers/custom-layer.ts';
import type { LayerConfig } from '../../src/core/layers/layer-config.ts';
import type { LayerShape } from '../../src/core/layers/layer-shape.ts';
import { layerFromConfig } from '../../src/core/layers/layers.ts';
import { losses } from '../../src/core/losses/losses.ts';
import type { Metric } from '../../src/core/metrics/metric.ts';
import { metrics } from '../../src/core/metrics/metrics.ts';
import { defineOptimizer } from '../../src/core/optimizers/define-optimizer.ts';
import { optimizers } from '../../src/core/optimizers/optimizers.ts';
import { checkLayer, checkLoss, checkMetric, checkOptimizer } from '../../src/testing/index.ts';
import { layerCases } from '../golden/layers/layer-cases.ts';
import { Antirectifier, pinball, SignSgd, withinTolerance } from '../support/custom-classes.ts';
import { withMessage } from '../support/saying.ts';

describe('layers', () => {
  it.each(layerCases.map((each) => [each.title, each] as const))(
    '%s',
    async (_, { className, config, inputs }) => {
      await checkLayer(() => layerFromConfig(className, config), {
        inputs: inputs.map(({ shape }) => shape.slice(1)),
      });
    },
  );

  it.each([[[5]], [[3, 4, 2]]])('one of a program, on [%j]', async (shape) => {
    await checkLayer(() => new Antirectifier({ initializer: 'heNormal' }), { inputs: [shape] });
  });

  it('told what they do not keep to', async () => {
    const check = (layerClass: new () => CustomLayer) =>
      checkLayer(() => new layerClass(), { inputs: [[2, 3]] });
    await expect(check(WrongShape)).rejects.toThrow(
      withMessage(
        'contract of layer "WrongShape": expected an output [3, 2, 3], received [3, 3, 2]. ' +
          'Let outputShape tell what the operators give.',
      ),
    );
    await expect(check(OverBatch)).rejects.toThrow(
      /^contract of layer "OverBatch": expected sample 0 alone as in a batch: /,
    );
    await expect(check(Forgetful)).rejects.toThrow(
      /^contract of layer "Forgetful": expected the same output from the same configuration: /,
    );
    await expect(check(SecretMask)).rejects.toThrow(
      withMessage(
        'contract of layer "SecretMask": expected no masks, as drawsMasks is false, received 1. ' +
          'Override drawsMasks to be true: what lies behind the layer is not frozen then.',
      ),
    );
  });
});

describe('losses', () => {
  it.each([
    [losses.binaryCrossentropy(), 1],
    [losses.binaryCrossentropy({ labelSmoothing: 0.1 }), 3],
    [losses.categoricalCrossentropy(), 3],
    [losses.categoricalCrossentropy({ labelSmoothing: 0.1 }), 3],
    [losses.sparseCategoricalCrossentropy(), 4],
    [losses.meanSquaredError(), 2],
    [losses.meanAbsoluteError(), 2],
    [losses.huber({ delta: 0.5 }), 2],
    [pinball(0.9), 2],
  ])('%# keeps to its contract', async (loss, width) => {
    await checkLoss(loss, { width });
  });

  it('told what they do not keep to', async () => {
    await expect(checkLoss({ ...pinball(0.9), evaluate: () => new Float32Array(5) })).rejects.toThrow(
      /^contract of loss "Pinball": expected evaluate as perSample: .* Compute the same formula in perSample, evaluate and gradient\.$/,
    );
  });
});

describe('metrics', () => {
  it.each([
    [() => metrics.binaryAccuracy(), 'labels'],
    [() => metrics.categoricalAccuracy(), 'labels'],
    [() => metrics.sparseCategoricalAccuracy(), 'index'],
    [() => metrics.topKCategoricalAccuracy({ k: 2 }), 'labels'],
    [() => metrics.sparseTopKCategoricalAccuracy({ k: 2 }), 'index'],
    [() => metrics.precision(), 'labels'],
    [() => metrics.recall({ classId: 1 }), 'labels'],
    [() => metrics.f1Score({ activation: 'softmax' }), 'index'],
    [() => metrics.auc({ multiLabel: true }), 'labels'],
    [() => metrics.meanAbsoluteError(), 'values'],
    [() => metrics.rootMeanSquaredError(), 'values'],
    [() => metrics.r2Score(), 'values'],
    [() => withinTolerance(0.5), 'values'],
  ] as const)('%# keeps to its contract', (create, targets) => {
    checkMetric(create as () => Metric, { targets });
  });

  it('told what they do not keep to', () => {
    const metric = (): Metric => ({ ...withinTolerance(0.5), restore: () => {} });
    expect(() => checkMetric(metric, { targets: 'values' })).toThrow(
      /^contract of metric "within_tolerance": expected the result of one that goes on from a state: /,
    );
  });
});

describe('optimizers', () => {
  it.each([
    ['SGD', optimizers.sgd],
    ['RMSprop', optimizers.rmsprop],
    ['Adam', optimizers.adam],
    ['AdamW', optimizers.adamW],
    ['one of a program', SignSgd],
  ] as const)('%s keeps to its contract', async (_, create) => {
    await checkOptimizer(create);
  });

  it('told what they do not keep to', async () => {
    const { descriptor } = SignSgd;
    const uphill = defineOptimizer({
      ...descriptor,
      update(ops, inputs, settings) {
        return descriptor.update(ops, { ...inputs, gradient: ops.neg(inputs.gradient) }, settings);
      },
    });
    await expect(checkOptimizer(uphill)).rejects.toThrow(
      /^contract of optimizer "SignSGD": expected less than .* at a parabola after 200 steps, received /,
    );
    const claimed = defineOptimizer({ ...descriptor, dense: () => ({ formula: 'sgd', idle: 'nothing' }) });
    await expect(checkOptimizer(claimed)).rejects.toThrow(
      /^contract of optimizer "SignSGD": expected "hidden\/kernel" of the dense kernel: /,
    );
  });
});

class WrongShape extends CustomLayer {
  static readonly className = 'WrongShape';
  constructor() {
    super({});
  }
  protected override call(ops: Ops, [x]: readonly Value[]): Value {
    return ops.transpose(x!, [0, 2, 1]);
  }
}

class OverBatch extends CustomLayer {
  static readonly className = 'OverBatch';
  constructor() {
    super({});
  }
  protected override call(ops: Ops, [x]: readonly Value[]): Value {
    return ops.sub(x!, ops.mean(x!, [0], 1));
  }
}

/** Takes a factor that its configuration does not tell. */
class Forgetful extends CustomLayer {
  static readonly className = 'Forgetful';
  readonly #factor: number;
  constructor(factor = 2) {
    super({});
    this.#factor = factor;
  }
  static override fromConfig(_config: LayerConfig): never {
    return new Forgetful(1) as never;
  }
  override get name(): string {
    return 'forgetful';
  }
  protected override outputShape([shape]: readonly LayerShape[]): LayerShape {
    return shape!;
  }
  protected override call(ops: Ops, [x]: readonly Value[]): Value {
    return ops.mul(x!, ops.scalar(this.#factor));
  }
}

class SecretMask extends CustomLayer {
  static readonly className = 'SecretMask';
  constructor() {
    super({});
  }
  protected override call(ops: Ops, [x]: readonly Value[], { training, dropoutMask }: CallContext): Value {
    return training ? ops.mul(x!, dropoutMask(0.5, [2, 3])) : x!;
  }
}
