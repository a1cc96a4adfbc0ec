/** @file `graft-ml/testing`: the contracts of layers, losses, metrics and optimizers, to hold one's own classes to. */

export { checkLayer, type LayerCheck } from './check-layer.ts';
export { checkLoss, type LossCheck } from './check-loss.ts';
export { checkMetric, type MetricCheck } from './check-metric.ts';
export { checkOptimizer, type OptimizerCheck } from './check-optimizer.ts';
