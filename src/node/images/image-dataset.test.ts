import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { imageDatasetFromDirectory } from './image-dataset.ts';

describe('imageDatasetFromDirectory', () => {
  it.each([
    ['batchSize', { batchSize: 0 }, 'a whole number from 1 to 1,000,000', '0'],
    ['imageSize', { imageSize: [96, 1e9] as const }, 'a whole number from 1 to 16,384', '1000000000'],
    ['seed', { seed: 0.5 }, 'a whole number from -9,007,199,254,740,991 to 9,007,199,254,740,991', '0.5'],
  ])('refuses %s that cannot be', async (name, options, expected, received) => {
    await expect(imageDatasetFromDirectory('./nowhere', options)).rejects.toThrow(
      withMessage(
        `image data set: expected ${expected} for "${name}", received ${received}. Correct it, or leave it out for the default.`,
      ),
    );
  });

  it('has copies of an image in one of its subsets alone', async () => {
    const folder = await temporaryFolder();
    const files = ['cats', 'dogs'].flatMap((name) =>
      Array.from({ length: 40 }, (_, i) => [`${name}/${i}.jpg`, `${name} ${i % 10}`]),
    );
    await writeFiles(folder, Object.fromEntries(files));
    const contents = async (subset: 'training' | 'validation'): Promise<Set<string>> => {
      const { samples } = await imageDatasetFromDirectory(folder, { validationSplit: 0.3, subset });
      return new Set(await Promise.all(samples.map(({ file }) => readFile(file, 'utf8'))));
    };
    const [training, validation] = [await contents('training'), await contents('validation')];
    expect([training.size, validation.size]).toEqual([14, 6]);
    expect([...validation].filter((content) => training.has(content))).toEqual([]);
  });
});
