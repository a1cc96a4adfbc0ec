/** @file `graft train`: folders of pictures in, a model file and its figures out. */

import { Command, Option } from 'commander';
import { classifierGraph, classifierInfo } from '../../artifacts/classifier-file.ts';
import { claimRunFolder, releaseRunFolder, requireRoom, writeRun } from '../../artifacts/run-folder.ts';
import type { FitProgress } from '../../training/fit.ts';
import type { EpochRecord } from '../../training/history.ts';
import { DEFAULT_VALIDATION, gatherPictures, type PictureSets } from '../../training/picture-sets.ts';
import {
  DEFAULT_RECIPE,
  OPTIMIZER_NAMES,
  PREPROCESSING_NAMES,
  type Recipe,
  type RecipeRequest,
} from '../../training/recipe.ts';
import { findRecipe } from '../../training/recipe-file.ts';
import {
  type ClassifierModel,
  type TrainedClassifier,
  trainClassifier,
} from '../../training/train-classifier.ts';
import type { DownloadProgress } from '../../weights/download/download.ts';
import { folderOrShare, positiveNumber, wholeNumber } from '../arguments.ts';
import { EXIT } from '../failure.ts';
import { sayConfusion, saySkipped } from '../figures.ts';
import { interruptible } from '../interruption.ts';
import { duration, percent, type StageProgress, say, startProgress, styled } from '../terminal.ts';
import { VERSION } from '../version.ts';

interface TrainFlags {
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly recipe?: string;
  readonly backbone?: string;
  readonly weights?: string;
  readonly cut?: string;
  readonly size?: number;
  readonly preprocessing?: Recipe['preprocessing'];
  readonly head?: string;
  readonly augment?: string;
  readonly validation?: string | number;
  readonly group?: string;
  readonly epochs?: number;
  readonly batch?: number;
  readonly optimizer?: Recipe['optimizer'];
  readonly lr?: number;
  readonly patience?: number;
  readonly seed?: number;
  readonly strict?: boolean;
  readonly threads?: number;
  readonly json?: boolean;
}

/** What is used where nothing is said, for the help. */
const DEFAULT = DEFAULT_RECIPE;

