/** @file `graft backbones`: which pretrained networks there are. */

import { Command } from 'commander';
import { backboneCards, isBackboneAvailable, weightSourceOf } from '../../models/backbone-cards.ts';
import { percent, printJson, printOut, say, table } from '../terminal.ts';

export function backbonesCommand(): Command {
  return new Command('backbones')
    .description('List the pretrained networks.')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  $ graft backbones\n  $ graft summary mobilenet_v2_openimages')
    .action(list);
}

function list(flags: { readonly json?: boolean }): void {
  const rows = backboneCards.map((card) => ({
    name: card.id,
    title: card.title,
    parameters: card.parameters,
    inputSizePx: card.defaultSizePx,
    cut: card.defaultCut,
    top1: card.top1 ?? null,
    source: weightSourceOf(card),
    trainedOn: card.trainedOn,
    licence: card.licence,
    paper: card.paper,
    here: isBackboneAvailable(card),
  }));
  if (flags.json) {
    printJson(rows);
    return;
  }
  printOut(
    `${table(
      ['name', 'parameters', 'px', 'cut', 'top-1', 'licence', 'here'],
      rows.map((row) => [
        row.name,
        row.parameters.toLocaleString('en'),
        row.inputSizePx,
        row.cut,
        row.top1 === null ? '' : percent(row.top1),
        row.licence,
        row.here ? 'yes' : 'no',
      ]),
    )}\n`,
  );
  say(
    '\nWeights that are not here are fetched once with graft train DIR --backbone NAME --weights imagenet.',
  );
  say('Px is the side of the pictures, unless --size is given; top-1 the published accuracy on ImageNet.');
  say('graft backbones --json has addresses and papers.');
}
