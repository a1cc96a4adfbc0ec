/** @file Files that torch.save wrote (tools/oracle/torch_files.py), and some that only look so. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { type ZipEntry, zipOf } from '../../../tests/support/zip-file.ts';
import { boundedReaders } from '../../node/weights/disk-source.ts';
import { plainReaders } from './plain-readers.ts';
import { readWeightFiles } from './read-weight-files.ts';
import { readTorchFile } from './torch-file.ts';
import type { ShapedWeightFile } from './weight-file.ts';

const golden = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(`tests/golden/weights/torch/${name}`));
const EXPECTED = JSON.parse(readFileSync('tests/golden/weights/torch/expected.json', 'utf8')) as Record<
  'state' | 'checkpoint',
  Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>>
>;
const SAVE_WEIGHTS = 'Save the weights alone: torch.save(model.state_dict(), "weights.pth").';
const DAMAGED = 'The file is damaged or of another kind: fetch it again.';

function contents({ tensors }: ShapedWeightFile): unknown {
  return Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [name, { shape, data: [...data] }]),
  );
}

describe('readTorchFile', () => {
  it.each(['state.pth', 'legacy.pth'])('reads what torch.load reads from %s', async (name) => {
    for (const readers of [boundedReaders, plainReaders]) {
      const file = await readTorchFile(golden(name), 'weights', readers);
      expect(contents(file)).toEqual(EXPECTED.state);
      expect([...file.shapes]).toEqual(
        Object.entries(EXPECTED.state).map(([key, { shape }]) => [key, shape]),
      );
    }
  });

  it('takes the weights of a checkpoint, not its optimizer', async () => {
    const file = await readTorchFile(golden('checkpoint.pt'), 'weights', boundedReaders);
    expect(contents(file)).toEqual(EXPECTED.checkpoint);
  });

  it('is found by what a file begins with, and by what an archive holds', async () => {
    for (const name of ['a.pth', 'a.bin', 'a.zip', 'a']) {
      const file = await readWeightFiles({ [name]: golden('state.pth') }, boundedReaders);
      expect([file.format, file.tensors.size]).toEqual(['torch', 9]);
    }
    expect((await readWeightFiles(golden('legacy.pth'), boundedReaders)).format).toBe('torch');
  });

  it.each([
    [
      'runs_code.pth',
      'one that names "posix.system", which Python would run',
      `Nothing was run. ${SAVE_WEIGHTS}`,
    ],
    [
      'runs_code.bin',
      'one that names "posix.system", which Python would run',
      `Nothing was run. ${SAVE_WEIGHTS}`,
    ],
    [
      'whole_model.pth',
      'one that names "torch.nn.modules.container.Sequential", which Python would run',
      `Nothing was run. ${SAVE_WEIGHTS}`,
    ],
    [
      'script.pt',
      'one that names "__torch__.torch.nn.modules.linear.Linear", which Python would run',
      'TorchScript is a program: export it as ONNX, torch.onnx.export(model, example, "model.onnx"), and give that file.',
    ],
  ])('refuses %s, and says what it names', async (name, received, advice) => {
    await expect(readTorchFile(golden(name), `weights "${name}"`, boundedReaders)).rejects.toThrow(
      withMessage(
        `weights "${name}": expected a pickle of tensors and plain containers, received ${received}. ${advice}`,
      ),
    );
  });

  it.each([
    ['a list', ']', 'one state dict, tensors by name', 'another object', SAVE_WEIGHTS],
    ['an empty dict', '}', 'one state dict, tensors by name', 'a dict without tensors', SAVE_WEIGHTS],
    ['a pop too many', '00', 'a pickle', 'one that takes more than it has', DAMAGED],
    ['a mark too few', 't', 'a mark in its pickle', 'none', DAMAGED],
    ['an object of before', 'h\x01', 'an object that its pickle has made', 'another', DAMAGED],
    ['a key alone', '}(K\x01u', 'keys with their values', 'a key without', DAMAGED],
    ['a list that is none', 'NNa', 'a list in its pickle', 'another object', DAMAGED],
    ['a dict that is none', 'NNNs', 'a dict in its pickle', 'another object', DAMAGED],
    ['a call of no name', 'N)R', 'names that its pickle calls', 'other objects', DAMAGED],
    ['a storage of no kind', 'NQ', 'storages of known types and sizes', 'another one', DAMAGED],
    [
      'a storage that is a part of another',
      '(U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x02(U\x011K\x00K\x02ttQ',
      'storages of their own',
      'storage "0" as a part of another',
      DAMAGED,
    ],
    [
      'an operation of protocol 0',
      'I1\n',
      'a pickle of protocol 2 to 5',
      'the operation 73 at byte 2',
      DAMAGED,
    ],
    ['a huge integer', '\x8b\xff\xff\xff\x7f', 'integers of at most 16 bytes', 'one of 2147483647', DAMAGED],
    ['a text that is cut', 'X\x09\0\0\0a', 'the end of its pickle', 'a file that ends before', DAMAGED],
    ['names that are none', 'NN\x93', 'names in its pickle', 'other objects', DAMAGED],
  ])('refuses %s', async (_, code, expected, received, advice) => {
    const promise = readTorchFile(pickled(`\x80\x02${code}.`), 'weights "a.pth"', boundedReaders);
    await expect(promise).rejects.toThrow(
      withMessage(`weights "a.pth": expected ${expected}, received ${received}. ${advice}`),
    );
  });

  it('holds tensors to their storage, and both to the file', async () => {
    const refusal = async (tensor: string, length: string, bytes = 8): Promise<string> => {
      const storage = `(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpu${length}tQ`;
      const code = `\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n(${storage}${tensor}tRs.`;
      const file = pickled(code, [{ name: 'a/data/0', data: new Uint8Array(bytes) }]);
      return readTorchFile(file, 'weights "a.pth"', boundedReaders).then(
        () => 'read',
        (error: Error) => error.message,
      );
    };
    const one = 'K\x00K\x02\x85K\x01\x85\x89N';
    expect(await refusal(one, 'K\x02')).toBe('read');
    expect(await refusal(one, 'K\x03')).toBe(
      `weights "a.pth": expected 12 bytes of storage "0", received 8. ${DAMAGED}`,
    );
    expect(await refusal('K\x01K\x02\x85K\x01\x85\x89N', 'K\x02')).toBe(
      `weights "a.pth": expected a tensor [2] within the 2 numbers of storage "0", received one that ends at 3. ${DAMAGED}`,
    );
    expect(await refusal('K\x00K\x02K\x02\x86K\x01\x85\x89N', 'K\x02')).toBe(
      `weights "a.pth": expected tensors with a storage, sizes and strides, received another one. ${DAMAGED}`,
    );
    expect(await refusal('K\x00J\xff\xff\xff\x7f\x85K\x00\x85\x89N', 'K\x02')).toBe(
      'weights "a.pth": expected at most 33.6 MB in a file of 317 bytes, received 8.6 GB with a tensor [2147483647]. ' +
        'The file is damaged, or made to fill the memory: fetch it again.',
    );
  });

  it('copies no dict more often than its size allows', async () => {
    const dict = 'ccollections\nOrderedDict\n';
    const pairs = `](${'))\x86'.repeat(20_000)}eq\x01`;
    const copies = Buffer.from(`\x80\x02${dict}q\x00${pairs}(${'h\x00h\x01\x85R'.repeat(1000)}t.`, 'latin1');
    await expect(readTorchFile(copies, 'weights "a.pth"', boundedReaders)).rejects.toThrow(
      withMessage(
        'weights "a.pth": expected at most 35.7 MB in a file of 66.0 KB, received 36.5 MB with the dicts of its pickle. ' +
          'The file is damaged, or made to fill the memory: fetch it again.',
      ),
    );
  });

  it('takes a call with any number of values, and a tensor of at most 64 axes', async () => {
    const call = pickled(`\x80\x02ccollections\nOrderedDict\n(${'N'.repeat(300_000)}tR.`);
    await expect(readTorchFile(call, 'weights "a.pth"', boundedReaders)).rejects.toThrow(
      withMessage(
        `weights "a.pth": expected one state dict, tensors by name, received a dict without tensors. ${SAVE_WEIGHTS}`,
      ),
    );
    const read = (axes: number): Promise<ShapedWeightFile> => {
      const ones = `(${'K\x01'.repeat(axes)}tq\x01`;
      const code = `\x80\x02}U\x01w${TENSOR}(${STORAGE}K\x00${ones}h\x01tRs.`;
      return readTorchFile(pickled(code, [NUMBER]), 'weights "a.pth"', boundedReaders);
    };
    expect((await read(64)).shapes.get('w')).toHaveLength(64);
    await expect(read(65)).rejects.toThrow(
      withMessage(
        `weights "a.pth": expected tensors with a storage, sizes and strides, received another one. ${DAMAGED}`,
      ),
    );
  });

  it('looks at a dict once, under however many names it stands', async () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `U\x05${String(index).padStart(5, '0')}`);
    const inner = `}(${names.map((name) => `${name}h\x03`).join('')}uq\x04`;
    const outer = `}(${names.map((name) => `${name}h\x04`).join('')}u`;
    const code = `\x80\x02${TENSOR}(${STORAGE}K\x00))tRq\x03${inner}${outer}.`;
    await expect(readTorchFile(pickled(code, [NUMBER]), 'weights "a.pth"', boundedReaders)).rejects.toThrow(
      withMessage(
        'weights "a.pth": expected one state dict, tensors by name, received several, "00000", "00001", "00002", "00003", "00004" and 19995 more. ' +
          SAVE_WEIGHTS,
      ),
    );
  });

  it('refuses an archive of another byte order, and one without a pickle', async () => {
    const other = pickled('\x80\x02}.', [{ name: 'a/byteorder', data: 'big' }]);
    await expect(readTorchFile(other, 'weights "a.pth"', boundedReaders)).rejects.toThrow(
      withMessage(
        `weights "a.pth": expected numbers whose lowest byte comes first, received another order. ${DAMAGED}`,
      ),
    );
    await expect(readTorchFile(zipOf([{ name: 'b' }]), 'weights "a.pth"', boundedReaders)).rejects.toThrow(
      withMessage(
        `weights "a.pth": expected an archive of PyTorch, received a zip archive without "data.pkl". ${DAMAGED}`,
      ),
    );
  });

  it('refuses the older form where it is cut', async () => {
    await expect(
      readTorchFile(golden('legacy.pth').subarray(0, -3), 'weights "a.pth"', boundedReaders),
    ).rejects.toThrow(
      withMessage(
        `weights "a.pth": expected the numbers of every storage, received a file that ends before, or has others. ${DAMAGED}`,
      ),
    );
  });
});

const TENSOR = 'ctorch._utils\n_rebuild_tensor_v2\n';
/** Of the one number in {@link NUMBER}. */
const STORAGE = '(U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x01tQ';
const NUMBER: ZipEntry = { name: 'a/data/0', data: new Uint8Array(4) };

/** An archive as torch.save writes it; characters are bytes. */
function pickled(code: string, more: readonly ZipEntry[] = []): Uint8Array {
  return zipOf([{ name: 'a/data.pkl', data: Buffer.from(code, 'latin1') }, ...more]);
}
