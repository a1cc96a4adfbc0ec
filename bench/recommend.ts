/**
 * @file Whether `graft recommend` ranks networks as a full evaluation does, whether joined networks are ever worse than the better
 * one, and what solving a head gains over epochs.
 *
 *     npx tsx bench/recommend.ts [--data FOLDER,FOLDER] [--size 224] FILE...
 *
 * The files are networks beside the one that comes with Graft. Each network, each pair and all together are judged by `recommend` on
 * train/; then a head is trained as `graft train` does it, on the same images, a fifth of which validates, and told by val/, which
 * nothing has looked at: once in epochs, once solved.
 */

import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { correctPredictions } from '../src/core/evaluation/classification-report.ts';
import { holm } from '../src/core/evaluation/holm.ts';
import { mcnemar } from '../src/core/evaluation/mcnemar.ts';
import { StageEvents } from '../src/events/stage-events.ts';
import { type FeatureCache, openFeatureCache } from '../src/node/feature-cache/feature-cache.ts';
import { gatherFolds } from '../src/node/training/fold-sets.ts';
import { gatherImages } from '../src/node/training/image-sets.ts';
import { judgeImageBackbone } from '../src/use-cases/judge-backbone.ts';
import { train } from '../src/use-cases/train.ts';
import { forDataSets } from './data-sets.ts';
import { table } from './figures.ts';

/** What one way of judging a network came to. */
interface Judgement {
  /** Of every image, in one order for all networks, whether its class is right: 1 or 0. */
  readonly right: Uint8Array;
  readonly loss: number;
}

interface Candidate {
  readonly parts: readonly string[];
  readonly folds: Judgement;
  readonly epochs: Judgement;
  readonly solved: Judgement;
}

const FOLDS = 5;
const SEED = 1;
const SIGNIFICANCE = 0.05;
const BUNDLED = 'mobilenet_v2_openimages';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { data: { type: 'string' }, size: { type: 'string', default: '224' } },
});
const sizePx = Number(flags.size);
const names = [BUNDLED, ...positionals];
const work = await mkdtemp(join(tmpdir(), 'graft-recommend-'));
const cache = await openFeatureCache({ folder: join(work, 'cache') });
try {
  await forDataSets(flags.data, evaluateData);
} finally {
  await cache.close();
  await rm(work, { recursive: true });
}

async function evaluateData(data: string): Promise<void> {
  const tested = join(work, basename(data));
  await mkdir(tested);
  await symlink(join(data, 'train'), join(tested, 'train'));
  await symlink(join(data, 'val'), join(tested, 'test'));
  const candidates: Candidate[] = [];
  for (const parts of combinations(names)) candidates.push(await evaluateParts(tested, parts, cache));
  const rows = candidates.map(({ parts, folds, epochs, solved }) => [
    parts.map(letterOf).join(' + '),
    ...[folds, epochs, solved].flatMap((each) => [percent(accuracy(each)), each.loss.toFixed(4)]),
  ]);
  const letters = names.map((name) => `${letterOf(name)} ${shortName(name)}`);
  const columns = ['recommend', 'loss', 'trained', 'loss', 'solved', 'loss'];
  console.log(`\n${basename(data)}: ${letters.join(', ')}\n`);
  console.log(`${table(['network', ...columns], rows, 1)}\n`);
  for (const how of ['epochs', 'solved'] as const) {
    tellRanking(
      candidates.filter(({ parts }) => parts.length === 1),
      how,
    );
  }
  for (const how of ['folds', 'epochs', 'solved'] as const) tellJoined(candidates, how);
  tellSolving(candidates);
}

/** Each alone, all pairs, all together. */
function combinations(all: readonly string[]): readonly (readonly string[])[] {
  const pairs = all.flatMap((first, index) => all.slice(index + 1).map((second) => [first, second]));
  return [...all.map((name) => [name]), ...pairs, ...(all.length > 2 ? [all] : [])];
}

async function evaluateParts(
  data: string,
  parts: readonly string[],
  store: FeatureCache,
): Promise<Candidate> {
  const backbone = parts.join(',');
  const sets = await gatherFolds(join(data, 'train'), FOLDS, { group: null, seed: SEED });
  const judging = { stages: new StageEvents(() => {}), featureStores: store };
  const folds = await judgeImageBackbone({ backbone, sizePx }, sets, judging);
  const epochs = await trainOn(data, backbone, {});
  const solved = await trainOn(data, backbone, { optimizer: 'lbfgs' });
  console.error(`${backbone}: ${[folds, epochs, solved].map((each) => percent(accuracy(each))).join(', ')}`);
  return { parts, folds, epochs, solved };
}

