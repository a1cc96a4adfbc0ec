/**
 * @file The table of a recipe's fields, one row each; `recipe.ts` adds `phases`, which is made of others. The types of a
 * recipe, the schemas of recipe files and model files, the flags of the command line with their help, and docs/recipe.md
 * derive from it.
 */

import { NOT_NEGATIVE, type NumberRange, POSITIVE, whole } from '../core/errors/number-range.ts';
import { formatGoal, parseGoal, type ThresholdGoal } from '../core/evaluation/decision-threshold.ts';
import { OPTIMIZER_NAMES, type RecipeOptimizerName } from '../core/optimizers/optimizers.ts';
import { requireSchedule } from '../core/optimizers/schedules/schedule-checks.ts';
import { scheduleSchema } from '../core/optimizers/schedules/schedule-schema.ts';
import type { ScheduleSpec } from '../core/optimizers/schedules/schedule-spec.ts';
import { formatSchedule, parseSchedule } from '../core/optimizers/schedules/schedule-text.ts';
import { TEXT_POOLINGS, type TextPooling } from '../text/encoders/sentence-encoder.ts';
import { LONG_TEXTS, type LongText } from '../text/modality/long-texts.ts';
import { type AugmentationSpec, augmentationSchema } from '../vision/augmentation/augmentation-spec.ts';
import { formatAugmentation, parseAugmentation } from '../vision/augmentation/augmentation-text.ts';
import { RESIZE_MODES, type ResizeMode } from '../vision/images/resize-mode.ts';
import {
  type PreprocessingChoice,
  preprocessingSchema,
} from '../vision/preprocessing/preprocessing-choice.ts';
import { formatPreprocessing, parsePreprocessing } from '../vision/preprocessing/preprocessing-text.ts';
import { clippingSchema, formatClipping, type GradientClipping, parseClipping } from './gradient-clipping.ts';
import { type HeadLayer, headSchema } from './head-layers.ts';
import { formatHead, parseHead } from './head-spec.ts';
import {
  choice,
  number,
  numberOrPath,
  orNull,
  type RecipeValue,
  structured,
  text,
  words,
} from './recipe-values.ts';
import { TASK_ALIASES, TASK_LOSSES, TASK_NAMES, type Task, type TaskLoss } from './task.ts';
import { goalSchema } from './threshold-goal.ts';

/** One field of a recipe. */
export interface RecipeField<T = unknown> {
  readonly value: RecipeValue<T, unknown>;
  /** Where nothing is said. Without it, the network or the data tells. */
  readonly default?: T;
  /** What a recipe of version 0.1 means that does not have the field. Without it, all have. */
  readonly before?: T;
  /** Where the help stands. */
  readonly group: string;
  /** Of the command line, and what stands for the value: `--lr <x>`. */
  readonly flag: string;
  /** A flag without a value that says the same as null. */
  readonly offFlag?: string;
  /** Other names of the flag, which the help does not list. */
  readonly hiddenFlags?: readonly string[];
  /** Its short name in a further phase, if a phase may change it. */
  readonly phaseKey?: string;
  /** The only kind of examples whose recipes have it. Default: all have. */
  readonly of?: 'images' | 'texts';
  /** For the help and docs/recipe.md: a clause without an end. */
  readonly description: string;
  /** What is taken where nothing is said, if the default does not tell. */
  readonly otherwise?: string;
}

type Balance = 'none' | 'weights' | 'sampler';
type Precision = 'float32' | 'int8';
type Calibration = 'temperature' | 'none';
type FeatureDType = 'float16' | 'float32';
type KeptEpoch = 'best' | 'last';

const FRACTION: NumberRange = { isWhole: false, min: 0, max: 1 };
/** Beyond, all mixing is the same: by halves, or none. */
const ALPHA: NumberRange = { isWhole: false, min: 0.001, max: 1000 };
/** More are a slip of the keyboard, and would be counted in memory. */
const MANY = 1_000_000;
/** The fraction of the images that validates where the data has no validation folder and nothing was said. */
export const DEFAULT_VALIDATION = 0.2;

