import { describe, expect, it } from 'vitest';
import { FolderSample } from '../images/folder-sample.ts';
import type { FileExamples } from './gather-checked.ts';
import { joinChecked } from './join-checked.ts';

function examples(
  where: string,
  classNames: readonly string[],
  task: FileExamples['task'] = 'classification',
) {
  const samples = classNames.map((name, label) => new FolderSample(`/${where}`, `${name}.jpg`, label));
  const sets = samples.map(() => 'all' as const);
  const found: FileExamples = {
    modality: 'image',
    where,
    root: `/${where}`,
    task,
    classNames,
    samples,
    sets,
    skipped: [],
    warnings: [where],
  };
  return found;
}

describe('parts of data that lie in several places', () => {
  it('are one, with the classes of all', () => {
    const joined = joinChecked(examples('a', ['cats', 'dogs']), [
      { set: 'test', examples: examples('b', ['ants', 'dogs']) },
    ]);
    expect(joined.classNames).toEqual(['ants', 'cats', 'dogs']);
    expect(joined.samples.map(({ file, label }) => [file, label])).toEqual([
      ['/a/cats.jpg', 1],
      ['/a/dogs.jpg', 2],
      ['/b/ants.jpg', 0],
      ['/b/dogs.jpg', 2],
    ]);
    expect(joined.sets).toEqual(['train', 'train', 'test', 'test']);
    expect([joined.root, joined.warnings]).toEqual(['/a', ['a', 'b']]);
  });

  it('tell the same of their examples', () => {
    const part = { set: 'validation', examples: examples('b', ['x'], 'regression') } as const;
    expect(() => joinChecked(examples('a', ['cats']), [part])).toThrow(
      'b: expected the ground truth of a (classification), received regression. Give parts of one data set.',
    );
    expect(() => joinChecked(examples('a', ['y'], 'regression'), [part])).toThrow(
      'b: expected the ground truth of a (regression), received other columns. Give parts of one data set.',
    );
  });
});
