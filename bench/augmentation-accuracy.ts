/**
 * @file What random changes of training images are worth where there are few of them: accuracy and loss on val/, which nothing has
 * looked at, of heads on a frozen network.
 *
 *     npx tsx bench/augmentation-accuracy.ts [--data FOLDER,FOLDER] [--per-class 100] [--draws 3] [SPEC ...]
 *
 * Each draw takes other images of train/, a fifth of which validates, and another seed; every way to augment has the same ones.
 */

import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '../src/core/tensor/random.ts';
import { openFeatureCache } from '../src/node/feature-cache/feature-cache.ts';
import { train } from '../src/use-cases/train.ts';
import { forDataSets } from './data-sets.ts';
import { meanOf, table } from './figures.ts';

interface Tested {
  readonly accuracy: number;
  readonly loss: number;
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    'per-class': { type: 'string', default: '100' },
    draws: { type: 'string', default: '3' },
  },
});
const specs = positionals.length > 0 ? positionals : ['none', 'flip', 'crop:0.5', 'crop', 'randAugment'];
const perClass = Number(flags['per-class']);
const draws = Number(flags.draws);
const work = await mkdtemp(join(tmpdir(), 'graft-augmentation-'));
const cache = await openFeatureCache({ folder: join(work, 'cache') });
try {
  await forDataSets(flags.data, evaluateData);
} finally {
  await cache.close();
  await rm(work, { recursive: true });
}

async function evaluateData(data: string): Promise<void> {
  const tested = new Map<string, Tested[]>(specs.map((spec) => [spec, []]));
  for (let draw = 1; draw <= draws; draw++) {
    const drawn = await drawImages(data, draw);
    for (const spec of specs) {
      const recipe = { seed: draw, calibration: 'none', unknown: null, augmentation: spec } as const;
      const out = join(work, 'run');
      const { trained } = await train(drawn, { recipe, out, cache, overwrite: true, report: false });
      const { accuracy, loss } = trained.test as Tested;
      tested.get(spec)!.push({ accuracy, loss });
      console.error(
        `${basename(data)}, draw ${draw}, ${spec}: ${percent(accuracy)}, loss ${loss.toFixed(4)}`,
      );
    }
  }
  const [plain] = tested.values();
  const rows = [...tested].map(([spec, all]) => {
    const gains = meanOf(all.map(({ loss }, draw) => loss - plain![draw]!.loss));
    return [
      spec,
      percent(meanOf(all.map(({ accuracy }) => accuracy)).mean),
      meanOf(all.map(({ loss }) => loss)).mean.toFixed(4),
      all === plain || draws < 2 ? '' : `${gains.mean.toFixed(4)} +- ${gains.error.toFixed(4)}`,
    ];
  });
  console.log(`\n${basename(data)}, ${perClass} training images of each class, ${draws} draws\n`);
  console.log(table(['augmentation', 'accuracy', 'loss', `less ${specs[0]}`], rows, 1));
}

/** A folder with some of the training images, and those of val/ as its test images. */
async function drawImages(data: string, draw: number): Promise<string> {
  const folder = join(work, `${basename(data)}-${draw}`);
  for (const className of await readdir(join(data, 'train'))) {
    const from = join(data, 'train', className);
    const into = join(folder, 'train', className);
    await mkdir(into, { recursive: true });
    const files = createRandom(draw).shuffle((await readdir(from)).toSorted());
    for (const file of files.slice(0, perClass)) await symlink(join(from, file), join(into, file));
  }
  await symlink(join(data, 'val'), join(folder, 'test'));
  return folder;
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)}%`;
}
