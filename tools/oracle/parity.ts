/**
 * @file Writes docs/parity.md: how far the networks of the pretrained configs are from Keras. Of each one, the parameters, and the
 * largest difference of an output for two images, as a part of its largest number, with the weights of a formula;
 * what Keras gives is in the fixtures that keras_networks.py, keras_recent_networks.py and keras_architectures.py wrote.
 *
 * With a folder that keras_weight_files.py has filled, it prints the same for weights from the files there, once by the
 * names of layers and once by their order alone.
 *
 *     npx tsx tools/oracle/parity.ts [FOLDER]
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Functional } from '../../src/core/layers/functional.ts';
import type { Tensor } from '../../src/core/tensor/tensor.ts';
import { loadWeights } from '../../src/core/weights/apply.ts';
import type { WeightFile } from '../../src/core/weights/weight-file.ts';
import { readWeights } from '../../src/node/weights/read-weights.ts';
import type { KerasConfig } from '../../src/vision/pretrained/pretrained-config.ts';
import { kerasConfigs } from '../../src/vision/pretrained/pretrained-configs.ts';
import {
  images,
  run,
  type Sample,
  sampled,
  setFormulaWeights,
} from '../../tests/golden/models/formula-inputs.ts';
import { outputOf } from '../../tests/golden/models/table-weights.ts';

/** What Keras computed. */
interface Computed {
  readonly inputShape?: readonly number[];
  readonly outputs: readonly Sample[];
}

interface Expected {
  readonly inputShape: readonly number[];
  readonly outputs: readonly Sample[];
  readonly parameters: number;
  readonly versions: Versions;
  /** Which formula: that of formula-inputs.ts, on [-1, 1]; or that of table-weights.ts. */
  readonly formula: 'plain' | 'pixels' | 'signed';
  readonly pooling?: 'avg';
}

interface Versions {
  readonly keras: string;
  readonly tensorflow: string;
}

interface Fixture {
  readonly versions: Versions;
  readonly networks: Readonly<
    Record<
      string,
      {
        readonly small: { readonly inputShape: number[]; readonly parameters: number };
        readonly computed: Computed;
      }
    >
  >;
}

const GOLDEN = new URL('../../tests/golden/models/', import.meta.url);
const DOCUMENT = new URL('../../docs/parity.md', import.meta.url);
const LEGACY = '.h5';
const ENDINGS = [LEGACY, '.weights.h5', '.keras'];

/** Fixtures whose networks are named as the pretrained configs are. */
const PLAIN = [
  'vgg',
  'resnet',
  'resnet_v2',
  'densenet',
  'xception',
  'mobilenet',
  'mobilenet_v2_widths',
  'inception_resnet_v2',
];

/** Fixtures whose networks are named by what a pretrained config's name has behind the family's. */
const RECENT: Readonly<Record<string, 'pixels' | 'signed'>> = {
  mobilenet_v3: 'pixels',
  efficientnet: 'pixels',
  efficientnet_v2: 'pixels',
  convnext: 'pixels',
  nasnet: 'signed',
};

const expected = new Map<string, Expected>([
  ...PLAIN.flatMap((family) => rowsOf(family, 'plain', (name) => name)),
  ...Object.entries(RECENT).flatMap(([family, formula]) =>
    rowsOf(family, formula, (name) => `${family}_${name.replace(/_1\.0$/, '').replace('_0.75', '_075')}`),
  ),
  ['inception_v3', inceptionV3()],
]);

const folder = process.argv[2];
if (folder === undefined) await writeDocument();
else await printFileTable(folder);