export function trainCommand(): Command {
  return new Command('train')
    .description('Train a classifier on a folder with one folder of pictures for each class.')
    .argument('<dir>', 'folder of class folders, or of train/, val/ and test/ with class folders')
    .option('--out <run>', 'folder for the result (default: the next free graft-runs/NAME-N)')
    .option('--overwrite', 'use the folder of --out even if it holds files')
    .option('--recipe <name|file>', 'take what is not said here from a recipe, see graft recipes')
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
      "side of the picture that the network sees (default: the backbone's)",
      wholeNumber(1),
    )
    .addOption(
      new Option(
        '--preprocessing <name>',
        'how pixels are scaled (default: as the backbone was trained)',
      ).choices([...PREPROCESSING_NAMES]),
    )
    .option(
      '--head <spec>',
      `linear, book, or layers: gap|gmp|flatten, dense:UNITS[:ACTIVATION], dropout:RATE (default: ${DEFAULT.head})`,
    )
    .option(
      '--augment <spec>',
      'random changes of the training pictures: book, or changes such as rotation:40,flip (default: none)',
    )
    .option(
      '--validation <dir|share>',
      `folder or share to validate on (default: val/, else ${DEFAULT_VALIDATION})`,
      folderOrShare,
    )
    .option('--group <regex>', 'pictures whose file names match alike stay on one side of the split')
    .option('--epochs <n>', `most epochs (default: ${DEFAULT.epochs})`, wholeNumber(1))
    .option('--batch <n>', `pictures in a training step (default: ${DEFAULT.batchSize})`, wholeNumber(1))
    .addOption(
      new Option('--optimizer <name>', `optimiser (default: ${DEFAULT.optimizer})`).choices([
        ...OPTIMIZER_NAMES,
      ]),
    )
    .option('--lr <x>', `learning rate (default: ${DEFAULT.learningRate})`, positiveNumber)
    .option(
      '--patience <n>',
      `epochs without a better validation loss before it stops; 0 never stops (default: ${DEFAULT.patience})`,
      wholeNumber(0),
    )
    .option('--seed <n>', `the same seed gives the same model (default: ${DEFAULT.seed})`, wholeNumber(0))
    .option('--threads <n>', 'processor threads (default: all)', wholeNumber(1))
    .option('--strict', 'fail at the first picture that cannot be read')
    .option('--json', 'print the result as one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ graft train photos
  $ graft train photos --validation 0.3 --group '^[a-z]+[0-9]+' --seed 7
  $ graft train photos --head flatten,dense:256:relu,dropout:0.2 --optimizer rmsprop --lr 1e-4 --out runs/dense
  $ graft train photos --recipe book-mobilenet
  $ graft train photos --recipe graft-runs/photos-1/recipe.json     the same again
  $ graft train photos --backbone inception_v3 --weights inception_v3.h5 --cut mixed7 --size 150 --head book

Ctrl-C stops after the step in progress and keeps the best epoch so far.`,
    )
    .action(train);
}

/** The recipe that is named, or the defaults, with what the flags say in its place. */
async function recipeOf(flags: TrainFlags): Promise<RecipeRequest> {
  const base = flags.recipe === undefined ? DEFAULT_RECIPE : (await findRecipe(flags.recipe)).recipe;
  const said: { readonly [K in keyof Recipe]: Recipe[K] | undefined } = {
    backbone: flags.backbone,
    weights: flags.weights,
    cut: flags.cut,
    sizePx: flags.size,
    preprocessing: flags.preprocessing,
    head: flags.head,
    augmentation: flags.augment,
    optimizer: flags.optimizer,
    learningRate: flags.lr,
    batchSize: flags.batch,
    epochs: flags.epochs,
    patience: flags.patience === 0 ? null : flags.patience,
    validation: flags.validation,
    group: flags.group,
    seed: flags.seed,
  };
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return { ...base, ...given };
}

async function train(dir: string, flags: TrainFlags): Promise<void> {
  const started = performance.now();
  const { signal, release } = interruptible('Stopping after this step.');
  let run: string | undefined;
  const progress = new TrainingProgress();
  try {
    const recipe = await recipeOf(flags);
    const pictures = await gatherPictures(dir, recipe);
    run = await claimRunFolder(flags.out, dir, flags.overwrite ?? false);
    const folder = run;
    sayPlan(dir, pictures);
    const trained = await trainClassifier(pictures, {
      folder: dir,
      recipe,
      strict: flags.strict ?? false,
      signal,
      ...(flags.threads !== undefined && { threads: flags.threads }),
      onDownload: (download) => progress.onDownload(download),
      onModel: async (classifier) => {
        await requireRoom(folder, classifier.parameters.total);
        progress.onModel(classifier, pictures);
      },
      onFeatures: (done, total, epoch) => progress.onFeatures(done, total, epoch),
      onStep: (fit) => progress.onStep(fit),
      onEpoch: (record) => progress.onEpoch(record),
    });
    progress.close();
    const info = classifierInfo(trained, VERSION);
    const model = await writeRun(run, classifierGraph(trained), info, trained.history);
    const seconds = { ...trained.seconds, total: (performance.now() - started) / 1000 };
    if (flags.json) process.stdout.write(`${JSON.stringify(report(run, model, trained, seconds))}\n`);
    sayResult(trained, run, model, seconds.total);
    if (trained.history.ended === 'interrupted') process.exitCode = EXIT.interrupted;
  } finally {
    progress.close('not finished');
    if (run !== undefined) await releaseRunFolder(run);
    release();
  }
}

/** The document of `--json`; other programs rely on its shape. */
function report(
  run: string,
  model: string,
  trained: TrainedClassifier,
  seconds: { features: number; training: number; total: number },
): Record<string, unknown> {
  const { train, validation, test, history } = trained;
  return {
    run,
    model,
    classes: trained.classes,
    train: { images: train.images, loss: train.loss, accuracy: train.accuracy },
    validation: {
      images: validation.images,
      loss: validation.loss,
      accuracy: validation.accuracy,
      interval: validation.interval,
    },
    ...(test && {
      test: { images: test.images, loss: test.loss, accuracy: test.accuracy, interval: test.interval },
    }),
    epochs: history.epochs.length,
    bestEpoch: trained.bestEpoch,
    parameters: trained.parameters,
    seconds,
    imagesPerSecond: trained.imagesPerSecond,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    skipped: trained.skipped,
  };
}

function sayPlan(dir: string, pictures: PictureSets): void {
  const { classes, train, validation, test } = pictures;
  const sizes = [
    `${train.length} pictures to train on`,
    `${validation.length} to validate (${pictures.validationSource})`,
    ...(test ? [`${test.length} to test`] : []),
  ];
  const names = `${classes.slice(0, 8).join(', ')}${classes.length > 8 ? ', ...' : ''}`;
  say(`${styled('bold', dir)}: ${classes.length} classes (${names})`);
  say(sizes.join(', '));
  for (const warning of pictures.warnings) say(`${styled('yellow', 'note')} ${warning}`);
}

/** The two stages of a run, as people see them. */
class TrainingProgress {
  #download: StageProgress | undefined;
  #features: StageProgress | undefined;
  #training: StageProgress | undefined;
  #last = '';
  #epochs = 0;
  #augments = false;

  onDownload({ receivedBytes, totalBytes }: DownloadProgress): void {
    const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
    this.#download ??= startProgress('weights', megabytes(totalBytes ?? receivedBytes), 'MB');
    this.#download.update(megabytes(receivedBytes));
  }

  onModel({ parameters, recipe }: ClassifierModel, pictures: PictureSets): void {
    this.#download?.stop();
    say(`${recipe.backbone}, frozen, cut at ${recipe.cut}, ${recipe.sizePx} px`);
    const [trainable, total] = [parameters.trainable, parameters.total].map((n) => n.toLocaleString('en'));
    say(`head ${recipe.head}: ${trainable} of ${total} parameters are trained`);
    const { train, validation, test } = pictures;
    this.#epochs = recipe.epochs;
    this.#augments = recipe.augmentation !== null;
    const count = (this.#augments ? 0 : train.length) + validation.length + (test?.length ?? 0);
    this.#features = startProgress('features', count, 'pictures');
  }

  /** With augmentation, the training pictures go through the frozen part in every epoch: that is what takes time. */
  onFeatures(done: number, total: number, epoch: number): void {
    if (epoch === 0) this.#features?.update(done);
    else this.#startTraining(this.#epochs * total, 'pictures').update((epoch - 1) * total + done, this.#last);
  }

  onStep({ epoch, epochs, step, steps }: FitProgress): void {
    if (this.#augments) return;
    this.#startTraining(epochs * steps, 'steps').update((epoch - 1) * steps + step, this.#last);
  }

  onEpoch({ epoch, logs }: EpochRecord): void {
    const accuracy = logs['val_accuracy'];
    this.#last = `epoch ${epoch}${accuracy === undefined ? '' : `, validation ${percent(accuracy)}`}`;
  }

  #startTraining(total: number, unit: string): StageProgress {
    if (this.#training === undefined) {
      this.#features?.stop();
      this.#training = startProgress('training', total, unit);
    }
    return this.#training;
  }

  /** Ends what is on the screen; harmless when it has ended. */
  close(outcome?: string): void {
    this.#download?.stop(outcome);
    this.#features?.stop(outcome);
    this.#training?.stop(outcome);
  }
}

function sayResult(trained: TrainedClassifier, run: string, model: string, seconds: number): void {
  const { history, train, validation, test } = trained;
  say();
  const why = { epochs: '', stopped: ', stopped early', interrupted: ', interrupted' }[history.ended];
  say(`${history.epochs.length} epochs${why}; kept the weights of epoch ${trained.bestEpoch}`);
  say(`training    ${percent(train.accuracy)} of ${train.images} pictures, loss ${train.loss.toFixed(4)}`);
  for (const [name, figures] of [['validation', validation] as const, ['test      ', test] as const]) {
    if (figures === undefined) continue;
    const [low, high] = figures.interval;
    say(
      `${name}  ${styled('bold', percent(figures.accuracy))} of ${figures.images} pictures, loss ${figures.loss.toFixed(4)}, ` +
        `95 % interval ${percent(low)} to ${percent(high)}`,
    );
  }
  sayConfusion(test ?? validation);
  saySkipped(trained.skipped);
  say(
    `${duration(seconds)} in all, ${trained.imagesPerSecond.toFixed(0)} pictures a second through the frozen part`,
  );
  say(`model       ${styled('bold', model)}`);
  say(`also there  history.csv, recipe.json, curves.svg in ${run}`);
}
