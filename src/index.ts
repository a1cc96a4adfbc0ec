/** @file The public surface of Graft. */

export { Classifier, type OpenOptions, type Predictions } from './artifacts/classifier.ts';
export { classifierGraph, classifierInfo } from './artifacts/classifier-file.ts';
export { curvesPlot } from './artifacts/curves-plot.ts';
export { type ExportOptions, exportFunctional } from './artifacts/export/export-functional.ts';
export {
  type ExportModelOptions,
  type ExportReport,
  exportModelFile,
} from './artifacts/export/export-model-file.ts';
export { VERSION } from './artifacts/graft-version.ts';
export { type LoadModelOptions, loadModel } from './artifacts/load-layers.ts';
export { learningRatePlot } from './artifacts/lr-plot.ts';
export { type ModelCheckpointOptions, modelCheckpoint } from './artifacts/model-checkpoint.ts';
export { readModelFile, writeModelFile } from './artifacts/model-file.ts';
export type { ModelInfo, SavedModelInfo, TrainedModelInfo } from './artifacts/model-info.ts';
export { type RunCheckpointOptions, runCheckpoints } from './artifacts/run-checkpoints.ts';
export { saveClassifier } from './artifacts/save-classifier.ts';
export { type SaveModelOptions, saveModel } from './artifacts/save-model.ts';
export { gradients } from './autodiff/gradients.ts';
export type { AugmentationSpec } from './data/augmentation-spec.ts';
export { parseAugmentation } from './data/augmentation-text.ts';
export {
  type FeatureCache,
  type FeatureCacheOptions,
  openFeatureCache,
} from './data/feature-cache/feature-cache.ts';
export { type FolderScan, scanFolder } from './data/folder-scan.ts';
export type { ChannelCount, ImageContent, ImageSource, RawImage } from './data/image-content.ts';
export {
  type ExampleDatasetOptions,
  type ImageDataset,
  type ImageDatasetOptions,
  imageDatasetFromDirectory,
  imageDatasetFromExamples,
} from './data/image-dataset.ts';
export type {
  ClassExample,
  Examples,
  ImageExample,
  LabelsExample,
  ValuesExample,
} from './data/image-examples.ts';
export type { ImageReader } from './data/image-reader.ts';
export { cutMix, mixUp } from './data/mixing.ts';
export type { Sample, SkippedFile } from './data/sample.ts';
export { createFolds, type Fold, type FoldOptions, type Folds } from './data/splits/folds.ts';
export { type Split, type SplitOptions, splitSamples } from './data/splits/split.ts';
export { type ErrorCode, GraftError } from './errors/graft-error.ts';
export { type BestOfManyResult, bestOfMany } from './evaluation/best-of-many.ts';
export {
  type BootstrapOptions,
  type Interval,
  type PairedBootstrapResult,
  pairedBootstrap,
} from './evaluation/bootstrap.ts';
export { type Calibration, type CalibrationBin, computeCalibration } from './evaluation/calibration.ts';
export {
  type AccuracyContext,
  type ClassificationReport,
  type ClassMetrics,
  classificationReport,
} from './evaluation/classification-report.ts';
export { holm } from './evaluation/holm.ts';
export { type McNemarResult, mcnemar } from './evaluation/mcnemar.ts';
export {
  type LabelMetrics,
  type MultiLabelOptions,
  type MultiLabelReport,
  multiLabelReport,
} from './evaluation/multi-label-report.ts';
export {
  type DistanceMetric,
  type FeatureRows,
  type NearestNeighbors,
  type NearestNeighborsOptions,
  nearestNeighbors,
} from './evaluation/nearest-neighbors.ts';
export {
  type RegressionReport,
  regressionReport,
  type ValueMetrics,
} from './evaluation/regression-report.ts';
export { wilsonInterval } from './evaluation/wilson-interval.ts';
export type { BatchSizes } from './features/batched-session.ts';
export type { FeatureStores } from './features/feature-spaces.ts';
export type { BatchProgress, Callback, TrainingControl } from './fit/callbacks/callback.ts';
export { type CsvLoggerOptions, csvLogger } from './fit/callbacks/csv-logger.ts';
export {
  type EarlyStopping,
  type EarlyStoppingOptions,
  earlyStopping,
} from './fit/callbacks/early-stopping.ts';
export { learningRateScheduler } from './fit/callbacks/learning-rate-scheduler.ts';
export {
  type ReduceLROnPlateauOptions,
  reduceLROnPlateau,
} from './fit/callbacks/reduce-lr-on-plateau.ts';
export { type TensorBoardOptions, tensorBoard } from './fit/callbacks/tensorboard.ts';
export { terminateOnNaN } from './fit/callbacks/terminate-on-nan.ts';
export type { FitProgress } from './fit/fit-options.ts';
export { type EpochRecord, type History, seriesOf } from './fit/history.ts';
export type {
  LearningRatePoint,
  LearningRateSearch,
  LearningRateSearchOptions,
} from './fit/lr-find.ts';
export type { MetricName, MetricOption } from './fit/metric-names.ts';
export { GraphBuilder } from './graph/builder.ts';
export type { Graph, Value } from './graph/graph.ts';
export type { Operand, Ops } from './graph/ops.ts';
export { simplify } from './graph/passes/simplify.ts';
export { type CallContext, CustomLayer } from './layers/custom-layer.ts';
export { Functional } from './layers/functional.ts';
export { type Initializer, initializers } from './layers/initializers.ts';
export { input } from './layers/input-layer.ts';
export type { Layer, LayerOptions, SymbolicTensor, Weight, WeightSpec } from './layers/layer.ts';
export type { LayerShape } from './layers/layer-shape.ts';
export { layers } from './layers/layers.ts';
export { modelGraph } from './layers/lower-model.ts';
export type { OptionsOf, OptionTable, ValuesOf } from './layers/option-table.ts';
export type { Loss } from './losses/loss.ts';
export { type LossName, losses } from './losses/losses.ts';
export type { Metric } from './metrics/metric.ts';
export { metrics } from './metrics/metrics.ts';
export type { ArchitectureOptions, InputShape } from './models/architecture.ts';
export {
  type Backbone,
  type BackboneOfWeightsOptions,
  type BackboneOptions,
  backboneOfConfig,
  backboneOfOnnx,
  backboneOfWeights,
} from './models/backbone.ts';
export { inceptionV3 } from './models/inception-v3.ts';
export { mobileNetV2 } from './models/mobilenet-v2.ts';
export { type Preprocessing, preprocessing } from './models/preprocessing.ts';
export type { BackboneFacts, PretrainedConfig } from './models/pretrained-config.ts';
export { findPretrainedConfig, pretrainedConfigs } from './models/pretrained-configs.ts';
export { isBackboneAvailable } from './node/backbone-availability.ts';
export { type LoadBackboneOptions, loadBackbone } from './node/load-backbone.ts';
export type { CustomLayerClass } from './node/load-model.ts';
export { summarizeFile } from './node/summarize-file.ts';
export { decodeModel } from './onnx/decoder.ts';
export { encodeModel } from './onnx/encoder.ts';
export type { AdamOptions } from './optimizers/adam.ts';
export {
  type CommonOptions,
  defineOptimizer,
  type OptimizerDescriptor,
  type OptimizerFactory,
  type SettingsTable,
} from './optimizers/define-optimizer.ts';
export type { LearningRate } from './optimizers/learning-rate.ts';
export type { Optimizer, UpdateInputs, UpdateOutputs } from './optimizers/optimizer.ts';
export { optimizers } from './optimizers/optimizers.ts';
export type { RMSpropOptions } from './optimizers/rmsprop.ts';
export { createSchedule, type Schedule } from './optimizers/schedules/schedule.ts';
export { unreachedEnd } from './optimizers/schedules/schedule-checks.ts';
export type { ScheduleRun, ScheduleSpec, Span } from './optimizers/schedules/schedule-spec.ts';
export { parseSchedule } from './optimizers/schedules/schedule-text.ts';
export { type LearningRateSchedule, schedules } from './optimizers/schedules/schedules.ts';
export type { OptimizerOptions } from './optimizers/settings.ts';
export type { SGDOptions } from './optimizers/sgd.ts';
export type { HeadLayer } from './recipe/head-layers.ts';
export { formatHead, parseHead } from './recipe/head-spec.ts';
export {
  DEFAULT_RECIPE,
  type PhaseChange,
  type Recipe,
  type RecipeInput,
  type RecipeRequest,
} from './recipe/recipe.ts';
export { findRecipe, listRecipes, type NamedRecipe } from './recipe/recipe-file.ts';
export { readRecipe } from './recipe/recipe-input.ts';
export { recipeJsonSchema } from './recipe/recipe-json-schema.ts';
export type { Prediction, ReportOf, Task } from './recipe/task.ts';
export type { ClassPrediction } from './recipe/tasks/classification.ts';
export type { LabelsPrediction } from './recipe/tasks/multi-label.ts';
export type { ValuesPrediction } from './recipe/tasks/regression.ts';
export type { ClassifierEvents, ClassifierModel, ClassifierOptions } from './runs/classifier-options.ts';
export { type CsvOptions, gatherData, gatherFromCsv } from './runs/csv-image-sets.ts';
export type {
  PhaseForecast,
  Preflight,
  Warning as PreflightWarning,
} from './runs/estimate/estimate-report.ts';
export { type ExampleOptions, gatherExamples, type TaskOfExample } from './runs/example-sets.ts';
export {
  type ExtractedImageFeatures,
  type ExtractFeaturesOptions,
  extractFeatures,
} from './runs/extract-features.ts';
export { type FoldSets, gatherExampleFolds, gatherFolds } from './runs/fold-sets.ts';
export type { TrainedClassifier } from './runs/grow-classifier.ts';
export { gatherImages, type ImageSets } from './runs/image-sets.ts';
export {
  type CompileOptions,
  type FitHistory,
  type FitModelOptions,
  type Model,
  type ModelOptions,
  model,
  type RunModelOptions,
} from './runs/model.ts';
export {
  type SweepEvents,
  type SweepOptions as SweepClassifiersOptions,
  type SweepResult,
  sweep as sweepClassifiers,
} from './runs/sweep/sweep.ts';
export { type SweepAxes, sweepGrid } from './runs/sweep/sweep-grid.ts';
export type { RankedRow, Ranking, SweepDifference, SweepRow } from './runs/sweep/sweep-ranking.ts';
export {
  readTaskCsv as readLabelCsv,
  type TaskCsv as LabelCsv,
  type TaskCsvOptions as LabelCsvOptions,
} from './runs/task-csv.ts';
export { estimateTraining, findClassifierRate } from './runs/train-classifier.ts';
export { type ExampleTrainingOptions, trainClassifier, type WorkerOptions } from './runs/training-call.ts';
export { type CreateSessionOptions, createSession } from './runtime/create-session.ts';
export type { FeatureStore } from './runtime/feature-store.ts';
export type { Runtime, RuntimeOptions } from './runtime/runtime.ts';
export type { Session, SessionOptions } from './runtime/session.ts';
export { type EstimateOptions, estimate } from './use-cases/estimate.ts';
export type { EstimateReport, FeatureCounts, PhasePlan, PlanReport } from './use-cases/estimate-report.ts';
export { type EvaluateOptions, evaluate } from './use-cases/evaluate.ts';
export type { EvaluateReport, TrainedOnReport } from './use-cases/evaluate-report.ts';
export {
  type FindLearningRateOptions,
  findLearningRate,
} from './use-cases/find-learning-rate.ts';
export type { LearningRateReport } from './use-cases/learning-rate-report.ts';
export type {
  ClassificationResult,
  ClassificationSummary,
  ClassResult,
  LabelResult,
  MetricsResult,
  MetricsSummary,
  MultiLabelResult,
  RegressionResult,
} from './use-cases/metrics-report.ts';
export { type PredictOptions, predict } from './use-cases/predict.ts';
export type { FilePrediction, FilePredictionError, PredictReport } from './use-cases/predict-report.ts';
export type {
  CombinationEvent,
  DataEvent,
  DataSet,
  EpochEvent,
  EventListener,
  MetricsEvent,
  ModelEvent,
  NoteEvent,
  PhaseEvent,
  PlanEvent,
  ProgressEvent,
  ResultEvent,
  ResumeEvent,
  RunEvent,
  SkippedEvent,
  Stage,
  StageEvent,
  StepEvent,
  SweepPlanEvent,
} from './use-cases/run-event.ts';
export { type SweepOptions, sweep } from './use-cases/sweep.ts';
export {
  type AboutSweep,
  type FoldReport,
  type SweepReport,
  type SweepRowReport,
  type SweptValues,
  sweepReport,
  writeSweep,
} from './use-cases/sweep-report.ts';
export {
  type ResumeOptions,
  resumeTraining,
  type TrainOptions,
  type TrainResult,
  train,
} from './use-cases/train.ts';
export type { Int8Report, TrainReport } from './use-cases/train-report.ts';
export type { DownloadPolicy, FeatureOptions, UseCaseOptions } from './use-cases/use-case-options.ts';
export { loadWeights } from './weights/apply.ts';
export type { DownloadProgress } from './weights/download/download.ts';
export type { FetchWeightsOptions } from './weights/download/pretrained-weights.ts';
export type { WeightFiles } from './weights/read-weight-files.ts';
export { readWeights } from './weights/read-weights.ts';
export type { WeightFile } from './weights/weight-file.ts';
