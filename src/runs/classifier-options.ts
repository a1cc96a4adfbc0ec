/** @file What one may say of the training of a classifier, and what is known of it before it begins. */

import type { Example } from '../core/examples/example.ts';
import type { Modality } from '../core/examples/modality.ts';
import type { FeatureStores } from '../core/features/feature-spaces.ts';
import type { ExtractedSets } from '../core/features/sample-sets.ts';
import type { Callback } from '../core/fit/callbacks/callback.ts';
import type { FitProgress } from '../core/fit/fit-options.ts';
import type { EpochRecord } from '../core/fit/history.ts';
import type { RunCheckpoints } from '../core/fit/run-checkpoints.ts';
import type { Functional } from '../core/layers/functional.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import type { DownloadProgress, FetchWeightsOptions } from '../core/weights/download-options.ts';
import type { ImageRecipe, Recipe, RecipeInput } from '../recipe/recipe.ts';
import type { ReportOf, Task } from '../recipe/task.ts';
import type { Backbone } from '../vision/backbone/backbone.ts';
import type { ImageReader } from '../vision/images/image-reader.ts';
import type { Preprocessing } from '../vision/preprocessing/preprocessing.ts';
import type { HeldOutExplanation, HeldOutOutputs } from './confidence/confidence.ts';
import type { Preflight } from './estimate/estimate-report.ts';

/** What one hears while a classifier is trained. */
export interface ClassifierEvents {
  /** While the backbone's weights are downloaded, which happens only where the recipe asks for it by name. */
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
  /** Before the long work; what it throws ends the run. */
  readonly onModel?: ((classifier: ClassifierModel) => void | Promise<void>) | undefined;
  /** Before the long work, with what it will need; what it throws ends the run. Measured only if one listens. */
  readonly onPreflight?: ((estimate: Preflight) => void | Promise<void>) | undefined;
  /** After every batch of images through the frozen part; `epoch` is 0 before training. */
  readonly onFeatures?: ((done: number, total: number, epoch: number) => void) | undefined;
  /** At the beginning of each phase. @param features - Images whose features the phase begins with. */
  readonly onPhase?: ((index: number, phase: Recipe, features: number) => void) | undefined;
  readonly onStep?: ((progress: FitProgress) => void) | undefined;
  readonly onEpoch?: ((record: EpochRecord) => void) | undefined;
}

/** What `trainClassifier` takes beside the images. */
export interface ClassifierOptions extends ClassifierEvents, RuntimeOptions {
  /** For messages: the folder as the person wrote it. */
  readonly folder: string;
  readonly recipe: RecipeInput;
  /** What reads the images. Default: files of this machine. */
  readonly images?: ImageReader | undefined;
  /** The kind of the examples, for a classifier and a phase of its training. Default: images, read by `images`. */
  readonly modality?: ModalityFor | undefined;
  /** How the backbone's weights are fetched, where the recipe asks for them by name or address. */
  readonly download?: FetchWeightsOptions | undefined;
  /** Where features are kept between runs. Default: nowhere. */
  readonly featureStores?: FeatureStores | undefined;
  /** Where the features come from, if they were extracted before. */
  readonly extracted?: ExtractedSets | undefined;
  /** Where the run's states are kept, to go on from after a crash. Default: nowhere. */
  readonly checkpoints?: RunCheckpoints | undefined;
  /** Whether the weights of each phase's last epoch are kept, and not those of the best. Default false. */
  readonly keepsLastEpoch?: boolean | undefined;
  /** Whether it is measured how sure the trained model is, see `Confidence`; or whether one of such metrics will be kept. Default true. */
  readonly measuresConfidence?:
    | boolean
    | ((metrics: { readonly validation: ReportOf[Task] }) => boolean)
    | undefined;
  /** Callbacks of one's own, after early stopping. Their epochs are counted over all phases. */
  readonly callbacks?: readonly Callback[] | undefined;
  /** Unreadable images are fatal. Default: they are left out and listed. */
  readonly strict?: boolean | undefined;
  readonly threads?: number | undefined;
  /** Before training: gives up. While training: stops, keeps the best weights and goes on to the metrics. */
  readonly signal?: AbortSignal | undefined;
}

/** The same, when nothing is left to the machine: images have what reads them, others their modality. */
export interface TrainingOptions extends ClassifierOptions {
  /** Explains some outputs for held-out examples, where features are kept: what fails of it is left out. Default: nothing is explained. */
  readonly explain?: ExplainOutputs | undefined;
}

/**
 * Explains what a trained model gives for held-out examples.
 *
 * @param held - With the thresholds by which it decides, of each class that has one.
 * @param outputsOf - What the model gives for others, `[N, classes]`: features that are known are not computed again.
 */
export type ExplainOutputs = (
  held: HeldOutOutputs & { readonly thresholds: ReadonlyMap<string, number> | undefined },
  outputsOf: (examples: readonly Example[], onProgress: (done: number) => void) => Promise<Float32Array>,
) => Promise<readonly HeldOutExplanation[]>;

/** A network with a head, ready to be trained, whatever kind of example it sees. */
export interface TrainableModel {
  readonly model: Functional;
  /** What the head grows from, and at which layer. */
  readonly backbone: Pick<Backbone, 'model' | 'cut'> & Partial<Pick<Backbone, 'pretrainedConfig' | 'parts'>>;
  /** What is done to pixels, of a network for images. */
  readonly preprocessing?: Preprocessing | undefined;
  readonly recipe: Recipe;
  readonly parameters: { readonly total: number; readonly trainable: number };
}

/** What of a network its modality depends on. */
export type SeeingNetwork = Pick<TrainableModel, 'model' | 'backbone' | 'preprocessing'>;

/** The modality for a network, and for a phase of its training. */
export type ModalityFor = (network: SeeingNetwork, phase: Recipe) => Modality;

/** A backbone for images with a head, ready to be trained. */
export interface ClassifierModel extends TrainableModel {
  /** Its weights behind the cut may be missing: a head there does not need them. */
  readonly backbone: Backbone;
  /** What is done to pixels: the backbone's own, or what the recipe says. */
  readonly preprocessing: Preprocessing;
  /** Complete: with the cut and size that were used. */
  readonly recipe: ImageRecipe;
}
