/** @file Trainings that cannot go well, through the built command line: one line that says why, and nothing left behind. */

import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import { encodeModel } from '../../src/core/onnx/encoder.ts';
import { createRandom, type Random } from '../../src/core/tensor/random.ts';
import { normal } from '../support/byte-nets.ts';
import { graft } from './cli.ts';
import { drawWorkplace, QUICK, type Workplace } from './trained-models.ts';

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
});
afterAll(() => work.remove());

/** What a training says that is refused, which is its last line: only that one says so. */
async function refusal(args: readonly string[], expected: number, leaves?: string): Promise<string> {
  const { status, stdout, stderr } = await graft(['train', 'two', ...args], work);
  expect([status, stdout], stderr).toEqual([expected, '']);
  const lines = stderr.trimEnd().split('\n');
  expect(lines.filter((line) => /^(error|bug|stopped)/.test(line))).toHaveLength(1);
  expect(existsSync(join(work.cwd, leaves ?? 'graft-runs'))).toBe(leaves !== undefined);
  return lines.at(-1)!;
}

describe('what does not fit the network or the machine', () => {
  it.each([
    [
      ['--cut', 'block_15_ad'],
      'error model "mobilenetv2_1.00_64": expected the name of a layer, received "block_15_ad". The nearest names are "block_15_add", "block_1_pad", "block_5_add".',
      1,
    ],
    [
      ['--unfreeze', 'block_15_expnd'],
      'error network "mobilenetv2_1.00_64": expected the name of a layer to train from (--unfreeze), received "block_15_expnd". Did you mean "block_15_expand"? graft summary lists the layers.',
      1,
    ],
    [
      ['--then', 'unfreeze=block_14_ad,lr=1e-4'],
      'error network "mobilenetv2_1.00_64": expected the name of a layer to train from (--unfreeze), received "block_14_ad". Did you mean "block_14_add"? graft summary lists the layers.',
      1,
    ],
    [
      ['--then', 'unfreeze=block_15_add', '--then', 'unfreeze=block_14_projekt'],
      'error network "mobilenetv2_1.00_64": expected the name of a layer to train from (--unfreeze), received "block_14_projekt". Did you mean "block_14_project"? graft summary lists the layers.',
      1,
    ],
    [
      ['--size', '20'],
      'error mobileNetV2: expected images of at least 32 x 32 px, received 20 x 20 px with 3 channels. Use a size from 32 px on.',
      2,
    ],
    [
      ['--head', 'flatten,dense:10000000'],
      /^error head: expected at most [\d.]+ GB \(80 % of this machine's memory\), received 102\.7 GB: features 24 x 640 x 2 bytes = 0\.0 GB, weights and optimizer 6,420,000,001 x 4 x 4 bytes = 102\.7 GB\. Pool the features \(--head gap\), use fewer units, a smaller --size, or a later --cut\.$/,
      1,
    ],
    [
      ['--schedule', 'step:every=10', '--epochs', '5', '--batch', '10'],
      'error schedule "step:every=10": expected one that ends within 10 steps (5 epochs of 2), received one of 21 steps. Give more epochs, or a shorter schedule.',
      2,
    ],
    [
      ['--then', 'unfreeze=block_15_expand,lr=1e-4,epochs=2,schedule=cosine:decay=90', '--batch', '20'],
      'error schedule "cosine:decay=90": expected one that ends within 2 steps (2 epochs of 1), received one of 90 steps. Give more epochs, or a shorter schedule.',
      2,
    ],
  ])('%j', async (args, message, expected) => {
    const line = await refusal([...QUICK, ...args], expected);
    if (typeof message === 'string') expect(line).toBe(message);
    else expect(line).toMatch(message);
  });

  it('an operator without gradient in a backbone that is to be trained', async () => {
    await writeFile(join(work.cwd, 'net.onnx'), mirroringNet());
    const network = ['--backbone', 'net.onnx', '--size', '32', '--epochs', '2'];
    expect(await refusal([...network, '--unfreeze', 'maps'], 1)).toBe(
      'error gradient: expected a rule for every op on the path from "ReduceMean_2" to "maps/first/kernel", received op "Pad" ("net.onnx:mirror"), which has no gradient in mode "reflect". Freeze the layers before it, or add a rule.',
    );
    // Nothing else is wrong with it: frozen, it can be built on.
    const frozen = await graft(['train', 'two', ...network, '--out', 'frozen'], work);
    expect([frozen.status, frozen.stderr.match(/^(error|bug).*/m)]).toEqual([0, null]);
  });
});

describe('numbers that are none any more', () => {
  const HEAD = ['--batch', '10', '--head', 'gap,dense:16:relu,dense:8', '--no-cache'];
  const ADVICE = 'Lower the learning rate (it was 1e+30), and look for broken examples or weights.';

  it('after a step that was too long: the step and the layer are named, with advice', async () => {
    expect(await refusal([...QUICK, ...HEAD, '--optimizer', 'sgd', '--lr', '1e30'], 1)).toBe(
      `error training, epoch 1, step 2: expected a finite loss, received NaN, with numbers of kernel in layer "dense" not finite. ${ADVICE}`,
    );
  });

  it('in a second phase, whose first is kept', async () => {
    const second = ['--cut', 'block_16_project', '--then', 'unfreeze=block_16_expand,optimizer=sgd,lr=1e30'];
    const args = [...QUICK, ...HEAD, '--epochs', '2', ...second, '--checkpoint', '0', '--out', 'phases'];
    expect(await refusal(args, 1, 'phases/.graft-checkpoints')).toBe(
      `error training, epoch 1, step 2: expected a finite loss, received NaN, with numbers of kernel in layer "block_16_expand" not finite. ${ADVICE}`,
    );
  });

  it('weights of a backbone, known before a step', async () => {
    await writeFile(join(work.cwd, 'nan.onnx'), mirroringNet(Number.NaN));
    const network = ['--backbone', 'nan.onnx', '--size', '32', '--epochs', '2'];
    expect(await refusal(network, 1)).toBe(
      'error features: expected finite numbers from the frozen part of the network, received NaN. Look for weights of the backbone that are not numbers, or fetch its file again.',
    );
  });
});

describe('a feature cache that is damaged', () => {
  /** Of the first training. */
  let whole: Buffer | undefined;
  /** @returns How many features came from the cache, and whether the model is that of the first training. */
  const train = async (out: string) => {
    const args = ['train', 'two', ...QUICK, '--out', out];
    const env = { GRAFT_HOME: join(work.cwd, 'home') };
    const { status, stdout, stderr } = await graft(args, { ...work, env });
    expect([status, stderr.match(/^(error|bug).*/m)]).toEqual([0, null]);
    const known = /before the report, .*?(\d+)(?: images?)? from the cache$/m.exec(stdout)?.[1] ?? 0;
    const model = await readFile(join(work.cwd, out, 'model.onnx'));
    whole ??= model;
    return { known: Number(known), isSame: model.equals(whole) };
  };
  const damaged = async (ending: string, damage: (bytes: Buffer, random: Random) => Buffer) => {
    const folder = join(work.cwd, 'home/features');
    const random = createRandom(3);
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile() && entry.name.endsWith(ending));
    expect(files.length).toBeGreaterThan(0);
    for (const { parentPath, name } of files) {
      const file = join(parentPath, name);
      await writeFile(file, damage(await readFile(file), random));
    }
  };
  const noise = (bytes: Buffer, random: Random) => Buffer.from(bytes.map(() => random.integer(256)));
  beforeAll(async () => {
    expect(await train('whole')).toEqual({ known: 0, isSame: true });
    expect(await train('known')).toEqual({ known: 24, isSame: true });
  });

  it.each<[string, number, string, (bytes: Buffer, random: Random) => Buffer]>([
    [
      'one bit of a value',
      1,
      '.bin',
      (bytes) => {
        bytes[bytes.length >> 1]! ^= 4;
        return bytes;
      },
    ],
    ['values that are noise', 24, '.bin', noise],
    ['values cut off in the middle', 12, '.bin', (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ['an index that is noise', 24, '.idx', noise],
    ['an index that is empty', 24, '.idx', () => Buffer.alloc(0)],
    ['all of it noise', 24, '', noise],
  ])(
    '%s: computed again, the model is the same, and the next run finds all',
    async (name, lost, ending, damage) => {
      await damaged(ending, damage);
      const out = name.replaceAll(' ', '-');
      expect(await train(out)).toEqual({ known: 24 - lost, isSame: true });
      expect(await train(`${out}-2`)).toEqual({ known: 24, isSame: true });
    },
  );
});

/** A network that no gradient passes: it mirrors its maps at their borders. @param value - Put into its first kernel. */
function mirroringNet(value?: number): Uint8Array {
  const builder = new GraphBuilder('net');
  const image = builder.input('image', 'float32', ['N', 3, 32, 32]);
  const kernel = normal([4, 3, 3, 3], 1, 0.2);
  if (value !== undefined) kernel.data[0] = value;
  const first = builder.op('Conv', [image, builder.constant(kernel, 'first/kernel')], { strides: [2, 2] });
  const pads = builder.integers([0, 0, 1, 1, 0, 0, 1, 1]);
  const mirrored = builder.op(
    'Pad',
    [builder.op('Relu', [first]), pads],
    { mode: 'reflect' },
    { name: 'mirror' },
  );
  const second = builder.constant(normal([6, 4, 3, 3], 2, 0.2), 'second/kernel');
  const maps = builder.op('Conv', [mirrored, second], { strides: [2, 2] }, { name: 'maps' });
  const pooled = builder.op('Flatten', [builder.op('GlobalAveragePool', [maps])]);
  const last = builder.constant(normal([6, 5], 3, 0.2), 'last/kernel');
  builder.output(builder.op('Gemm', [pooled, last]), 'logits');
  return encodeModel(builder.build(), {});
}
