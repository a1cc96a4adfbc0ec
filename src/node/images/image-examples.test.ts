import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { collectExamples, type Examples } from './image-examples.ts';

const IMAGE = new Uint8Array([1, 2, 3]);
const what = 'training image';
const collect = (examples: unknown, options = {}) =>
  collectExamples(examples as Examples, { what, ...options });

describe('examples', () => {
  it('are told by their classes, in natural order, whatever gives them', async () => {
    const list = [
      { image: 'b/1.png', label: 'img10' },
      { image: IMAGE, label: 'img2' },
      { image: { data: IMAGE, width: 1, height: 1 }, label: 'img10', name: 'dot' },
    ];
    const samples = [
      { file: resolve('b/1.png'), label: 1 },
      { file: 'training image 2', content: IMAGE, label: 0 },
      { file: 'dot', content: list[2]!.image, label: 1 },
    ];
    const all = { kind: 'class', names: ['img2', 'img10'], samples, where: 'training images' };
    async function* slowly() {
      for (const each of list) yield Promise.resolve(each);
    }
    for (const examples of [list, list.values(), slowly(), new Set(list)]) {
      expect(await collect(examples)).toEqual(all);
    }
  });

  it('have any number of labels, or values by name', async () => {
    const labels = await collect([
      { image: 'a', labels: ['sun', 'sea'] },
      { image: 'b', labels: [] },
    ]);
    expect([labels.kind, labels.names, labels.samples.map(({ target }) => [...target!])]).toEqual([
      'labels',
      ['sea', 'sun'],
      [
        [1, 1],
        [0, 0],
      ],
    ]);
    const values = await collect([
      { image: 'a', values: { width: 2, age: 3 } },
      { image: 'b', values: { age: 5, width: 4 } },
    ]);
    expect([values.kind, values.names, values.samples.map(({ target }) => [...target!])]).toEqual([
      'values',
      ['width', 'age'],
      [
        [2, 3],
        [4, 5],
      ],
    ]);
  });

  it('let through what their generator throws', async () => {
    function* failing(): Generator<unknown> {
      yield { image: 'a', label: 'x' };
      throw new Error('the database is gone');
    }
    await expect(collect(failing())).rejects.toThrow(new Error('the database is gone'));
  });

  it.each([
    [
      [],
      'training images: expected at least 1 example, received none. A generator gives its examples once: make a new one for each call.',
    ],
    [
      [{ file: 'a.png', label: 'x' }],
      'training image 1: expected { image, label } or { image, labels } or { image, values }, received { file, label }. All examples have one form.',
    ],
    [
      [
        { image: 'a', label: 'x' },
        { image: 'b', labels: ['x'] },
      ],
      'training image 2: expected { image, label }, received { image, labels }. All examples have one form.',
    ],
    [
      [{ image: 'a', label: 3 }],
      'training image 1: expected the name of a class as label, received 3. Give what is known of the image.',
    ],
    [
      [{ image: 'a', values: { age: Number.NaN } }],
      'training image 1: expected finite numbers by name as values, received {"age":null}. Give what is known of the image.',
    ],
    [
      [{ image: 'a', label: 'x', name: 'n' }],
      'training image 1: expected a name for an image in memory alone, received one for the file "a". Leave it out.',
    ],
    [
      [{ image: new ArrayBuffer(3), label: 'x' }],
      'training image 1: expected a path, a Buffer or a Uint8Array, pixels { data, width, height }, or an array of them, received an ArrayBuffer. Give new Uint8Array(buffer).',
    ],
    [
      [{ image: 'a', label: 'x' }],
      'training images: expected at least 2 classes, received 1 ("x"). Add images of another one.',
    ],
    [
      [
        { image: 'a', label: 'cat' },
        { image: 'b', label: 'Cat' },
      ],
      'training images: expected labels that differ in more than upper and lower case, received "cat", "Cat". Write one label the same way in all examples.',
    ],
    [
      [
        { image: 'a', values: { age: 1, size: 2 } },
        { image: 'b', values: { age: 1 } },
      ],
      'training image 2: expected a value for each of "age", "size", received none for "size". Leave the image out where a value is not known.',
    ],
    [
      [
        { image: IMAGE, label: 'x', name: 'same' },
        { image: IMAGE, label: 'y', name: 'same' },
      ],
      'training images: expected a name of its own for each image, received "same" twice. Choose other names, or leave them out.',
    ],
  ])('are refused where they are none: %j', async (examples, message) => {
    await expect(collect(examples)).rejects.toThrow(withMessage(message));
  });

  it('are refused where their names are not among those that are known', async () => {
    await expect(
      collect([{ image: 'a', label: 'dgo' }], { kind: 'class', classNames: ['cat', 'dog'] }),
    ).rejects.toThrow(
      withMessage(
        'training image 1: expected names among "cat", "dog", received "dgo". Did you mean "dog"? Upper and lower case count.',
      ),
    );
  });
});
