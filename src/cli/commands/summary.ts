/** @file `graft summary`: the layers of a backbone, or what a model file holds. */

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { countWeights } from '../../artifacts/count-weights.ts';
import type { ModelFile, TextModelFile } from '../../artifacts/decode-model-file.ts';
import {
  METADATA_KEY,
  type MultiLabelModelInfo,
  type RecipeModelInfo,
  type RegressionModelInfo,
  type TextModelInfo,
} from '../../artifacts/model-info.ts';
import { findConfidence } from '../../artifacts/prediction.ts';
import { visible } from '../../core/errors/visible-text.ts';
import { describeGraph } from '../../core/graph/describe-graph.ts';
import { isHubName } from '../../core/weights/hub-name.ts';
import { isOnnxPath } from '../../core/weights/onnx-file.ts';
import { loadBackbone } from '../../node/backbones/load-backbone.ts';
import { isModelFolder } from '../../node/backbones/model-folder.ts';
import { readOnnx } from '../../node/backbones/onnx-file.ts';
import { summarizeFile } from '../../node/backbones/summarize-file.ts';
import { fetchHubModel } from '../../node/download/hub-model.ts';
import { readAnyModelFile } from '../../node/files/model-file.ts';
import { formatHead } from '../../recipe/head-spec.ts';
import { hasAdapters } from '../../recipe/phase-adapters.ts';
import { listPhases } from '../../recipe/phases.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { findRange } from '../../recipe/recipe-numbers.ts';
import { type Task, taskNamed } from '../../recipe/task.ts';
import { multiLabel } from '../../recipe/tasks/multi-label.ts';
import { regression } from '../../recipe/tasks/regression.ts';
import { DEFAULT_TEXT_BACKBONE } from '../../recipe/text-defaults.ts';
import { pretrainedConfigs } from '../../vision/pretrained/pretrained-configs.ts';
import { createNumberReader } from '../arguments.ts';
import { eceText, temperatureText } from '../confidence-text.ts';
import { percent, percentInterval, short } from '../number-text.ts';
import { table } from '../table.ts';
import { measureColumns, printOut } from '../terminal.ts';

export function summaryCommand(): Command {
  return new Command('summary')
    .description(
      'Show the layers, shapes and parameters of a backbone, or what a model or a file of weights is.',
    )
    .argument(
      '<backbone|model|file>',
      'name of a backbone, model.onnx of a run, any file of weights or ONNX, or folder of Hugging Face',
    )
    .option('--size <px>', 'side of the input image of a backbone', createNumberReader(findRange('sizePx')))
    .option('--graph', 'for a model: list its operators too')
    .addHelpText(
      'after',
      `
Examples:
  $ graft summary mobilenet_v2_openimages --size 160
  $ graft summary graft-runs/photos-1/model.onnx
  $ graft summary resnet18.onnx
  $ graft summary use_lite`,
    )
    .action(summary);
}

async function summary(
  name: string,
  flags: { readonly size?: number; readonly graph?: boolean },
): Promise<void> {
  printOut(`${await describe(name, flags)}\n`);
}

async function describe(
  asked: string,
  { size, graph }: { readonly size?: number; readonly graph?: boolean },
): Promise<string> {
  const options = {
    width: Math.max(60, Math.min(measureColumns('out') ?? 98, 140)),
    inputShape: size === undefined ? undefined : ([size, size, 3] as const),
  };
  const name = isHubName(asked) ? await fetchHubModel(asked) : asked;
  if (name === DEFAULT_TEXT_BACKBONE || isFolderOfTexts(name)) {
    const { loadTextBackbone } = await import('../../node/text/load-text-backbone.ts');
    return (await loadTextBackbone(name)).model.summary(options);
  }
  const isPretrained = pretrainedConfigs.some(({ id }) => id === name);
  if (isPretrained || isModelFolder(name) || !(/[/\\.]/.test(name) || isFolder(name))) {
    const { model } = await loadBackbone(name, { ...options, weights: 'random' });
    return model.summary(options);
  }
  const isRunFolder = isFolder(name) && existsSync(join(name, 'model.onnx'));
  if (!isRunFolder && !(isOnnxPath(name) && (await isTrainedHere(name)))) return summarizeFile(name, options);
  const file = await readAnyModelFile(name);
  return graph ? `${describeModel(file)}\n\n${describeGraph(file.graph)}` : describeModel(file);
}

/** As Hugging Face writes a network of texts; one of images and texts says how images are prepared, too. */
function isFolderOfTexts(path: string): boolean {
  const has = (name: string): boolean => existsSync(join(path, name));
  return has('config.json') && has('tokenizer.json') && !has('preprocessor_config.json');
}

