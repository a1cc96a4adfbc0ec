/** @file `graft data`: data sets by name. */

import { join, relative } from 'node:path';
import { Command } from 'commander';
import { dataSetInfos, findDataSet } from '../../node/data-sets/data-set-infos.ts';
import { fetchDataSet } from '../../node/data-sets/data-sets.ts';
import { interruptible } from '../interruption.ts';
import { saySkipped } from '../skipped-text.ts';
import { type StageProgress, startProgress } from '../stage-progress.ts';
import { table } from '../table.ts';
import { measureColumns, printJson, printOut, say, styled } from '../terminal.ts';

export function dataCommand(): Command {
  return new Command('data')
    .description('List and fetch data sets to learn with.')
    .addHelpText(
      'after',
      '\nExamples:\n  $ graft data list\n  $ graft data get horses-or-humans\n  $ graft train data/horses-or-humans',
    )
    .addCommand(listCommand())
    .addCommand(getCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('List the data sets that can be fetched by name.')
    .option('--json', 'print one JSON document')
    .action(list);
}

function getCommand(): Command {
  return new Command('get')
    .description('Fetch a data set, check it, and lay it out as class folders.')
    .argument('<name>', 'see graft data list')
    .option('--out <dir>', 'folder for the images (default: data/NAME)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
The archives are kept in the cache folder (GRAFT_HOME, else XDG_CACHE_HOME/graft, else the system's); a download
that was interrupted goes on from where it was. GRAFT_DATA_MIRROR names a server folder with copies of the archives.`,
    )
    .action(get);
}

function list(flags: { readonly json?: boolean }): void {
  const rows = dataSetInfos.map(({ archives, ...dataSet }) => ({
    ...dataSet,
    bytes: archives.reduce((sum, { bytes }) => sum + bytes, 0),
    archives: archives.map(({ url, bytes, sha256 }) => ({ url, bytes, sha256 })),
  }));
  if (flags.json) {
    printJson(rows);
    return;
  }
  const cells = rows.map((row) => [
    row.name,
    row.classNames.join(', '),
    row.images.toLocaleString('en'),
    `${(row.bytes / 1e6).toFixed(0)} MB`,
    row.parts.join(', ') || 'none',
    row.license,
  ]);
  const heading = ['name', 'classes', 'images', 'download', 'split', 'license'];
  printOut(`${table(heading, cells, { width: measureColumns('out') })}\n`);
  say('\ngraft data get NAME fetches one.');
}

async function get(name: string, flags: { readonly out?: string; readonly json?: boolean }): Promise<void> {
  const dataSet = findDataSet(name);
  const { signal, release } = interruptible('Stopping.');
  const stages = stageBars();
  try {
    const folder = flags.out ?? join('data', dataSet.name);
    const onNote = (note: string): void => say(styled('dim', note));
    const found = await fetchDataSet(dataSet, { folder, signal, onNote, onStage: stages.show });
    stages.stop();
    if (flags.json) printJson({ ...found, license: dataSet.license });
    saySkipped(found.broken);
    const count = Object.values(found.images).reduce((sum, images) => sum + images, 0);
    const there = relative(process.cwd(), found.folder) || '.';
    const shown = there.startsWith('..') ? found.folder : there;
    say(
      `${styled('green', found.wasThere ? 'there already' : 'done')} ${count.toLocaleString('en')} images in ${shown}`,
    );
    if (flags.json) return;
    printOut(`${table(['folder', 'images'], Object.entries(found.images))}\n`);
    say(`\nLicense: ${dataSet.license}. ${dataSet.remark}\nNext: graft train ${shown}`);
  } finally {
    stages.abandon();
    release();
  }
}

/** One bar a stage; a new stage ends the bar before. */
function stageBars(): {
  show: (stage: string, done: number, total: number, unit: 'bytes' | 'images') => void;
  stop: () => void;
  abandon: () => void;
} {
  let current: { readonly stage: string; readonly bar: StageProgress } | undefined;
  const stop = (): void => {
    current?.bar.stop();
    current = undefined;
  };
  return {
    show(stage, done, total, unit) {
      if (current?.stage !== stage) {
        stop();
        current = { stage, bar: startProgress(stage, total, unit === 'bytes' ? 'bytes' : 'images') };
      }
      current.bar.update(done);
    },
    stop,
    abandon() {
      current?.bar.abandon();
      current = undefined;
    },
  };
}
