/** @file `graft backbones`: which pretrained networks there are. */

import { Command } from 'commander';
import { backboneCards, isBackboneAvailable, weightSourceOf } from '../../models/cards.ts';
import { say, table } from '../terminal.ts';

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
    source: weightSourceOf(card),
    trainedOn: card.trainedOn,
    licence: card.licence,
    paper: card.paper,
    here: isBackboneAvailable(card),
  }));
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(rows)}\n`);
    return;
  }
  process.stdout.write(
    `${table(
      ['name', 'parameters', 'input', 'cut', 'licence', 'here', 'weights'],
      rows.map((row) => [
        row.name,
        row.parameters.toLocaleString('en'),
        `${row.inputSizePx} px`,
        row.cut,
        row.licence,
        row.here ? 'yes' : 'no',
        row.source,
      ]),
    )}\n`,
  );
  say('\nOne whose weights are not here needs its weights file: graft train DIR --backbone FILE.');
}