async function writeDocument(): Promise<void> {
  const rows: string[] = [];
  for (const pretrainedConfig of kerasConfigs) {
    const row = expected.get(pretrainedConfig.id)!;
    const model = build(pretrainedConfig, row);
    const parameters = model.countParams().total;
    if (parameters !== row.parameters)
      throw new Error(`${pretrainedConfig.id}: ${parameters}, not ${row.parameters} parameters`);
    const difference = await differenceOf(pretrainedConfig, setFormulaWeights);
    const [height, width] = row.inputShape;
    const cells = [
      pretrainedConfig.title,
      `\`${pretrainedConfig.id}\``,
      parameters.toLocaleString('en'),
      `${height} x ${width}`,
    ];
    rows.push(`| ${cells.join(' | ')} | ${difference.toExponential(1)} |`);
    console.error(rows.at(-1));
  }
  const versions = new Set(
    [...expected.values()].map(
      (row) => `Keras ${row.versions.keras} on TensorFlow ${row.versions.tensorflow}`,
    ),
  );
  writeFileSync(
    DOCUMENT,
    `# Networks, beside Keras

Generated: \`npx tsx tools/oracle/parity.ts\` writes this page, with onnxruntime-node ${ortVersion()}.

Each network is built here and in ${[...versions].join(' and ')}, without its top, and has the same weights on both sides:
numbers by a formula (no weights of ImageNet are needed for it). Parameters are equal, and so are the names, classes and
output shapes of all layers, in Keras' order: the tests in \`tests/golden/models\` hold that, with and without the top. Two kinds of
layer have another class, under the same name:

- In ConvNeXt, Keras has the stem and each step down as a \`Sequential\` of two layers. Here these layers stand in the network itself,
  and a linear \`Activation\` behind them has the name of the \`Sequential\`.
- In MobileNetV3, Keras has \`x + 3\` and \`x / 6\` of the hard sigmoid as operations, \`Add\` and \`Multiply\`. Here they are \`Rescaling\`.

The difference is the largest one at samples of the output for two images, as a part of the output's largest number; the tests allow
1e-4. The tests leave out the numbers of ConvNeXt Large and XLarge, which differ from Base in channels alone; this page has them.

| network | name | parameters | images, px | largest difference |
| --- | --- | ---: | ---: | ---: |
${rows.join('\n')}
`,
  );
}

function ortVersion(): string {
  const file = new URL('../../node_modules/onnxruntime-node/package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

async function printFileTable(path: string): Promise<void> {
  console.log('| file | layers in it | by name | by order |');
  console.log('| --- | ---: | ---: | ---: |');
  const present = new Set(readdirSync(path));
  for (const pretrainedConfig of kerasConfigs.filter(({ id }) => expected.get(id)?.formula === 'plain')) {
    for (const ending of ENDINGS.filter((candidate) => present.has(`${pretrainedConfig.id}${candidate}`))) {
      const name = `${pretrainedConfig.id}${ending}`;
      console.log(`| ${name} | ${await fileCells(pretrainedConfig, join(path, name), ending === LEGACY)} |`);
    }
  }
}

/** Only the legacy layout keeps the order of layers. */
async function fileCells(pretrainedConfig: KerasConfig, path: string, hasOrder: boolean): Promise<string> {
  try {
    const file = await readWeights(path);
    const byName = await differenceOf(pretrainedConfig, (model) => loadWeights(model, file));
    const byOrder = hasOrder
      ? (
          await differenceOf(pretrainedConfig, (model) => loadWeights(model, withoutNames(file)))
        ).toExponential(1)
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

async function differenceOf(
  pretrainedConfig: KerasConfig,
  setWeights: (model: Functional) => void,
): Promise<number> {
  const row = expected.get(pretrainedConfig.id)!;
  const model = build(pretrainedConfig, row);
  const [height, width] = row.inputShape;
  const compute = async (): Promise<Tensor> => {
    if (row.formula !== 'plain') return outputOf(model, row.formula);
    setWeights(model);
    const [output] = await run(model, model.outputs, images(2, height!, width!));
    return output!;
  };
  const output = await compute();
  const differences = row.outputs.flatMap((sample, number) => {
    const ours = sampled(output, number, sample);
    return sample.values.map((value, i) => Math.abs(ours[i]! - value) / sample.largest);
  });
  return Math.max(...differences);
}

function build(pretrainedConfig: KerasConfig, { inputShape, pooling }: Expected): Functional {
  const [height, width] = inputShape;
  return pretrainedConfig.build({ inputShape: [height!, width!, 3], pooling });
}

function rowsOf(
  family: string,
  formula: Expected['formula'],
  idOf: (name: string) => string,
): [string, Expected][] {
  const { networks, versions } = readFixture(family) as Fixture;
  return Object.entries(networks).map(([name, { small, computed }]) => [
    idOf(name),
    {
      versions,
      formula,
      parameters: small.parameters,
      inputShape: computed.inputShape ?? small.inputShape,
      outputs: computed.outputs,
    },
  ]);
}

function inceptionV3(): Expected {
  const { versions, small, computed } = readFixture('inception_v3') as {
    versions: Versions;
    small: { parameters: number };
    computed: Required<Computed>;
  };
  return { versions, formula: 'plain', pooling: 'avg', parameters: small.parameters, ...computed };
}

function readFixture(family: string): unknown {
  return JSON.parse(readFileSync(new URL(`keras_${family}.json`, GOLDEN), 'utf8'));
}
