/** @file The public surface of Graft in a browser, `graft-ml/web`: classifiers of images and texts, used and trained. */

export type { ModelFile, TextModelFile } from '../artifacts/decode-model-file.ts';
export type { ModelInfo, TextModelInfo } from '../artifacts/model-info.ts';
export { type LoadClassifierOptions, PixelClassifier } from '../artifacts/pixel-classifier.ts';
export type { PredictionConfidence, PredictionOptions } from '../artifacts/prediction.ts';
export type { TestTimeAugmentation } from '../artifacts/test-time-augmentation.ts';
export {
  type PredictTextOptions,
  TextClassifier,
  type TextClassifierLoadOptions,
} from '../artifacts/text-classifier.ts';
export { type ErrorCode, GraftError } from '../core/errors/graft-error.ts';
export type { EpochRecord } from '../core/fit/history.ts';
export type { Runtime, RuntimeOptions } from '../core/runtime/runtime.ts';
export type { WeightFiles } from '../core/weights/read-weight-files.ts';
export { readSafetensors } from '../core/weights/safetensors.ts';
export { readTflite } from '../core/weights/tflite.ts';
export type { WeightFile } from '../core/weights/weight-file.ts';
export type { SweepRowReport, SweptReport, SweptValues } from '../events/sweep-report.ts';
export type { TrainedReport } from '../events/trained-report.ts';
export type { TrainingEvent } from '../events/training-event.ts';
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
} from '../inspection/check-report.ts';
export type { Prediction } from '../recipe/task.ts';
export type { ClassPrediction } from '../recipe/tasks/classification.ts';
export type { LabelsPrediction } from '../recipe/tasks/multi-label.ts';
export type { ValuesPrediction } from '../recipe/tasks/regression.ts';
export type { TrainedClassifier } from '../runs/grow-classifier.ts';
export type { SweepAxes } from '../runs/sweep/sweep-grid.ts';
export {
  type Backbone,
  type BackboneOfWeightsOptions,
  type BackboneOptions,
  backboneOfConfig,
  backboneOfOnnx,
  backboneOfWeights,
} from '../vision/backbone/backbone.ts';
export { decodeBackbone, encodeBackbone } from '../vision/backbone/backbone-file.ts';
export type { OnnxFile } from '../vision/backbone/graph-backbone.ts';
export type { ResizeMode } from '../vision/images/resize-mode.ts';
export { findPretrainedConfig, pretrainedConfigs } from '../vision/pretrained/pretrained-configs.ts';
export { type BackboneSource, openBackbone } from './backbone-source.ts';
export { type CheckOptions, check } from './check.ts';
export type { CheckEvent } from './check-images.ts';
export { Classifier, type PredictOptions } from './classifier.ts';
export { decodeWith } from './exact-decoding.ts';
export { type ExportedModel, type ExportModelOptions, exportModel } from './export-model.ts';
export type { ProcessorChoice } from './faster-session.ts';
export { type FolderFile, imagesByFolder } from './folder-images.ts';
export type { SweepEvent, SweptInPage } from './given-sweep.ts';
export { type BrowserImage, captureImage, type DrawableImage, imagePixels } from './image-pixels.ts';
export type { LabeledText, LabeledTexts, TextsByClass } from './labeled-texts.ts';
export type { ImagesByClass, NamedImage } from './named-images.ts';
export type { NearGivenImage } from './near-images.ts';
export { type NearestOptions, nearestImages } from './nearest-images.ts';
export type { PixelSet } from './pixel-images.ts';
export { readWeights } from './read-weights.ts';
export { type RgbaImage, rgbPixels } from './rgb-pixels.ts';
export { createWebRuntime, type WebRuntimeOptions } from './runtime.ts';
export type { TrainResult } from './saved-result.ts';
export { removeStoredCheckpoints } from './stored-checkpoints.ts';
export { clearStoredFeatures } from './stored-features.ts';
export { type SweepOptions, type SweepResult, sweep } from './sweep.ts';
export { type SweepTextsOptions, sweepTexts } from './sweep-texts.ts';
export type { TextBackboneSource } from './text-folder.ts';
export { type TrainOptions, train } from './train.ts';
export { encodeClassifier, type TrainHeadOptions, trainHead } from './train-head.ts';
export type { TrainedInPage } from './train-images.ts';
export { type TrainTextsOptions, trainTexts } from './train-texts.ts';
export type { Vips, VipsImage, VipsLoadOptions } from './vips.ts';
export type { WebgpuOptions } from './webgpu-sessions.ts';
