/** @file `graft summary`: the layers of a backbone, or what a model file holds. */

import { statSync } from 'node:fs';
import { Command } from 'commander';
import { type ModelFile, readModelFile } from '../../artifacts/model-file.ts';
import { describeGraph } from '../../graph/describe-graph.ts';
import { loadBackbone } from '../../models/cards.ts';
import { wholeNumber } from '../arguments.ts';
import { percent, table } from '../terminal.ts';

export function summaryCommand(): Command {
  return new Command('summary')
    .description('Show the layers, shapes and parameters of a backbone, or what a trained model is.')
    .argument('<backbone|model>', 'id or weights file of a backbone, or model.onnx of a run')
    .option('--size <px>', 'side of the input picture of a backbone', wholeNumber(1))
    .option('--graph', 'for a model: list its operators too')
    .addHelpText(
      'after',
      `
Examples:
  $ graft summary mobilenet_v2_openimages --size 160
  $ graft summary graft-runs/photos-1/model.onnx`,
    )
    .action(summary);
}

async function summary(
  name: string,
  flags: { readonly size?: number; readonly graph?: boolean },
): Promise<void> {
  if (name.toLowerCase().endsWith('.onnx') || isFolder(name)) {
    const file = await readModelFile(name);
    process.stdout.write(`${describeModel(file)}\n${flags.graph ? `\n${describeGraph(file.graph)}\n` : ''}`);
    return;
  }
  const { size } = flags;
  const { model } = await loadBackbone(name, {
    weights: 'random',
    ...(size !== undefined && { inputShape: [size, size, 3] as const }),
  });
  process.stdout.write(
    `${model.summary({ width: Math.max(98, Math.min(process.stdout.columns ?? 98, 140)) })}\n`,
  );
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