/** In the order in which files and the help have them. */
export const RECIPE_FIELDS = {
  backbone: {
    value: text('a name, a file, or `hf:OWNER/NAME`') as RecipeValue<string>,
    default: 'mobilenet_v2_openimages',
    group: 'Network',
    flag: '--backbone <id|file|hf:OWNER/NAME>',
    description: 'pretrained network, see graft backbones, its weights file, or a model of the hub',
  },
  weights: {
    value: orNull(text('`imagenet`, `random`, a file or an address')) as RecipeValue<string | null>,
    default: null,
    group: 'Network',
    flag: '--weights <imagenet|random|file|url>',
    description: 'weights of the backbone; imagenet downloads the official ones once',
    otherwise: "the backbone's own",
  },
  cut: {
    value: text('a layer') as RecipeValue<string>,
    group: 'Network',
    flag: '--cut <layer>',
    description: 'layer that the head grows from',
    otherwise: "the backbone's best",
  },
  sizePx: {
    // Far beyond what any network was made for; whether it fits into the memory is looked at when the network is known.
    value: number(whole(1, 16_384)) as RecipeValue<number>,
    of: 'images' as const,
    group: 'Network',
    flag: '--size <px>',
    description: 'side of the square image that the network sees',
    otherwise: "the backbone's",
  },
  resize: {
    value: choice(RESIZE_MODES) as RecipeValue<ResizeMode>,
    before: 'squash' as ResizeMode,
    of: 'images' as const,
    group: 'Network',
    flag: '--resize <how>',
    description:
      'what becomes of an image that is not square: squashed, its center cropped, or whole between black bars',
    otherwise: 'squash',
  },
  preprocessing: {
    value: structured({
      expected:
        '`backbone` (as it was trained), `raw`, `zero-to-one`, `minus-one-to-one`, `caffe`, `torch`, or `{ mean, std }` of 3 numbers each for pixels in [0, 1]',
      schema: preprocessingSchema,
      parse: parsePreprocessing,
      format: formatPreprocessing,
    }) as RecipeValue<PreprocessingChoice, PreprocessingChoice | string>,
    default: 'backbone' as PreprocessingChoice,
    group: 'Network',
    flag: '--preprocessing <spec>',
    description:
      'how pixels are scaled: raw, zero-to-one, minus-one-to-one, caffe, torch, or mean=0.5,std=0.5',
    otherwise: 'as the backbone was trained',
  },
  head: {
    value: structured({
      expected:
        'layers: `{ type }` of `gap`, `gmp` or `flatten`; `{ type: "dense", units, activation }`; `{ type: "dropout", rate }`',
      schema: headSchema,
      parse: parseHead,
      format: formatHead,
    }) as RecipeValue<readonly HeadLayer[], readonly HeadLayer[] | string>,
    default: [{ type: 'gap' }] as readonly HeadLayer[],
    group: 'Network',
    flag: '--head <spec>',
    description:
      'linear, flatten-dense-1024, or layers: gap|gmp|flatten, dense:UNITS[:ACTIVATION], dropout:RATE',
  },
  task: {
    value: choice(TASK_NAMES, TASK_ALIASES) as RecipeValue<Task>,
    before: TASK_NAMES[0] as Task,
    group: 'Network',
    flag: '--task <task>',
    description: 'what is learned: one class, any number of labels, or values',
    otherwise: 'what a CSV file holds',
  },
  unfreeze: {
    value: orNull(text('a layer')) as RecipeValue<string | null>,
    default: null,
    before: null,
    group: 'Network',
    flag: '--unfreeze <layer>',
    phaseKey: 'unfreeze',
    description: 'train the backbone too, from this layer on',
    otherwise: 'the head alone',
  },
  precision: {
    value: choice(['float32', 'int8']) as RecipeValue<Precision>,
    default: 'float32' as Precision,
    before: 'float32' as Precision,
    group: 'Network',
    flag: '--precision <type>',
    description: 'how the frozen part computes; int8 is about twice as fast, and what it costs is measured',
  },
  features: {
    value: choice(['float16', 'float32']) as RecipeValue<FeatureDType>,
    default: 'float16' as FeatureDType,
    before: 'float32' as FeatureDType,
    group: 'Network',
    flag: '--features <type>',
    description: 'what features are kept as',
  },
  augmentation: {
    value: orNull(
      structured({
        expected:
          '`{ rotation, widthShift, heightShift, shear, zoom, horizontalFlip, verticalFlip, brightness, contrast, saturation, fill, fillValue, randomResizedCrop: { scale, ratio }, randAugment: { numOps, magnitude } }`, as far as they change something',
        schema: augmentationSchema,
        parse: parseAugmentation,
        format: formatAugmentation,
      }),
      'none',
    ) as RecipeValue<AugmentationSpec | null, AugmentationSpec | string | null>,
    default: null,
    group: 'Images',
    flag: '--augment <spec>',
    hiddenFlags: ['--augmentation'] as const,
    description:
      'random changes of the training images: geometric, or changes such as rotation:40,flip or crop,randAugment, see graft augment',
    otherwise: 'none',
  },
  views: {
    value: orNull(number(whole(1, MANY)), '0') as RecipeValue<number | null>,
    default: 10,
    before: null,
    group: 'Images',
    flag: '--views <n>',
    description: "with --augment: epochs until an image's views come again; 0 draws new ones in every epoch",
  },
  mixup: {
    value: orNull(number(ALPHA)) as RecipeValue<number | null>,
    default: null,
    before: null,
    group: 'Images',
    flag: '--mixup <alpha>',
    description: 'blend the features of two examples, 0.2 a little, 1 much',
  },
  cutmix: {
    value: orNull(number(ALPHA)) as RecipeValue<number | null>,
    default: null,
    before: null,
    group: 'Images',
    flag: '--cutmix <alpha>',
    description:
      "put a rectangle of another image's feature map into each, 1 as usual; with --mixup, one of the two a batch",
  },
  balance: {
    value: choice(['none', 'weights', 'sampler']) as RecipeValue<Balance>,
    default: 'none' as Balance,
    before: 'none' as Balance,
    group: 'Images',
    flag: '--balance <how>',
    description:
      'make classes of unequal size equal, by weights in the loss or by drawing examples more often',
  },
  validation: {
    value: orNull(
      numberOrPath({ ...FRACTION, isAboveMin: true, isBelowMax: true }, 'a fraction, or a folder'),
    ) as RecipeValue<number | string | null>,
    default: null,
    group: 'Images',
    flag: '--validation <dir|fraction>',
    description: 'folder or fraction to validate on',
    otherwise: `val/, else ${DEFAULT_VALIDATION}`,
  },
  group: {
    value: orNull(text('a regular expression')) as RecipeValue<string | null>,
    default: null,
    group: 'Images',
    flag: '--group <regex>',
    description: 'images whose file names match alike stay on one side of the split',
  },
  maxTokens: {
    value: number(whole(1, 16_384)) as RecipeValue<number>,
    of: 'texts' as const,
    group: 'Texts',
    flag: '--max-tokens <n>',
    description: 'the most tokens of a text that the network sees',
    otherwise: 'what the backbone takes',
  },
  long: {
    value: choice(LONG_TEXTS) as RecipeValue<LongText>,
    of: 'texts' as const,
    group: 'Texts',
    flag: '--long <part>',
    description:
      'what is read of a longer text: its beginning, its first quarter and its end, or all in windows',
    otherwise: 'head',
  },
  ngrams: {
    value: orNull(number(whole(1, 5)), '0') as RecipeValue<number | null>,
    of: 'texts' as const,
    group: 'Texts',
    flag: '--ngrams <n>',
    description: "runs of up to so many tokens, counted beside the network's features; 2 suits many texts",
    otherwise: 'none',
  },
  pooling: {
    value: orNull(choice(TEXT_POOLINGS)) as RecipeValue<TextPooling | null>,
    before: null,
    of: 'texts' as const,
    group: 'Texts',
    flag: '--pooling <how>',
    description:
      "how a text's vector is made of its tokens': their mean, or that of the first or the last one",
    otherwise: "the backbone's own",
  },
  lora: {
    value: orNull(number(whole(1, 1024)), '0') as RecipeValue<number | null>,
    before: null,
    of: 'texts' as const,
    group: 'Texts',
    flag: '--lora <rank>',
    phaseKey: 'lora',
    description: 'train low-rank adapters of the network with the head; 8 suits most',
    otherwise: 'none',
  },
  loraFrom: {
    value: orNull(text('a layer, or what its name begins with')) as RecipeValue<string | null>,
    before: null,
    of: 'texts' as const,
    group: 'Texts',
    flag: '--lora-from <layer>',
    phaseKey: 'lora-from',
    description: 'first layer with adapters; what lies below is computed once',
    otherwise: 'all have some',
  },
  loraTargets: {
    value: orNull(words('names of projections, such as `query` and `value`')) as RecipeValue<
      readonly string[] | null,
      readonly string[] | string | null
    >,
    before: null,
    of: 'texts' as const,
    group: 'Texts',
    flag: '--lora-targets <names>',
    phaseKey: 'lora-targets',
    description:
      'projections with adapters: query, key, value, attention_output, or what dense layers are called',
    otherwise: 'all of them',
  },
  epochs: {
    value: number(whole(1, MANY)) as RecipeValue<number>,
    default: 100,
    group: 'Training',
    flag: '--epochs <n>',
    phaseKey: 'epochs',
    description: 'most epochs',
  },
  batchSize: {
    value: number(whole(1, MANY)) as RecipeValue<number>,
    default: 32,
    group: 'Training',
    flag: '--batch <n>',
    hiddenFlags: ['--batch-size'] as const,
    phaseKey: 'batch',
    description: 'examples in a training step',
  },
  loss: {
    value: orNull(choice(TASK_LOSSES)) as RecipeValue<TaskLoss | null>,
    default: null,
    before: null,
    group: 'Training',
    flag: '--loss <name>',
    description: 'what values are learned by; classes and labels have cross-entropy',
    otherwise: 'mse',
  },
  optimizer: {
    value: choice(OPTIMIZER_NAMES) as RecipeValue<RecipeOptimizerName>,
    default: 'adam' as RecipeOptimizerName,
    group: 'Training',
    flag: '--optimizer <name>',
    phaseKey: 'optimizer',
    description: 'how gradients become updates; lbfgs solves a linear head to its optimum',
  },
  l2: {
    value: orNull(number(NOT_NEGATIVE)) as RecipeValue<number | null>,
    before: null,
    default: null,
    group: 'Training',
    flag: '--l2 <x>',
    description: 'with --optimizer lbfgs: strength of the penalty on the weights of standardized features',
    otherwise: 'chosen by 5 folds of the training images',
  },
  learningRate: {
    value: number(POSITIVE) as RecipeValue<number>,
    default: 2e-3,
    group: 'Training',
    flag: '--lr <x>',
    hiddenFlags: ['--learning-rate'] as const,
    phaseKey: 'lr',
    description: 'learning rate',
  },
  schedule: {
    value: orNull(
      structured({
        expected:
          '`{ type: "constant" | "step" | "piecewise" | "exponential" | "inverse-time" | "polynomial" | "cosine" | "cosine-restarts" | "one-cycle", ... }`',
        schema: scheduleSchema,
        parse: parseSchedule,
        format: formatSchedule,
        check: requireSchedule,
      }),
      'none',
    ) as RecipeValue<ScheduleSpec | null, ScheduleSpec | string | null>,
    default: null,
    before: null,
    group: 'Training',
    flag: '--schedule <spec>',
    phaseKey: 'schedule',
    description: 'how the rate changes: cosine, cosine:warmup=0.1, step:every=10, one-cycle',
  },
  clip: {
    value: orNull(
      structured({
        expected: '`{ type: "value" | "norm" | "global", limit }`',
        schema: clippingSchema,
        parse: parseClipping,
        format: formatClipping,
      }),
      'none',
    ) as RecipeValue<GradientClipping | null, GradientClipping | string | null>,
    default: null,
    before: null,
    group: 'Training',
    flag: '--clip <spec>',
    description: 'limit gradients: value:0.5, norm:1 (of each weight), global:1 (of all)',
  },
  weightDecay: {
    value: orNull(number(FRACTION)) as RecipeValue<number | null>,
    default: null,
    before: null,
    group: 'Training',
    flag: '--weight-decay <x>',
    description: 'fraction of the weights that goes at every update, times the rate; biases are left out',
    otherwise: "the optimizer's",
  },
  ema: {
    // An average that nothing is added to stays what it was.
    value: orNull(number({ ...FRACTION, isBelowMax: true })) as RecipeValue<number | null>,
    default: null,
    before: null,
    group: 'Training',
    flag: '--ema <momentum>',
    description: "use the weights' moving average, e.g. 0.99",
  },
  accumulate: {
    value: number(whole(1, MANY)) as RecipeValue<number>,
    default: 1,
    before: 1,
    group: 'Training',
    flag: '--accumulate <n>',
    description: 'batches whose gradients make one update',
  },
  layerDecay: {
    value: orNull(number({ ...FRACTION, isAboveMin: true })) as RecipeValue<number | null>,
    default: null,
    before: null,
    group: 'Training',
    flag: '--layer-decay <x>',
    description: "a layer's rate as a fraction of the next one's, e.g. 0.8",
  },
  labelSmoothing: {
    value: number({ ...FRACTION, isBelowMax: true }) as RecipeValue<number>,
    default: 0,
    before: 0,
    group: 'Training',
    flag: '--label-smoothing <x>',
    description: 'fraction of the target that goes to the other classes, e.g. 0.1',
  },
  metrics: {
    value: words("metrics by Keras' names") as RecipeValue<readonly string[], readonly string[] | string>,
    default: [] as readonly string[],
    before: [] as readonly string[],
    group: 'Training',
    flag: '--metrics <names>',
    description: 'more metrics: precision, recall, f1_score, auc, top_k; of values: rmse, mse',
  },
  monitor: {
    value: text('a metric, such as `val_loss` or `val_accuracy`') as RecipeValue<string>,
    default: 'val_loss',
    before: 'val_loss',
    group: 'Training',
    flag: '--monitor <metric>',
    description: 'what the best epoch is chosen by',
  },
  keepEpoch: {
    value: choice(['best', 'last']) as RecipeValue<KeptEpoch>,
    default: 'best' as KeptEpoch,
    before: 'best' as KeptEpoch,
    group: 'Training',
    flag: '--keep-epoch <which>',
    phaseKey: 'keep-epoch',
    description:
      "whose weights are kept: the best epoch's by --monitor, or the last one's, for short trainings with a falling rate",
    otherwise: 'best; with --lora and its usual epochs, last',
  },
  patience: {
    value: orNull(number(whole(1, MANY)), '0') as RecipeValue<number | null>,
    default: 10,
    group: 'Training',
    flag: '--patience <n>',
    phaseKey: 'patience',
    description: 'epochs without a better --monitor before it stops; 0 never stops',
  },
  seed: {
    value: number(whole(Number.MIN_SAFE_INTEGER)) as RecipeValue<number>,
    default: 1,
    group: 'Training',
    flag: '--seed <n>',
    description: 'the same seed gives the same model',
  },
  calibration: {
    value: choice(['temperature', 'none']) as RecipeValue<Calibration>,
    default: 'temperature' as Calibration,
    before: 'none' as Calibration,
    group: 'Confidence',
    flag: '--calibration <how>',
    description:
      'whether probabilities of classes and labels are scaled to be as sure as they are right on validation, where its folds say that it helps',
  },
  unknown: {
    value: orNull(number({ ...FRACTION, isAboveMin: true, isBelowMax: true }), '0') as RecipeValue<
      number | null
    >,
    default: 0.01,
    before: null,
    group: 'Confidence',
    flag: '--unknown <rate>',
    offFlag: '--no-unknown',
    description:
      'fraction of good examples that may be called unknown, as unlike all of the training; 0 (--no-unknown) calls none so',
  },
  threshold: {
    value: orNull(
      structured({
        expected: '`{ metric: "recall" | "precision", value, className }`, or `{ metric: "f1" }`',
        schema: goalSchema,
        parse: parseGoal,
        format: formatGoal,
      }),
      'none',
    ) as RecipeValue<ThresholdGoal | null, ThresholdGoal | string | null>,
    default: null,
    before: null,
    group: 'Confidence',
    flag: '--threshold <goal>',
    description:
      'probability from which a label, or one of two classes, is given, by what it is to reach on validation: recall=0.99, precision=0.95, f1',
    otherwise: '0.5',
  },
};