async function trainOn(
  data: string,
  backbone: string,
  more: { readonly optimizer?: 'lbfgs' },
): Promise<Judgement> {
  const recipe = { backbone, sizePx, seed: SEED, unknown: null, calibration: 'none', ...more } as const;
  const out = join(work, 'run');
  const { trained, report } = await train(data, { recipe, out, cache, overwrite: true, report: false });
  const { test = [] } = await gatherImages(data, { validation: 0.2, group: null, seed: SEED });
  const skipped = new Set(trained.skipped.map(({ file }) => file));
  const labels = test.flatMap(({ file, label }) => (skipped.has(file) ? [] : label));
  const { set, values } = trained.heldOut!;
  if (set !== 'test') throw new Error(`expected outputs of the test images, received those of ${set}`);
  const right = correctPredictions(values, labels, report.classNames.length);
  return { right, loss: (trained.test as { readonly loss: number }).loss };
}

/** Pairs of networks that the full evaluation tells apart: does recommend put them in the same order? */
function tellRanking(singles: readonly Candidate[], how: 'epochs' | 'solved'): void {
  const pairs = singles.flatMap((first, index) =>
    singles.slice(index + 1).map((second) => ({ first, second })),
  );
  const adjusted = holm(
    pairs.map(({ first, second }) => mcnemar(first[how].right, second[how].right).pValue),
  );
  const apart = pairs.filter((_, index) => adjusted[index]! < SIGNIFICANCE);
  const same = (some: typeof pairs): number =>
    some.filter(
      ({ first, second }) => isBetter(first.folds, second.folds) === isBetter(first[how], second[how]),
    ).length;
  const best = (of: 'folds' | 'epochs' | 'solved'): string =>
    shortName(singles.toSorted((a, b) => (isBetter(a[of], b[of]) ? -1 : 1))[0]!.parts[0]!);
  console.log(
    `${how}: the same order in ${same(apart)} of ${apart.length} pairs that differ significantly, ${same(pairs)} of all ` +
      `${pairs.length}; best by recommend ${best('folds')}, by the full evaluation ${best(how)}`,
  );
}

/** Joined networks against the better of their parts. */
function tellJoined(candidates: readonly Candidate[], how: 'folds' | 'epochs' | 'solved'): void {
  const alone = new Map(
    candidates.flatMap((each) => (each.parts.length === 1 ? [[each.parts[0]!, each]] : [])),
  );
  const compared = candidates
    .filter(({ parts }) => parts.length > 1)
    .map((joined) => {
      const better = joined.parts
        .map((part) => alone.get(part)!)
        .toSorted((a, b) => (isBetter(a[how], b[how]) ? -1 : 1))[0]!;
      const gain = accuracy(joined[how]) - accuracy(better[how]);
      return { gain, pValue: mcnemar(joined[how].right, better[how].right).pValue };
    });
  const worse = compared.filter(({ gain }) => gain < 0);
  const adjusted = holm(compared.map(({ pValue }) => pValue));
  const significant = compared.filter(({ gain }, index) => gain < 0 && adjusted[index]! < SIGNIFICANCE);
  const mean = compared.reduce((sum, { gain }) => sum + gain, 0) / compared.length;
  const least = worse.toSorted((a, b) => a.pValue - b.pValue)[0];
  console.log(
    `${how}: ${compared.length} joined, on average ${(100 * mean).toFixed(2)} points above the better one; ${worse.length} below it` +
      `${least === undefined ? '' : `, the least p ${least.pValue.toFixed(3)} (uncorrected)`}; significantly worse: ${significant.length}`,
  );
}

/** Of all candidates, a solved head beside one trained in epochs, on the images that neither saw. */
function tellSolving(candidates: readonly Candidate[]): void {
  const gains = candidates.map(({ epochs, solved }) => ({
    accuracy: accuracy(solved) - accuracy(epochs),
    loss: solved.loss - epochs.loss,
    pValue: mcnemar(solved.right, epochs.right).pValue,
  }));
  const mean = (of: 'accuracy' | 'loss'): number =>
    gains.reduce((sum, each) => sum + each[of], 0) / gains.length;
  const apart = gains.filter(({ pValue }) => pValue < SIGNIFICANCE).length;
  console.log(
    `solved less epochs: accuracy ${(100 * mean('accuracy')).toFixed(2)} points, loss ${mean('loss').toFixed(4)}, ` +
      `${apart} of ${gains.length} differ significantly (uncorrected)`,
  );
}

function isBetter(first: Judgement, second: Judgement): boolean {
  const difference = accuracy(first) - accuracy(second);
  return difference > 0 || (difference === 0 && first.loss < second.loss);
}

function accuracy({ right }: Judgement): number {
  return right.reduce((sum, each) => sum + each, 0) / right.length;
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)}%`;
}

/** A, B, ... in the order of the command. */
function letterOf(name: string): string {
  return String.fromCharCode(65 + names.indexOf(name));
}

/** Of a model.json, its folder's name. */
function shortName(name: string): string {
  const base = basename(name);
  return base === 'model.json' ? basename(dirname(name)) : base.replace(/\.(?:\w+)$/, '');
}