/** Of a damaged file, `readAnyModelFile` tells what is wrong with it. */
async function isTrainedHere(path: string): Promise<boolean> {
  try {
    return METADATA_KEY in (await readOnnx(path)).metadata;
  } catch {
    return true;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function describeModel({ info, graph, bytes }: ModelFile | TextModelFile): string {
  const parameters = countWeights(graph);
  const { words, output } = taskNamed<Task>(info.task);
  const facts: [string, string][] = [
    [words.several, info.classNames.join(', ')],
    ['input', inputOf(info)],
    ['output', `${output.name}, float32 [N, ${info.classNames.length}]`],
    ...('threshold' in info ? [['threshold', String(info.threshold)] as [string, string]] : []),
    ...(info.recipe === undefined ? [] : trainingFacts(info)),
    [
      'size',
      `${parameters.toLocaleString('en')} numbers, ${(bytes.length / 1e6).toFixed(1)} MB, ${graph.nodes.length} operators`,
    ],
    ['written by', `graft ${info.graftVersion}`],
  ];
  const width = Math.max(...facts.map(([key]) => key.length));
  const lines = facts.map(([key, value]) => `${key.padEnd(width)}  ${visible(value)}`);
  if (info.recipe !== undefined) lines.push('', metricsTable(info));
  return lines.join('\n');
}

function inputOf({ input }: ModelFile['info'] | TextModelInfo): string {
  return 'maxTokens' in input
    ? `ids, int64 [N, S], S up to ${input.maxTokens}, padded with -1; the tokenizer is inside`
    : `image, uint8 [N, ${input.heightPx}, ${input.widthPx}, 3], RGB${input.resize === 'squash' ? '' : `, ${input.resize}`}`;
}

/** A model that was trained here, with its recipe. */
type TrainedInfo = RecipeModelInfo | TextModelInfo;

function trainingFacts(info: TrainedInfo): [string, string][] {
  const { backbone, recipe, bestEpoch, epochs } = info;
  return [
    ['backbone', `${backbone.name} (${backbone.license}), cut at ${recipe.cut}`],
    ['head', formatHead(recipe.head)],
    ...adapterFacts(recipe),
    [
      'trained',
      `${recipe.optimizer}, learning rate ${recipe.learningRate}, batches of ${recipe.batchSize}, epoch ${bestEpoch} of ${epochs} kept, seed ${recipe.seed}`,
    ],
    ...confidenceFacts(info),
  ];
}

/** Of the last phase that had some. */
function adapterFacts(recipe: TrainedInfo['recipe']): [string, string][] {
  const phase = listPhases<Recipe>(recipe).findLast(hasAdapters);
  if (phase === undefined) return [];
  const { lora, loraFrom, loraTargets } = phase;
  const where = `${loraTargets?.join(', ') ?? 'all kernels'}${loraFrom ? ` from ${loraFrom} on` : ''}`;
  return [['adapters', `rank ${lora} beside ${where}; merged`]];
}

/** How sure it is, see docs/confidence.md. */
function confidenceFacts(info: TrainedInfo): [string, string][] {
  const { calibration, unknown, decision } = findConfidence(info);
  const facts: [string, string][] = [];
  if (calibration !== undefined) {
    const errors = eceText('validation', calibration.validation, calibration);
    facts.push(['calibrated', `${temperatureText(calibration)}, ${errors}`]);
  }
  if (unknown !== undefined) {
    const { threshold, kept, k } = unknown;
    facts.push(['unknown', `similarity below ${threshold.toFixed(3)} to neighbor ${k} of ${kept} examples`]);
  }
  for (const { className, threshold } of decision?.thresholds ?? []) {
    facts.push(['threshold', `${threshold.toPrecision(3)} of "${className}", for ${decision!.goal}`]);
  }
  return facts;
}

function metricsTable(info: TrainedInfo): string {
  const examples = 'modality' in info ? 'texts' : 'images';
  if (info.task === multiLabel.name) return labelMetrics(info, examples);
  if (info.task === regression.name) return valueMetrics(info, examples);
  const metrics = setsOf(info.train, info.validation, info.test).map(([set, of]) => [
    set,
    of.examples,
    percent(of.accuracy),
    percentInterval(of.interval),
    of.loss.toFixed(4),
  ]);
  return table(['set', examples, 'accuracy', '95% CI', 'loss'], metrics, { width: measureColumns('out') });
}

function labelMetrics(
  { train, validation, test }: Pick<MultiLabelModelInfo, 'train' | 'validation' | 'test'>,
  examples: string,
): string {
  const rows = setsOf(train, validation, test).map(([set, of]) => [
    set,
    of.examples,
    percent(of.exactMatch),
    percentInterval(of.interval),
    of.macro.f1.toFixed(3),
    of.macro.auc?.toFixed(3) ?? '-',
    of.loss.toFixed(4),
  ]);
  return table(['set', examples, 'exact match', '95% CI', 'macro F1', 'macro AUC', 'loss'], rows);
}

function valueMetrics(
  { train, validation, test }: Pick<RegressionModelInfo, 'train' | 'validation' | 'test'>,
  examples: string,
): string {
  const rows = setsOf(train, validation, test).flatMap(([set, { examples: count, values }]) =>
    values.map(({ name, mae, rmse, r2 }) => [
      set,
      count,
      name,
      short(mae),
      short(rmse),
      r2?.toFixed(3) ?? '-',
    ]),
  );
  return table(['set', examples, 'value', 'MAE', 'RMSE', 'R2'], rows);
}

function setsOf<F>(train: F, validation: F, test: F | undefined): [string, F][] {
  return [
    ['training', train],
    ['validation', validation],
    ...(test === undefined ? [] : [['test', test] as [string, F]]),
  ];
}
