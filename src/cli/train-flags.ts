/** @file The flags of `graft train` that say what is trained and how: each stands for a key of the recipe. */

import { type Command, Option } from 'commander';
import { parsePhase } from '../recipe/phase-text.ts';
import {
  BALANCES,
  DEFAULT_RECIPE,
  FEATURE_DTYPES,
  NUMBER_LOSSES,
  OPTIMIZER_NAMES,
  type PhaseChange,
  PRECISIONS,
  type Recipe,
  type RecipeRequest,
  TASKS,
} from '../recipe/recipe.ts';
import { findRecipe } from '../recipe/recipe-file.ts';
import { RECIPE_NUMBERS } from '../recipe/recipe-numbers.ts';
import { DEFAULT_VALIDATION } from '../runs/image-sets.ts';
import { folderOrFraction, numberOf } from './arguments.ts';

export interface RecipeFlags {
  readonly recipe?: string;
  readonly backbone?: string;
  readonly weights?: string;
  readonly cut?: string;
  readonly unfreeze?: string;
  readonly size?: number;
  readonly preprocessing?: Recipe['preprocessing'];
  readonly task?: Recipe['task'];
  readonly head?: string;
  readonly loss?: Exclude<Recipe['loss'], null>;
  readonly augment?: string;
  readonly views?: number;
  readonly precision?: Recipe['precision'];
  readonly features?: Recipe['features'];
  readonly validation?: string | number;
  readonly group?: string;
  readonly epochs?: number;
  readonly batch?: number;
  readonly optimizer?: Recipe['optimizer'];
  readonly lr?: number;
  readonly schedule?: string;
  readonly clip?: string;
  readonly weightDecay?: number;
  readonly ema?: number;
  readonly accumulate?: number;
  readonly layerDecay?: number;
  readonly labelSmoothing?: number;
  readonly balance?: Recipe['balance'];
  readonly mixup?: number;
  readonly cutmix?: number;
  readonly metrics?: readonly string[];
  readonly monitor?: string;
  readonly then?: readonly PhaseChange[];
  readonly patience?: number;
  readonly seed?: number;
}

/** What is used where nothing is said, for the help. */
const DEFAULT = DEFAULT_RECIPE;

