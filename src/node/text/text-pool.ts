/**
 * @file Many texts in little memory: their letters side by side as UTF-8, outside of the heap that is collected, and of each no more
 * than where it begins. As objects and strings, they take three times as much.
 */

import type { TextExample } from '../../text/modality/text-example.ts';

/** A text of a pool, which is read out of it when it is asked for. */
export interface PooledText extends TextExample {
  /** Where it comes from, as `place`: what a sample of any kind is called by. */
  readonly file: string;
}

/**
 * Puts texts into one pool. What is no Unicode in them, half of a pair of surrogates, becomes U+FFFD, as tokenizers have it.
 *
 * @param file - What places begin with: `reviews.csv`. Those of another form are kept as they are.
 */
export function poolTexts(examples: readonly TextExample[], file: string): PooledText[] {
  const pool = new TextPool(examples, file);
  return examples.map((example, index) => new TextInPool(pool, index, example));
}

/** Between the file and the number of its line. */
const LINE = ', line ';

class TextPool {
  readonly #bytes: Uint8Array;
  /** Where each text begins, and the end of the last. */
  readonly #starts: Float64Array;
  readonly #file: string;
  readonly #lines: Uint32Array;
  /** Places that are no lines of the file. */
  readonly #places = new Map<number, string>();
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(examples: readonly TextExample[], file: string) {
    this.#file = file;
    this.#starts = new Float64Array(examples.length + 1);
    this.#lines = new Uint32Array(examples.length);
    examples.forEach(({ text, place }, index) => {
      this.#starts[index + 1] = this.#starts[index]! + Buffer.byteLength(text);
      const line = Number(place.slice(file.length + LINE.length));
      this.#lines[index] = line;
      if (this.#placeOf(line) !== place) this.#places.set(index, place);
    });
    const bytes = Buffer.allocUnsafeSlow(this.#starts.at(-1)!);
    examples.forEach(({ text }, index) => {
      bytes.write(text, this.#starts[index]!);
    });
    this.#bytes = bytes;
  }

  textAt(index: number): string {
    return this.#decoder.decode(this.#bytes.subarray(this.#starts[index]!, this.#starts[index + 1]!));
  }

  placeAt(index: number): string {
    return this.#places.get(index) ?? this.#placeOf(this.#lines[index]!);
  }

  #placeOf(line: number): string {
    return `${this.#file}${LINE}${line}`;
  }
}

class TextInPool implements PooledText {
  readonly label: number;
  readonly target: Float32Array | undefined;
  readonly group: string | undefined;
  readonly pool: TextPool;
  readonly index: number;

  constructor(pool: TextPool, index: number, { label, target, group }: Omit<TextExample, 'text' | 'place'>) {
    this.pool = pool;
    this.index = index;
    this.label = label;
    this.target = target;
    this.group = group;
  }

  get text(): string {
    return this.pool.textAt(this.index);
  }

  get place(): string {
    return this.pool.placeAt(this.index);
  }

  get file(): string {
    return this.place;
  }
}
