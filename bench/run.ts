/** @file `npm run bench`: times Graft beside its peers, prints tables, and writes bench/results/. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { compareFeatures, showFeatures } from './features.ts';
import { compareFineTuning, showFineTuning } from './fine-tune.ts';
import { compareHeadSteps, showHeadSteps } from './head-step.ts';
import { compareInt8Accuracy, showInt8Accuracy } from './int8-accuracy.ts';
import { measureLargeImages, showLargeImages } from './large-images.ts';
import { compareLatency, showLatency } from './latency.ts';
import { describeMachine, showMachine } from './machine.ts';
import { compareMemory, showMemory } from './memory-bound.ts';
import { type Results, showMustHold } from './must-hold.ts';
import { PEER_NAMES, type PeerName, setUpPeers } from './peers.ts';
import { type Augmentation, compareRecipes, showRecipes } from './recipe.ts';
import { compareSecondRuns, showSecondRuns } from './second-run.ts';
import { compareSweep, showSweep } from './sweep-comparison.ts';

const CASES = [
  'features',
  'int8-accuracy',
  'head-step',
  'recipe',
  'latency',
  'second-run',
  'memory',
  'large-images',
  'sweep',
  'fine-tune',
] as const;
type Case = (typeof CASES)[number];

const command = new Command('bench')
  .description('Times Graft beside PyTorch, Keras and TensorFlow.js on the same work, in turns.')
  .option('--case <list>', `what to time, of ${CASES.join(', ')} (default: all)`, listOf('case', CASES), [
    ...CASES,
  ])
  .option(
    '--peers <list>',
    `whom to compare with, of ${PEER_NAMES.join(', ')}, or none (default: all)`,
    (text) => (text === 'none' ? [] : listOf('peer', PEER_NAMES)(text)),
    [...PEER_NAMES],
  )
  .option(
    '--rounds <n>',
    'how often everyone has a turn (default: 5; 3 for second-run and sweep, 1 for recipe)',
    positiveInteger,
  )
  .option(
    '--batches <list>',
    'batch sizes (default: 1,8,32 for features, 20,32,64 for head-step, 16 for fine-tune)',
    integers,
  )
  .option('--network <text>', 'only networks whose id contains this, for features')
  .option('--epochs <n>', 'epochs of the recipe', positiveInteger, 40)
  .option('--measured-epochs <n>', 'epochs that the peers run; the rest is reckoned', positiveInteger, 3)
  .option('--full', 'let the peers run all epochs of the recipe')
  .addOption(
    new Option('--augment <which>', 'of the recipe').choices(['none', 'book', 'both']).default('both'),
  )
  .option('--images <list>', 'how many, for memory', integers, [1_000, 100_000])
  .option('--json <file>', 'where the figures go (default: bench/results/DATE.json)')
  .addOption(
    new Option('--python <path>', 'a Python that has everything (default: environments are made)').env(
      'GRAFT_BENCH_PYTHON',
    ),
  )
  .parse();

const options = command.opts<{
  case: Case[];
  peers: PeerName[];
  rounds?: number;
  batches?: number[];
  network?: string;
  epochs: number;
  measuredEpochs: number;
  full?: boolean;
  augment: Augmentation | 'both';
  images: number[];
  json?: string;
  python?: string;
}>();
const { batches, python } = options;
const rounds = options.rounds ?? 5;
const report = (line: string): void => console.error(`... ${line}`);

const peers = await setUpPeers({ names: options.peers, python, report });
const machine = describeMachine(peers);
console.log(`${showMachine(machine)}\n`);
for (const line of peers.leftOut) console.log(`Left out: ${line}`);

const results: Results = {};
const standard = new URL(`results/${machine.date.replaceAll(':', '-')}.json`, import.meta.url);
const file = options.json ?? fileURLToPath(standard);

const cases: Record<Case, () => Promise<void>> = {
  async features() {
    const only = options.network;
    results.features = await compareFeatures({ rounds, batches, only, peers, report });
    show('Pixels to features', showFeatures(results.features));
  },
  async 'int8-accuracy'() {
    results.int8Accuracy = await compareInt8Accuracy(report);
    show('What int8 costs in accuracy', showInt8Accuracy(results.int8Accuracy));
  },
  async 'head-step'() {
    results.headStep = await compareHeadSteps({ rounds, batches, peers, report });
    show('A training step of the head', showHeadSteps(results.headStep));
  },
  async recipe() {
    const { epochs, augment } = options;
    results.recipe = await compareRecipes({
      rounds: options.rounds ?? 1,
      epochs,
      measuredEpochs: options.full ? epochs : options.measuredEpochs,
      augmentations: augment === 'both' ? ['none', 'book'] : [augment],
      peers,
      report,
    });
    show('The recipe from end to end', showRecipes(results.recipe));
  },
  async latency() {
    results.latency = await compareLatency({ rounds, peers, report });
    show('A single image', showLatency(results.latency));
  },
  async 'second-run'() {
    results.secondRun = await compareSecondRuns({ rounds: options.rounds ?? 3, report });
    show('The same command twice', showSecondRuns(results.secondRun));
  },
  async memory() {
    results.memory = await compareMemory({ counts: options.images, report });
    show('Memory by number of images', showMemory(results.memory));
  },
  async 'large-images'() {
    results.largeImages = await measureLargeImages(report);
    show('Images that were made to take much memory', showLargeImages(results.largeImages));
  },
  async sweep() {
    results.sweep = await compareSweep({ rounds: options.rounds ?? 3, report });
    show('A sweep of twelve heads', showSweep(results.sweep));
  },
  async 'fine-tune'() {
    const comparison = await compareFineTuning({ rounds, batches, python: peers.torch, report });
    show('A training step through convolutions', showFineTuning(comparison));
    results.fineTune = comparison;
  },
};

for (const name of options.case) {
  try {
    await cases[name]();
  } catch (error) {
    // The other cases are worth having, and the run has failed all the same.
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
  save();
}
const promised = showMustHold(results);
if (promised !== '') show('What is promised', promised);
console.log(`Figures: ${file}`);

function show(title: string, text: string): void {
  console.log(`${title}\n\n${text}\n`);
}

/** After every case: a long run that is stopped leaves what it has. */
function save(): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ machine, rounds, ...results }, null, 2)}\n`);
}

function listOf<T extends string>(what: string, known: readonly T[]): (text: string) => T[] {
  return (text) =>
    text.split(',').flatMap((name) => {
      if (name === 'all') return [...known];
      if ((known as readonly string[]).includes(name)) return [name as T];
      throw new InvalidArgumentError(`There is no ${what} "${name}".`);
    });
}

function integers(text: string): number[] {
  return text.split(',').map(positiveInteger);
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number above 0.');
  return value;
}