/** Adds the flags to a command. */
export function addRecipeFlags(command: Command): Command {
  return command
    .option('--recipe <name|file>', 'take what is not said here from a recipe, see graft recipes')
    .optionsGroup('Network:')
    .option(
      '--backbone <id|file>',
      `pretrained network, see graft backbones, or its weights file (default: ${DEFAULT.backbone})`,
    )
    .option(
      '--weights <imagenet|random|file|url>',
      "weights of the backbone; imagenet downloads the official ones once (default: the backbone's own)",
    )
    .option('--cut <layer>', "layer that the head grows from (default: the backbone's best)")
    .option(
      '--size <px>',
      "side of the image that the network sees (default: the backbone's)",
      numberOf(RECIPE_NUMBERS.sizePx),
    )
    .option(
      '--preprocessing <spec>',
      'how pixels are scaled: raw, zero-to-one, minus-one-to-one, caffe, torch, or mean=0.5,std=0.5 (default: as the backbone was trained)',
    )
    .option(
      '--head <spec>',
      `linear, book, or layers: gap|gmp|flatten, dense:UNITS[:ACTIVATION], dropout:RATE (default: ${DEFAULT.head})`,
    )
    .addOption(
      new Option(
        '--task <task>',
        'what is learned: one class, any number of labels, or numbers (default: what a CSV file holds)',
      ).choices([...TASKS]),
    )
    .option('--unfreeze <layer>', 'train the backbone too, from this layer on (default: the head alone)')
    .addOption(
      new Option(
        '--precision <type>',
        `how the frozen part computes; int8 is about twice as fast, and what it costs is measured (default: ${DEFAULT.precision})`,
      ).choices([...PRECISIONS]),
    )
    .addOption(
      new Option('--features <type>', `what features are kept as (default: ${DEFAULT.features})`).choices([
        ...FEATURE_DTYPES,
      ]),
    )
    .optionsGroup('Images:')
    .option(
      '--augment <spec>',
      'random changes of the training images: book, or changes such as rotation:40,flip (default: none)',
    )
    .option(
      '--views <n>',
      `with --augment: epochs until an image's views come again; 0 draws new ones in every epoch (default: ${DEFAULT.views})`,
      numberOf(RECIPE_NUMBERS.views, 'or 0'),
    )
    .option(
      '--mixup <alpha>',
      'blend the features of two images, 0.2 a little, 1 much',
      numberOf(RECIPE_NUMBERS.mixup),
    )
    .option(
      '--cutmix <alpha>',
      "put a rectangle of another image's feature map into each, 1 as usual; with --mixup, one of the two a batch",
      numberOf(RECIPE_NUMBERS.cutmix),
    )
    .addOption(
      new Option(
        '--balance <how>',
        'make classes of unequal size equal, by weights in the loss or by drawing images more often',
      ).choices([...BALANCES]),
    )
    .option(
      '--validation <dir|share>',
      `folder or fraction to validate on (default: val/, else ${DEFAULT_VALIDATION})`,
      folderOrFraction,
    )
    .option('--group <regex>', 'images whose file names match alike stay on one side of the split')
    .optionsGroup('Training:')
    .option('--epochs <n>', `most epochs (default: ${DEFAULT.epochs})`, numberOf(RECIPE_NUMBERS.epochs))
    .option(
      '--batch <n>',
      `images in a training step (default: ${DEFAULT.batchSize})`,
      numberOf(RECIPE_NUMBERS.batchSize),
    )
    .addOption(
      new Option('--loss <name>', 'what numbers are learned by (default: mse)').choices([...NUMBER_LOSSES]),
    )
    .addOption(
      new Option('--optimizer <name>', `optimizer (default: ${DEFAULT.optimizer})`).choices([
        ...OPTIMIZER_NAMES,
      ]),
    )
    .option(
      '--lr <x>',
      `learning rate (default: ${DEFAULT.learningRate})`,
      numberOf(RECIPE_NUMBERS.learningRate),
    )
    .option('--schedule <spec>', 'how the rate changes: cosine, cosine:warmup=0.1, step:every=10, one-cycle')
    .option('--clip <spec>', 'limit gradients: value:0.5, norm:1 (of each weight), global:1 (of all)')
    .option(
      '--weight-decay <x>',
      'fraction of the weights that goes at every update, times the rate',
      numberOf(RECIPE_NUMBERS.weightDecay),
    )
    .option('--ema <momentum>', "use the weights' moving average, e.g. 0.99", numberOf(RECIPE_NUMBERS.ema))
    .option(
      '--accumulate <n>',
      'batches whose gradients make one update',
      numberOf(RECIPE_NUMBERS.accumulate),
    )
    .option(
      '--layer-decay <x>',
      "a layer's rate as a fraction of the next one's, e.g. 0.8",
      numberOf(RECIPE_NUMBERS.layerDecay),
    )
    .option(
      '--label-smoothing <x>',
      'fraction of the target that goes to the other classes, e.g. 0.1',
      numberOf(RECIPE_NUMBERS.labelSmoothing),
    )
    .option(
      '--metrics <names>',
      'more metrics: precision, recall, f1_score, auc, top_k; of numbers: rmse, mse',
      commaSeparated,
    )
    .option('--monitor <metric>', `what the best epoch is chosen by (default: ${DEFAULT.monitor})`)
    .option(
      '--patience <n>',
      `epochs without a better --monitor before it stops; 0 never stops (default: ${DEFAULT.patience})`,
      numberOf(RECIPE_NUMBERS.patience, 'or 0'),
    )
    .option(
      '--then <phase>',
      'another phase after this one, e.g. unfreeze=mixed6,lr=1e-5,epochs=10; may be given several times',
      (text: string, before: readonly PhaseChange[] = []) => [...before, parsePhase(text)],
    )
    .option(
      '--seed <n>',
      `the same seed gives the same model (default: ${DEFAULT.seed})`,
      numberOf(RECIPE_NUMBERS.seed),
    );
}

/** The recipe that is named, or the defaults, with what the flags say in its place. */
export async function recipeOf(flags: RecipeFlags): Promise<RecipeRequest> {
  const base = flags.recipe === undefined ? DEFAULT_RECIPE : (await findRecipe(flags.recipe)).recipe;
  const said: { readonly [K in keyof Recipe]: Recipe[K] | undefined } = {
    backbone: flags.backbone,
    weights: flags.weights,
    cut: flags.cut,
    unfreeze: flags.unfreeze,
    sizePx: flags.size,
    preprocessing: flags.preprocessing,
    task: flags.task,
    head: flags.head,
    loss: flags.loss,
    augmentation: flags.augment,
    views: flags.views === 0 ? null : flags.views,
    precision: flags.precision,
    features: flags.features,
    optimizer: flags.optimizer,
    learningRate: flags.lr,
    schedule: flags.schedule,
    clip: flags.clip,
    weightDecay: flags.weightDecay,
    ema: flags.ema,
    accumulate: flags.accumulate,
    layerDecay: flags.layerDecay,
    labelSmoothing: flags.labelSmoothing,
    balance: flags.balance,
    mixup: flags.mixup,
    cutmix: flags.cutmix,
    metrics: flags.metrics,
    monitor: flags.monitor,
    batchSize: flags.batch,
    epochs: flags.epochs,
    patience: flags.patience === 0 ? null : flags.patience,
    validation: flags.validation,
    group: flags.group,
    seed: flags.seed,
    phases: flags.then,
  };
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return { ...base, ...given };
}

function commaSeparated(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}
