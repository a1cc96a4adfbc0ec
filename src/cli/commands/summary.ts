/** @file `graft summary`: the layers of a backbone, or what a model file holds. */

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { type ModelFile, readModelFile } from '../../artifacts/model-file.ts';
import { METADATA_KEY } from '../../artifacts/model-info.ts';
import { describeGraph } from '../../graph/describe-graph.ts';
import { backboneCards } from '../../models/backbone-cards.ts';
import { isOnnxPath, readOnnx } from '../../models/graph-backbone.ts';
import { loadBackbone } from '../../models/load-backbone.ts';
import { summariseFile } from '../../models/summarise-file.ts';
import { wholeNumber } from '../arguments.ts';
import { percent, table } from '../terminal.ts';

export function summaryCommand(): Command {
  return new Command('summary')
    .description(
      'Show the layers, shapes and parameters of a backbone, or what a model or a file of weights is.',
    )
    .argument(
      '<backbone|model|file>',
      'name of a backbone, model.onnx of a run, or any file of weights or ONNX',
    )
    .option('--size <px>', 'side of the input picture of a backbone', wholeNumber(1))
    .option('--graph', 'for a model: list its operators too')
    .addHelpText(
      'after',
      `
Examples:
  $ graft summary mobilenet_v2_openimages --size 160
  $ graft summary graft-runs/photos-1/model.onnx
  $ graft summary resnet18.onnx`,
    )
    .action(summary);
}

async function summary(
  name: string,
  flags: { readonly size?: number; readonly graph?: boolean },
): Promise<void> {
  process.stdout.write(`${await describe(name, flags)}\n`);
}

async function describe(
  name: string,
  { size, graph }: { readonly size?: number; readonly graph?: boolean },
): Promise<string> {
  const options = {
    width: Math.max(98, Math.min(process.stdout.columns ?? 98, 140)),
    ...(size !== undefined && { inputShape: [size, size, 3] as const }),
  };
  const isCard = backboneCards.some(({ id }) => id === name);
  if (isCard || !(/[/\\.]/.test(name) || isFolder(name))) {
    const { model } = await loadBackbone(name, { ...options, weights: 'random' });
    return model.summary(options);
  }
  const isRunFolder = isFolder(name) && existsSync(join(name, 'model.onnx'));
  if (!isRunFolder && !(isOnnxPath(name) && (await isTrainedHere(name)))) return summariseFile(name, options);
  const file = await readModelFile(name);
  return graph ? `${describeModel(file)}\n\n${describeGraph(file.graph)}` : describeModel(file);
}

/** Of a damaged file, `readModelFile` tells what is wrong with it. */
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

function describeModel({ info, graph, bytes }: ModelFile): string {
  const parameters = [...graph.constants.values()]
    .filter(({ dtype }) => dtype === 'float32')
    .reduce((sum, { data }) => sum + data.length, 0);
  const figures = (
    [
      ['training', info.train],
      ['validation', info.validation],
      ['test', info.test],
    ] as const
  ).flatMap(([set, of]) => {
    if (of === undefined) return [];
    const [low, high] = of.interval;
    return [
      [set, of.images, percent(of.accuracy), `${percent(low)} to ${percent(high)}`, of.loss.toFixed(4)],
    ];
  });
  const facts: [string, string][] = [
    ['classes', info.classes.join(', ')],
    ['input', `image, uint8 [N, ${info.input.heightPx}, ${info.input.widthPx}, 3], RGB`],
    ['output', `probabilities, float32 [N, ${info.classes.length}]`],
    ['backbone', `${info.backbone.name} (${info.backbone.licence}), cut at ${info.recipe.cut}`],
    ['head', info.recipe.head],
    [
      'trained',
      `${info.recipe.optimizer}, learning rate ${info.recipe.learningRate}, batches of ${info.recipe.batchSize}, epoch ${info.bestEpoch} of ${info.epochs} kept, seed ${info.recipe.seed}`,
    ],
    [
      'size',
      `${parameters.toLocaleString('en')} numbers, ${(bytes.length / 1e6).toFixed(1)} MB, ${graph.nodes.length} operators`,
    ],
    ['written by', `graft ${info.graftVersion}`],
  ];
  const width = Math.max(...facts.map(([key]) => key.length));
  return [
    ...facts.map(([key, value]) => `${key.padEnd(width)}  ${value}`),
    '',
    table(['pictures', 'count', 'accuracy', '95 % interval', 'loss'], figures),
  ].join('\n');
}
