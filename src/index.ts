/** @file The public surface of Graft. */

export { Classifier } from './artifacts/classifier.ts';
export { classifierGraph, classifierInfo } from './artifacts/classifier-file.ts';
export { curvesPlot } from './artifacts/curves-plot.ts';
export { exportFunctional } from './artifacts/export/export-functional.ts';
export { exportModelFile } from './artifacts/export/export-model-file.ts';
export { learningRatePlot } from './artifacts/lr-plot.ts';
export { type ModelCheckpointOptions, modelCheckpoint } from './artifacts/model-checkpoint.ts';
export { readModelFile, writeModelFile } from './artifacts/model-file.ts';
export type { ModelInfo, SavedModelInfo, TrainedModelInfo } from './artifacts/model-info.ts';
export { runCheckpoints } from './artifacts/run-checkpoints.ts';
export { type SaveModelOptions, saveModel } from './artifacts/save-model.ts';
export { gradients } from './autodiff/gradients.ts';
export type { AugmentationSpec } from './data/augmentation-spec.ts';
export { parseAugmentation } from './data/augmentation-text.ts';
export {
  type FeatureCache,
  type FeatureCacheOptions,
  openFeatureCache,
} from './data/feature-cache/feature-cache.ts';
export { scanFolder } from './data/folder-scan.ts';
export {
  type ImageDataset,
  type ImageDatasetOptions,
  imageDatasetFromDirectory,
} from './data/image-dataset.ts';
export { readLabelCsv } from './data/labels/label-csv.ts';
export { cutMix, mixUp } from './data/mixing.ts';
export { foldsOf } from './data/splits/folds.ts';
export { splitSamples } from './data/splits/split.ts';
export { type ErrorCode, GraftError } from './errors/graft-error.ts';
export { calibrationOf } from './evaluation/calibration.ts';
export { classificationFigures } from './evaluation/classification-figures.ts';
export { holm } from './evaluation/holm.ts';
export { mcnemar } from './evaluation/mcnemar.ts';
export { multiLabelFigures } from './evaluation/multi-label-figures.ts';
export { regressionFigures } from './evaluation/regression-figures.ts';
export { wilsonInterval } from './evaluation/wilson-interval.ts';
export { GraphBuilder } from './graph/builder.ts';
export type { Graph, Value } from './graph/graph.ts';
export { simplify } from './graph/passes/simplify.ts';
export { Functional } from './layers/functional.ts';
export { type Initializer, initializers } from './layers/initializers.ts';
export { input } from './layers/input-layer.ts';
export type { Layer, SymbolicTensor } from './layers/layer.ts';
export { layers } from './layers/layers.ts';
export { modelGraph } from './layers/lower-model.ts';
export type { Loss } from './losses/loss.ts';
export { losses } from './losses/losses.ts';
export type { Metric } from './metrics/metric.ts';
export { metrics } from './metrics/metrics.ts';
export type { ArchitectureOptions, InputShape } from './models/architecture.ts';
export type { BackboneCard, BackboneFacts } from './models/backbone-card.ts';
export { backboneCard, backboneCards, isBackboneAvailable } from './models/backbone-cards.ts';
export { inceptionV3 } from './models/inception-v3.ts';
export { type Backbone, type LoadBackboneOptions, loadBackbone } from './models/load-backbone.ts';
export { mobileNetV2 } from './models/mobilenet-v2.ts';
export { type Preprocessing, preprocessing } from './models/preprocessing.ts';
export { summariseFile } from './models/summarise-file.ts';
export { decodeModel } from './onnx/decoder.ts';
export { encodeModel } from './onnx/encoder.ts';
export type { Optimizer } from './optimizers/optimizer.ts';
export { optimizers } from './optimizers/optimizers.ts';
export { createSchedule } from './optimizers/schedules/schedule.ts';
export type { ScheduleSpec } from './optimizers/schedules/schedule-spec.ts';
export { parseSchedule } from './optimizers/schedules/schedule-text.ts';
export type { OptimizerOptions } from './optimizers/settings.ts';
export { createSession } from './runtime/node-session.ts';
export type { BatchProgress, Callback, TrainingControl } from './training/callbacks/callback.ts';
export { type CsvLoggerOptions, csvLogger } from './training/callbacks/csv-logger.ts';
export {
  type EarlyStopping,
  type EarlyStoppingOptions,
  earlyStopping,
} from './training/callbacks/early-stopping.ts';
export { learningRateScheduler } from './training/callbacks/learning-rate-scheduler.ts';
export {
  type ReduceLROnPlateauOptions,
  reduceLROnPlateau,
} from './training/callbacks/reduce-lr-on-plateau.ts';
export { type TensorBoardOptions, tensorBoard } from './training/callbacks/tensorboard.ts';
export { terminateOnNaN } from './training/callbacks/terminate-on-nan.ts';
export { type EpochRecord, type History, seriesOf } from './training/history.ts';
export type { MetricOption } from './training/metric-names.ts';
export {
  type CompileOptions,
  type FitHistory,
  type FitModelOptions,
  type Model,
  type ModelOptions,
  model,
} from './training/model.ts';
export { gatherPictures } from './training/picture-sets.ts';
export { DEFAULT_RECIPE, type Recipe } from './training/recipe.ts';
export { findClassifierRate, rehearseClassifier, trainClassifier } from './training/train-classifier.ts';
export { loadWeights } from './weights/apply.ts';
export { readWeights } from './weights/read-weights.ts';
export type { WeightFile } from './weights/weight-file.ts';
