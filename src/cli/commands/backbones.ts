/** @file `graft backbones`: which pretrained networks there are. */

import { Command } from 'commander';
import { isBackboneAvailable } from '../../node/backbones/backbone-availability.ts';
import { describeWeightSource, pretrainedConfigs } from '../../vision/pretrained/pretrained-configs.ts';
import { percent } from '../number-text.ts';
import { table } from '../table.ts';
import { measureColumns, printJson, printOut, say } from '../terminal.ts';

export function backbonesCommand(): Command {
  return new Command('backbones')
    .description('List the pretrained networks.')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  $ graft backbones\n  $ graft summary mobilenet_v2_openimages')
    .action(list);
}

function list(flags: { readonly json?: boolean }): void {
  const rows = pretrainedConfigs.map((pretrainedConfig) => ({
    name: pretrainedConfig.id,
    title: pretrainedConfig.title,
    parameters: pretrainedConfig.parameters,
    inputSizePx: pretrainedConfig.defaultSizePx,
    cut: pretrainedConfig.defaultCut,
    top1: pretrainedConfig.top1 ?? null,
    source: describeWeightSource(pretrainedConfig),
    trainedOn: pretrainedConfig.trainedOn,
    license: pretrainedConfig.license,
    paper: pretrainedConfig.paper,
    here: isBackboneAvailable(pretrainedConfig),
  }));
  if (flags.json) {
    printJson(rows);
    return;
  }
  // Other weights of the same network: `NAME@VERSION`.
  const shown = rows.filter(({ name, here }) => here || !name.includes('@'));
  printOut(
    `${table(
      ['name', 'parameters', 'px', 'cut', 'top-1', 'license', 'here'],
      shown.map((row) => [
        row.name,
        row.parameters.toLocaleString('en'),
        row.inputSizePx,
        row.cut,
        row.top1 === null ? '' : percent(row.top1),
        row.license,
        row.here ? 'yes' : 'no',
      ]),
      { width: measureColumns('out'), optional: ['license'] },
    )}\n`,
  );
  say(
    '\nWeights that are not here are fetched once with graft train DIR --backbone NAME --weights imagenet.',
  );
  say('Px is the side of the images, unless --size is given; top-1 the published accuracy on ImageNet.');
  say('graft backbones --json has addresses, papers and further versions of weights.');
}
