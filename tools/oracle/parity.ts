/**
 * @file Prints, as Markdown, how far the networks of `kerasCardsA` are from Keras: parameters, and the largest
 * difference of an output, as a part of its largest number. With a folder that keras_weight_files.py has filled,
 * weights come from the files there, once by the names of layers and once by their order alone; else from the formula.
 *
 *     npx tsx tools/oracle/parity.ts [FOLDER]
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Functional } from '../../src/layers/functional.ts';
import type { KerasCard } from '../../src/models/keras-card.ts';
import { kerasCardsA } from '../../src/models/keras-cards-a.ts';
import { loadWeights } from '../../src/weights/apply.ts';
import { readWeights } from '../../src/weights/read-weights.ts';
import type { WeightFile } from '../../src/weights/weight-file.ts';
import {
  pictures,
  run,
  type Sample,
  sampled,
  setFormulaWeights,
} from '../../tests/golden/models/formula-inputs.ts';

interface Fixture {
  readonly networks: Readonly<
    Record<
      string,
      { readonly computed: { readonly inputShape: readonly number[]; readonly outputs: readonly Sample[] } }
    >
  >;
}

const GOLDEN = new URL('../../tests/golden/models/', import.meta.url);
const FAMILIES = ['vgg', 'resnet', 'resnet_v2', 'densenet', 'xception', 'mobilenet', 'inception_resnet_v2'];
const LEGACY = '.h5';
const ENDINGS = [LEGACY, '.weights.h5', '.keras'];

const networks = Object.assign(
  {},
  ...FAMILIES.map((family) => {
    const fixture = JSON.parse(readFileSync(new URL(`keras_${family}.json`, GOLDEN), 'utf8')) as Fixture;
    return fixture.networks;
  }),
) as Fixture['networks'];

const folder = process.argv[2];
if (folder === undefined) await printFormulaTable();
else await printFileTable(folder);

async function printFormulaTable(): Promise<void> {
  console.log('| network | parameters without top | pictures | largest difference |');
  console.log('| --- | ---: | ---: | ---: |');
  for (const card of kerasCardsA) {
    const [height, width] = shapeOf(card);
    const difference = await differenceOf(card, setFormulaWeights);
    const parameters = card.parameters.toLocaleString('en-US');
    console.log(
      `| ${card.title} | ${parameters} | ${height} x ${width} px | ${difference.toExponential(1)} |`,
    );
  }
}

async function printFileTable(path: string): Promise<void> {
  console.log('| file | layers in it | by name | by order |');
  console.log('| --- | ---: | ---: | ---: |');
  const present = new Set(readdirSync(path));
  for (const card of kerasCardsA) {
    for (const ending of ENDINGS.filter((candidate) => present.has(`${card.id}${candidate}`))) {
      const name = `${card.id}${ending}`;
      console.log(`| ${name} | ${await fileCells(card, join(path, name), ending === LEGACY)} |`);
    }
  }
}

/** Only the legacy layout keeps the order of layers. */
async function fileCells(card: KerasCard, path: string, hasOrder: boolean): Promise<string> {
  try {
    const file = await readWeights(path);
    const byName = await differenceOf(card, (model) => loadWeights(model, file));
    const byOrder = hasOrder
      ? (await differenceOf(card, (model) => loadWeights(model, withoutNames(file)))).toExponential(1)
      : '';
    const count = (file.layers ?? []).filter((layer) => layer.weights.length > 0).length;
    return [count, byName.toExponential(1), byOrder].join(' | ');
  } catch (error) {
    return `${(error as Error).message} | | `;
  }
}

/** As in a file of another program, whose names say nothing. */
function withoutNames(file: WeightFile): WeightFile {
  return {
    ...file,
    layers: (file.layers ?? []).map((layer, index) => ({ ...layer, name: `layer${index}x` })),
  };
}

async function differenceOf(card: KerasCard, setWeights: (model: Functional) => void): Promise<number> {
  const [height, width] = shapeOf(card);
  const model = card.build({ inputShape: [height, width, 3] });
  setWeights(model);
  const [output] = await run(model, model.outputs, pictures(2, height, width));
  const differences = networks[card.id]!.computed.outputs.flatMap((sample, number) => {
    const ours = sampled(output!, number, sample);
    return sample.values.map((value, i) => Math.abs(ours[i]! - value) / sample.largest);
  });
  return Math.max(...differences);
}

function shapeOf(card: KerasCard): readonly [number, number] {
  const [height, width] = networks[card.id]!.computed.inputShape;
  return [height!, width!];
}
