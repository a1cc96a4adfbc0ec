/** @file The public surface of Graft. */

export { classifierGraph, classifierInfo } from './artifacts/classifier-file.ts';
export { curvesPlot } from './artifacts/curves-plot.tsx';
export { VERSION } from './artifacts/graft-version.ts';
export { learningRatePlot } from './artifacts/lr-plot.ts';
export type { ModelInfo, SavedModelInfo, TextModelInfo, TrainedModelInfo } from './artifacts/model-info.ts';
export type { PredictionConfidence, PredictionOptions } from './artifacts/prediction.ts';
export type { TestTimeAugmentation } from './artifacts/test-time-augmentation.ts';
export {
  type PredictTextOptions,
  TextClassifier,
  type TextClassifierLoadOptions,
} from './artifacts/text-classifier.ts';
export { textClassifierGraph, textClassifierInfo } from './artifacts/text-classifier-file.ts';
export { gradients } from './core/autodiff/gradients.ts';
export { type ErrorCode, GraftError } from './core/errors/graft-error.ts';
export { type BestOfManyResult, bestOfMany } from './core/evaluation/best-of-many.ts';
export {
  type BootstrapOptions,
  type Interval,
  type PairedBootstrapResult,
  pairedBootstrap,
} from './core/evaluation/bootstrap.ts';
export { type Calibration, type CalibrationBin, computeCalibration } from './core/evaluation/calibration.ts';
export {
  type AccuracyContext,
  type ClassificationReport,
  type ClassMetrics,
  classificationReport,
} from './core/evaluation/classification-report.ts';
export {
  type ConformalScores,
  conformalScores,
  conformalThreshold,
  type PredictionSetOptions,
  predictionSet,
} from './core/evaluation/conformal.ts';
export {
  type ChosenThreshold,
  chooseThreshold,
  type DecisionRates,
  decisionRates,
  type ThresholdGoal,
} from './core/evaluation/decision-threshold.ts';
export { holm } from './core/evaluation/holm.ts';
export { type McNemarResult, mcnemar } from './core/evaluation/mcnemar.ts';
export {
  type LabelMetrics,
  type MultiLabelOptions,
  type MultiLabelReport,
  multiLabelReport,
} from './core/evaluation/multi-label-report.ts';
export {
  type DistanceMetric,
  type FeatureRows,
  type NearestNeighbors,
  type NearestNeighborsOptions,
  nearestNeighbors,
} from './core/evaluation/nearest-neighbors.ts';
export {
  type RegressionReport,
  regressionReport,
  type ValueMetrics,
} from './core/evaluation/regression-report.ts';
export {
  fitTemperature,
  type TemperatureFit,
  type TemperatureOptions,
} from './core/evaluation/temperature.ts';
export { wilsonInterval } from './core/evaluation/wilson-interval.ts';
export type { ContentHashes } from './core/examples/content-hashes.ts';
export type { Example, SkippedExample } from './core/examples/example.ts';
export type { ChannelCount, ImageContent, ImageSource, RawImage } from './core/examples/image-content.ts';
export type {
  BatchesOptions,
  ExampleViews,
  FeedBatch,
  Feeds,
  Modality,
} from './core/examples/modality.ts';
export type { Sample, SkippedFile } from './core/examples/sample.ts';
export {
  type ClassSize,
  createFolds,
  type Fold,
  type FoldOptions,
  type Folds,
} from './core/examples/splits/folds.ts';
export { type Split, type SplitOptions, splitSamples } from './core/examples/splits/split.ts';
export type { TensorSpec } from './core/examples/tensor-spec.ts';
export type { BatchSizes } from './core/features/batched-session.ts';
export type { FeatureStores } from './core/features/feature-spaces.ts';
export type { BatchProgress, Callback, TrainingControl } from './core/fit/callbacks/callback.ts';
export {
  type EarlyStopping,
  type EarlyStoppingOptions,
  earlyStopping,
} from './core/fit/callbacks/early-stopping.ts';
export { learningRateScheduler } from './core/fit/callbacks/learning-rate-scheduler.ts';
export {
  type ReduceLROnPlateauOptions,
  reduceLROnPlateau,
} from './core/fit/callbacks/reduce-lr-on-plateau.ts';
export { terminateOnNaN } from './core/fit/callbacks/terminate-on-nan.ts';
export type { FitProgress } from './core/fit/fit-options.ts';
export { type EpochRecord, type History, seriesOf } from './core/fit/history.ts';
export type {
  LearningRatePoint,
  LearningRateSearch,
  LearningRateSearchOptions,
} from './core/fit/lr-find.ts';
export type { MetricName, MetricOption } from './core/fit/metric-names.ts';
export { cutMix, mixUp } from './core/fit/mixing.ts';
export { GraphBuilder } from './core/graph/builder.ts';
export type { Graph, Value } from './core/graph/graph.ts';
export type { Operand, Ops } from './core/graph/ops.ts';
export { simplify } from './core/graph/passes/simplify.ts';
export type { LoraAdapter, LoraOptions, Projection } from './core/layers/adaptable-layer.ts';
export { type CallContext, CustomLayer } from './core/layers/custom-layer.ts';
export { Functional, type ModelLoraOptions } from './core/layers/functional.ts';
export { type Initializer, initializers } from './core/layers/initializers.ts';
export { input } from './core/layers/input-layer.ts';
export type { Layer, LayerOptions, SymbolicTensor, Weight, WeightSpec } from './core/layers/layer.ts';
export type { LayerShape } from './core/layers/layer-shape.ts';
export { layers } from './core/layers/layers.ts';
export { modelGraph } from './core/layers/lower-model.ts';
export type { OptionsOf, OptionTable, ValuesOf } from './core/layers/option-table.ts';
export type { Loss } from './core/losses/loss.ts';
export { type LossName, losses } from './core/losses/losses.ts';
export type { Metric } from './core/metrics/metric.ts';
export { metrics } from './core/metrics/metrics.ts';
export { decodeModel } from './core/onnx/decoder.ts';
export { encodeModel } from './core/onnx/encoder.ts';
export type { AdamOptions } from './core/optimizers/adam.ts';
export {
  type CommonOptions,
  defineOptimizer,
  type OptimizerDescriptor,
  type OptimizerFactory,
  type SettingsTable,
} from './core/optimizers/define-optimizer.ts';
export type { LearningRate } from './core/optimizers/learning-rate.ts';
export type { Optimizer, UpdateInputs, UpdateOutputs } from './core/optimizers/optimizer.ts';
export { optimizers } from './core/optimizers/optimizers.ts';
export type { RMSpropOptions } from './core/optimizers/rmsprop.ts';
export { createSchedule, type Schedule } from './core/optimizers/schedules/schedule.ts';
export { unreachedEnd } from './core/optimizers/schedules/schedule-checks.ts';
export type { ScheduleRun, ScheduleSpec, Span } from './core/optimizers/schedules/schedule-spec.ts';
export { parseSchedule } from './core/optimizers/schedules/schedule-text.ts';
export { type LearningRateSchedule, schedules } from './core/optimizers/schedules/schedules.ts';
export type { OptimizerOptions } from './core/optimizers/settings.ts';
export type { SGDOptions } from './core/optimizers/sgd.ts';
export { type CreateSessionOptions, createSession } from './core/runtime/create-session.ts';
export type { FeatureStore } from './core/runtime/feature-store.ts';
export type { Runtime, RuntimeOptions } from './core/runtime/runtime.ts';
export type { Session, SessionOptions } from './core/runtime/session.ts';
export { loadWeights } from './core/weights/apply.ts';
export type { CustomLayerClass } from './core/weights/configured-model.ts';
export type { FetchWeightsOptions } from './core/weights/download-options.ts';
export type { WeightFiles } from './core/weights/read-weight-files.ts';
export type { WeightFile } from './core/weights/weight-file.ts';
export type { EvaluatedConfidence, TrainedConfidence } from './events/confidence-report.ts';
export type {
  ClassificationResult,
  ClassificationSummary,
  ClassResult,
  LabelResult,
  MetricsResult,
  MetricsSummary,
  MultiLabelResult,
  RegressionResult,
} from './events/metrics-report.ts';
export type {
  CombinationEvent,
  FoldReport,
  SweepRowReport,
  SweptReport,
  SweptValues,
} from './events/sweep-report.ts';
export type { AdapterReport, TrainedReport } from './events/trained-report.ts';
export type {
  DataEvent,
  DataSet,
  EpochEvent,
  MetricsEvent,
  ModelEvent,
  NoteEvent,
  PhaseEvent,
  ProgressEvent,
  ResumeEvent,
  SkippedEvent,
  Stage,
  StageEvent,
  StepEvent,
  TrainedEvent,
  TrainingEvent,
} from './events/training-event.ts';
export type {
  CheckedClass,
  CheckReport,
  CheckWarning,
  DuplicateFiles,
  LabelError,
  LeakedFiles,
  LearningCurveReport,
  NameGroupsReport,
  OutlierFile,
} from './inspection/check-report.ts';
export {
  Classifier,
  type ClassifyOptions,
  type OpenOptions,
  type Predictions,
} from './node/artifacts/classifier.ts';
export { type LoadModelOptions, loadModel } from './node/artifacts/load-layers.ts';
export { type ModelCheckpointOptions, modelCheckpoint } from './node/artifacts/model-checkpoint.ts';
export { type RunCheckpointOptions, runCheckpoints } from './node/artifacts/run-checkpoints.ts';
export { saveCausalLm } from './node/artifacts/save-causal-lm.ts';
export { saveClassifier } from './node/artifacts/save-classifier.ts';
export { type SaveModelOptions, saveModel } from './node/artifacts/save-model.ts';
export { openTextClassifier } from './node/artifacts/text-classifier.ts';
export { isBackboneAvailable } from './node/backbones/backbone-availability.ts';
export { type LoadBackboneOptions, loadBackbone } from './node/backbones/load-backbone.ts';
export { summarizeFile } from './node/backbones/summarize-file.ts';
export { type CsvLoggerOptions, csvLogger } from './node/callbacks/csv-logger.ts';
export { type TensorBoardOptions, tensorBoard } from './node/callbacks/tensorboard.ts';
export type { DownloadProgress } from './node/download/download.ts';
export { type ExportOptions, exportFunctional } from './node/export/export-functional.ts';
export { exportModelFile } from './node/export/export-model-file.ts';
export type { ExportModelOptions, ExportReport } from './node/export/export-report.ts';
export {
  type FeatureCache,
  type FeatureCacheOptions,
  openFeatureCache,
} from './node/feature-cache/feature-cache.ts';
export { readModelFile, writeModelFile } from './node/files/model-file.ts';
export { type FolderScan, scanFolder } from './node/images/folder-scan.ts';
export {
  type ExampleDatasetOptions,
  type ImageDataset,
  type ImageDatasetOptions,
  imageDatasetFromDirectory,
  imageDatasetFromExamples,
} from './node/images/image-dataset.ts';
export type {
  ClassExample,
  Examples,
  ImageExample,
  LabelsExample,
  ValuesExample,
} from './node/images/image-examples.ts';
export { findRecipe, listRecipes, type NamedRecipe } from './node/recipe/recipe-file.ts';
export {
  type HuggingFaceFolderOptions,
  readHuggingFaceFolder,
} from './node/text/hugging-face-folder.ts';
export { type LoadCausalLmOptions, loadCausalLm } from './node/text/load-causal-lm.ts';
export { type LoadTextBackboneOptions, loadTextBackbone } from './node/text/load-text-backbone.ts';
export type { OnnxEncoderOptions } from './node/text/onnx-encoder.ts';
export { readTexts } from './node/text/text-files.ts';
export { type CsvOptions, gatherData, gatherFromCsv } from './node/training/csv-image-sets.ts';
export {
  type ExtractedImageFeatures,
  type ExtractFeaturesOptions,
  extractFeatures,
} from './node/training/extract-features.ts';
export { findModality } from './node/training/find-modality.ts';
export {
  type FoldRequest,
  type FoldSets,
  gatherExampleFolds,
  gatherFolds,
} from './node/training/fold-sets.ts';
export { type ExampleOptions, gatherExamples, type TaskOfExample } from './node/training/gather-examples.ts';
export { gatherImages, type ImageSets } from './node/training/image-sets.ts';
export {
  type CompileOptions,
  type FitHistory,
  type FitModelOptions,
  type Model,
  type ModelOptions,
  model,
  type RunModelOptions,
} from './node/training/model.ts';
export {
  type SweepEvents,
  type SweepOptions as SweepClassifiersOptions,
  type SweptSets,
  type SweptTextSets,
  sweep as sweepClassifiers,
} from './node/training/sweep.ts';
export {
  readTaskCsv as readLabelCsv,
  type TaskCsv as LabelCsv,
  type TaskCsvOptions as LabelCsvOptions,
} from './node/training/task-csv.ts';
export {
  gatherTextFolds,
  gatherTexts,
  type TextFoldSets,
  type TextSample,
  type TextSets,
} from './node/training/text-sets.ts';
export { estimateTraining, findClassifierRate } from './node/training/train-classifier.ts';
export {
  type TextClassifierOptions,
  trainTextClassifier,
} from './node/training/train-text-classifier.ts';
export {
  type ExampleTrainingOptions,
  trainClassifier,
  type WorkerOptions,
} from './node/training/training-call.ts';
export { readWeights } from './node/weights/read-weights.ts';
export type { HeadLayer } from './recipe/head-layers.ts';
export { formatHead, parseHead } from './recipe/head-spec.ts';
export type { LayerAdapter } from './recipe/phase-adapters.ts';
export {
  DEFAULT_RECIPE,
  type PhaseChange,
  type Recipe,
  type RecipeInput,
  type RecipeRequest,
} from './recipe/recipe.ts';
export { readRecipe } from './recipe/recipe-input.ts';
export { recipeJsonSchema } from './recipe/recipe-json-schema.ts';
export type { Prediction, ReportOf, Task } from './recipe/task.ts';
export type { ClassPrediction } from './recipe/tasks/classification.ts';
export type { LabelsPrediction } from './recipe/tasks/multi-label.ts';
export type { ValuesPrediction } from './recipe/tasks/regression.ts';
export type {
  ClassifierEvents,
  ClassifierModel,
  ClassifierOptions,
  ModalityFor,
  SeeingNetwork,
  TrainableModel,
} from './runs/classifier-options.ts';
export type {
  BeforeAndAfter,
  CalibrationFacts,
  ClassThreshold,
  Confidence,
  ConfidenceFacts,
  DecisionFacts,
  Gallery,
  RejectedExamples,
  Reliability,
  UnknownFacts,
} from './runs/confidence/confidence.ts';
export type {
  PhaseForecast,
  Preflight,
  Warning as PreflightWarning,
} from './runs/estimate/estimate-report.ts';
export type { ExampleSets } from './runs/example-sets.ts';
export type { TrainedClassifier } from './runs/grow-classifier.ts';
export type { TextClassifierModel, TrainedTextClassifier } from './runs/grow-text-classifier.ts';
export type { ComparedPair } from './runs/model-comparison.ts';
export type { SweepResult } from './runs/sweep/run-sweep.ts';
export { type SweepAxes, sweepGrid } from './runs/sweep/sweep-grid.ts';
export type { RankedRow, Ranking, SweepDifference, SweepRow } from './runs/sweep/sweep-ranking.ts';
export type { SweptClassifier } from './runs/sweep/sweep-training.ts';
export type { CheckState } from './studio/engine/check-state.ts';
export type { ProjectState } from './studio/engine/project-state.ts';
export type { RunResults, RunSummary } from './studio/engine/run-state.ts';
export type { StudioEvent } from './studio/engine/studio-engine.ts';
export type { TrainingState } from './studio/engine/training-state.ts';
export { type RunningStudio, type StudioOptions, startStudio } from './studio/server/start-studio.ts';
export { gpt2 } from './text/architectures/gpt2.ts';
export type { Gpt2Config } from './text/architectures/gpt2-config.ts';
export { llama } from './text/architectures/llama.ts';
export type { LlamaConfig } from './text/architectures/llama-config.ts';
export { type BertOptions, bert } from './text/encoders/bert.ts';
export {
  type SentenceEncoderOptions,
  sentenceEncoder,
  type TextPooling,
} from './text/encoders/sentence-encoder.ts';
export type { TextBackbone, TextBackboneFacts } from './text/encoders/text-backbone.ts';
export { useLite } from './text/encoders/use-lite.ts';
export type { SaveCausalLmOptions } from './text/export/hugging-face-files.ts';
export {
  type CausalLm,
  type CausalLmOptions,
  type CausalLmParts,
  causalLm,
  type GeneratedText,
  type GenerateOptions,
  type Prompt,
} from './text/generation/causal-lm.ts';
export type { ChatMessage } from './text/generation/chat-template.ts';
export {
  type Sampler,
  type SamplerOptions,
  samplers,
  type TopKOptions,
  type TopPOptions,
} from './text/generation/samplers.ts';
export { type EmbedTextsOptions, embedTexts } from './text/modality/embed-texts.ts';
export { type FitTokensOptions, fitTokens, type LongText } from './text/modality/long-texts.ts';
export {
  findNearDuplicates,
  type NearDuplicate,
  type NearDuplicateOptions,
} from './text/modality/near-duplicates.ts';
export {
  type AddNgramsOptions,
  addNgrams,
  type CountNgramsOptions,
  countNgrams,
  type NgramPool,
} from './text/modality/ngrams.ts';
export { padIds } from './text/modality/pad-ids.ts';
export type { TextExample } from './text/modality/text-example.ts';
export { inWindows, maxTokensOfWindows, type WindowsOptions } from './text/modality/text-windows.ts';
export type { TextData, TextFileOptions } from './text/tables/parse-texts.ts';
export { createTokenizer, type TextTokenizer, type TokenizerConfig } from './text/tokenizers/tokenizer.ts';
export {
  type LanguageMetrics,
  type TuneEpoch,
  type TuneOptions as TuneCausalLmOptions,
  type TuneProgress,
  type TuneResult,
  type TuneStart,
  tuneCausalLm,
} from './text/training/tune-causal-lm.ts';
export { checkDataset } from './use-cases/check.ts';
export type { CheckOptions } from './use-cases/check-data.ts';
export {
  applyCheckPlan,
  type QuarantineOptions,
  type QuarantineReport,
  undoCheckPlan,
} from './use-cases/check-plan.ts';
export { type CompareOptions, compareModels } from './use-cases/compare.ts';
export type {
  ComparedModel,
  CompareReport,
  Disagreement,
  ModelCost,
} from './use-cases/compare-report.ts';
export { type EstimateOptions, estimate } from './use-cases/estimate.ts';
export type { EstimateReport, FeatureCounts, PhasePlan, PlanReport } from './use-cases/estimate-report.ts';
export { type EvaluateOptions, evaluate } from './use-cases/evaluate.ts';
export type { EvaluateReport, TrainedOnReport } from './use-cases/evaluate-report.ts';
export { type ExplainOptions, explain } from './use-cases/explain.ts';
export type {
  ExplainMethod,
  ExplainReport,
  Explanation,
  ExplanationError,
  Neighbor,
} from './use-cases/explain-report.ts';
export {
  type FindLearningRateOptions,
  findLearningRate,
} from './use-cases/find-learning-rate.ts';
export type { LearningRateReport } from './use-cases/learning-rate-report.ts';
export { listRuns } from './use-cases/list-runs.ts';
export type { LookOptions } from './use-cases/measured-examples.ts';
export { type PredictOptions, predict } from './use-cases/predict.ts';
export type { FilePrediction, FilePredictionError, PredictReport } from './use-cases/predict-report.ts';
export { type RecommendOptions, recommendBackbone } from './use-cases/recommend.ts';
export type {
  ElsewhereBackbone,
  JudgedBackbone,
  RecommendReport,
} from './use-cases/recommend-report.ts';
export { type ReportOptions, reportRun } from './use-cases/report.ts';
export type { ReportResult } from './use-cases/report-result.ts';
export type {
  BackboneEvent,
  EventListener,
  PlanEvent,
  ResultEvent,
  RunEvent,
  SweepPlanEvent,
} from './use-cases/run-event.ts';
export type { ListedRun, OtherRun, RunScore, RunsReport } from './use-cases/runs-report.ts';
export { type SweepOptions, sweep } from './use-cases/sweep.ts';
export {
  type AboutSweep,
  type SweepReport,
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
export {
  type ResumeTuningOptions,
  resumeTuning,
  type TuneEvent,
  type TuneOptions,
  type TuneReport,
  tune,
} from './use-cases/tune.ts';
export type { DownloadPolicy, FeatureOptions, UseCaseOptions } from './use-cases/use-case-options.ts';
export type { ArchitectureOptions, InputShape } from './vision/architectures/architecture.ts';
export { inceptionV3 } from './vision/architectures/inception-v3.ts';
export { mobileNetV2 } from './vision/architectures/mobilenet-v2.ts';
export type { AugmentationSpec } from './vision/augmentation/augmentation-spec.ts';
export { parseAugmentation } from './vision/augmentation/augmentation-text.ts';
export {
  type Backbone,
  type BackboneOfWeightsOptions,
  type BackboneOptions,
  backboneOfConfig,
  backboneOfOnnx,
  backboneOfWeights,
} from './vision/backbone/backbone.ts';
export type { ImageReader } from './vision/images/image-reader.ts';
export type { ResizeMode } from './vision/images/resize-mode.ts';
export { type Preprocessing, preprocessing } from './vision/preprocessing/preprocessing.ts';
export type { BackboneFacts, PretrainedConfig } from './vision/pretrained/pretrained-config.ts';
export { findPretrainedConfig, pretrainedConfigs } from './vision/pretrained/pretrained-configs.ts';
