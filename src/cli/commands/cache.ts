/** @file `graft cache`: what the feature cache holds, whether it is sound, and emptying it. */

import { Command } from 'commander';
import { GraftError } from '../../core/errors/graft-error.ts';
import { sizeText } from '../../core/errors/size-text.ts';
import type { SpaceInfo } from '../../node/feature-cache/cache-upkeep.ts';
import { type FeatureCache, openFeatureCache } from '../../node/feature-cache/feature-cache.ts';
import { cacheLimit, featureCacheFolder } from '../../use-cases/feature-cache.ts';
import { startProgress } from '../stage-progress.ts';
import { table } from '../table.ts';
import { measureColumns, printJson, printOut, say, styled } from '../terminal.ts';

/** So much of a space's key is shown, and is enough to name it. */
const SHOWN_DIGITS = 12;
const MIN_DIGITS = 4;

interface CacheFlags {
  readonly json?: boolean;
  readonly space?: string;
}

export function cacheCommand(): Command {
  return new Command('cache')
    .description(
      'Look after the feature cache: features that runs computed, for later runs on the same images.',
    )
    .addHelpText(
      'after',
      `
The cache lies in the folder "features" of GRAFT_HOME, else of XDG_CACHE_HOME/graft, else of the system's cache folder.
GRAFT_CACHE_LIMIT says how large it may become, such as 500MB or 20GB (default 10GB); what no run used for longest is
removed first. It is safe to remove all of it at any time: features are computed anew.

Examples:
  $ graft cache info
  $ graft cache verify
  $ graft cache clear --space 3f9ac2d1
  $ GRAFT_CACHE_LIMIT=20GB graft train photos`,
    )
    .addCommand(infoCommand())
    .addCommand(verifyCommand())
    .addCommand(clearCommand());
}

function infoCommand(): Command {
  return new Command('info')
    .description('List what the cache holds: one line for each backbone, cut and size.')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  $ graft cache info\n  $ graft cache info --json')
    .action(info);
}

function verifyCommand(): Command {
  return new Command('verify')
    .description('Read everything, and take out what is damaged. It will be computed anew.')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  $ graft cache verify\n  $ graft cache verify --json')
    .action(verify);
}

function clearCommand(): Command {
  return new Command('clear')
    .description('Empty the cache, or remove one space of it.')
    .option('--space <key>', `the beginning of its key, at least ${MIN_DIGITS} digits, see graft cache info`)
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  $ graft cache clear\n  $ graft cache clear --space 3f9ac2d1')
    .action(clear);
}

async function info(flags: CacheFlags): Promise<void> {
  const found = await (await openSound()).info();
  if (flags.json) {
    printJson(found);
    return;
  }
  if (found.spaces.length > 0) {
    const rows = found.spaces.map((space) => [
      space.key.slice(0, SHOWN_DIGITS),
      describe(space.about),
      space.entries.toLocaleString('en'),
      sizeText(space.bytes),
      space.lastUsed === null ? '' : space.lastUsed.slice(0, 10),
    ]);
    const width = measureColumns('out');
    printOut(`${table(['space', 'features of', 'images', 'size', 'last used'], rows, { width })}\n\n`);
  }
  const entries = found.entries.toLocaleString('en');
  printOut(
    `${sizeText(found.bytes)} of at most ${sizeText(found.limitBytes)}, ${entries} entries, in ${found.folder}\n`,
    2,
  );
}

async function verify(flags: CacheFlags): Promise<void> {
  const cache = await openSound();
  let progress: ReturnType<typeof startProgress> | undefined;
  const report = await cache.verify({
    onProgress(doneBytes, bytes) {
      progress ??= startProgress('verify', bytes, 'bytes');
      progress.update(doneBytes);
    },
  });
  progress?.stop();
  if (flags.json) {
    printJson(report);
    return;
  }
  const { damagedEntries, removedSegments } = report;
  const entries = report.entries.toLocaleString('en');
  printOut(`${entries} sound entries, ${sizeText(report.bytes)}, in ${report.folder}\n`);
  if (damagedEntries + removedSegments === 0) {
    say(`${styled('green', 'sound')} Nothing is damaged.`);
    return;
  }
  const files =
    removedSegments > 0 ? ` and ${counted(removedSegments, 'file', 'files')} that could not be read` : '';
  say(
    `${styled('yellow', 'damaged')} ${counted(damagedEntries, 'entry', 'entries')}${files}: taken out, and computed anew when needed.`,
  );
}

async function clear(flags: CacheFlags): Promise<void> {
  const cache = await openSound();
  const key = flags.space === undefined ? undefined : await spaceKey(cache, flags.space);
  const { spaces, bytes } = await cache.clear(key);
  if (flags.json) printJson({ folder: cache.folder, spaces, bytes });
  say(`${styled('green', 'removed')} ${counted(spaces, 'space', 'spaces')}, ${sizeText(bytes)}.`);
}

/** @throws {GraftError} If the folder cannot be used. */
async function openSound(): Promise<FeatureCache> {
  const limitBytes = cacheLimit(process.env['GRAFT_CACHE_LIMIT']);
  const cache = await openFeatureCache({ folder: featureCacheFolder(), limitBytes });
  if (cache.problem !== undefined) throw cache.problem;
  return cache;
}

async function spaceKey(cache: FeatureCache, beginning: string): Promise<string> {
  const { spaces } = await cache.info();
  const [key, ...others] = spaces.flatMap((space) => (space.key.startsWith(beginning) ? space.key : []));
  if (key !== undefined && others.length === 0 && beginning.length >= MIN_DIGITS) return key;
  throw new GraftError('argument', {
    where: '--space',
    expected: `the beginning of the key of one space, at least ${MIN_DIGITS} digits`,
    received: `"${beginning}", which ${key === undefined ? 'none begins with' : 'does not name one'}`,
    advice: 'graft cache info lists them.',
  });
}

/** `mobilenet_v2 up to block_15_add, 96 px`: what is known first, anything else by its name. */
function describe({ backbone, cut, sizePx, bytesPerEntry, ...rest }: SpaceInfo['about']): string {
  const parts = [
    cut === undefined ? backbone : `${backbone ?? 'a network'} up to ${cut}`,
    sizePx === undefined ? undefined : `${sizePx} px`,
    ...Object.entries(rest).map(([name, value]) => `${name} ${value}`),
  ];
  return parts.filter((part) => part !== undefined).join(', ') || 'unknown';
}

function counted(count: number, one: string, several: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : several}`;
}
