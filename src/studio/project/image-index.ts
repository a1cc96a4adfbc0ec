/** @file The images or texts of a project in memory, in the order in which they are shown. Files are the truth; this is what was read of them. */

import type { ImageQuery, PartName } from '../engine/project-state.ts';
import type { ProjectScan } from './project-place.ts';
import { lastName } from './project-place.ts';

/** An image file, a text file, or a text of a table. */
export interface IndexedImage {
  readonly id: number;
  /** Below the project, with `/`; of a text in a table where it stands, as reports have it: `reviews.csv, line 3`. */
  path: string;
  /** Null in the bin. */
  className: string | null;
  part: PartName | null;
  /** SHA-256; undefined until it is asked for, null if it cannot be read. */
  hash: string | null | undefined;
  /** Time of change and size when it was hashed. */
  stamp: string;
  /** What a text says, once it was read. */
  text?: string | undefined;
}

/** Images that are there at the same time, by id and by place. */
export class ImageIndex {
  readonly #byId = new Map<number, IndexedImage>();
  /** Made when it is asked for: texts of a table are not. */
  #byPath: Map<string, IndexedImage> | undefined;
  /** Nearly all have a hash of their own, for which a set would take ten times the memory. */
  readonly #byHash = new Map<string, IndexedImage | Set<IndexedImage>>();
  #order: IndexedImage[] = [];
  #next = 1;
  #version = 0;
  readonly #answers = new Map<string, readonly IndexedImage[]>();

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  get all(): readonly IndexedImage[] {
    return this.#order;
  }

  /** Takes over what a scan found; images that were known keep their ids. */
  take({ images }: ProjectScan): void {
    const order: IndexedImage[] = [];
    for (const { path, className, part } of images) {
      const known = this.at(path);
      if (known !== undefined) order.push(Object.assign(known, { className, part }));
      else order.push(this.create({ path, className, part }));
    }
    this.replace(order);
  }

  /** A new one, which the index does not hold yet. */
  create(place: Pick<IndexedImage, 'path' | 'className' | 'part'>): IndexedImage {
    return { id: this.createId(), ...place, hash: undefined, stamp: '' };
  }

  /** An id that no image had. */
  createId(): number {
    return this.#next++;
  }

  /** Holds these and no others from now on. */
  replace(order: IndexedImage[]): void {
    this.#byId.clear();
    this.#byPath = undefined;
    for (const image of order) this.#byId.set(image.id, image);
    for (const [hash, held] of this.#byHash) {
      for (const image of eachIn(held)) if (this.#byId.get(image.id) !== image) this.#forgetHash(hash, image);
    }
    this.#order = order;
    this.changed();
  }

  /** Forgets answers that are no longer right. */
  changed(): void {
    this.#version++;
    this.#answers.clear();
  }

  /** A file has another place, or is new if it was nowhere. The newest stand first. */
  move(from: string, to: string, { className, part }: Pick<IndexedImage, 'className' | 'part'>): void {
    const byPath = this.#paths();
    // A step that was done before has left it there.
    const known = byPath.get(from) ?? byPath.get(to);
    const image = known ?? this.create({ path: to, className, part });
    byPath.delete(from);
    Object.assign(image, { path: to, className, part });
    byPath.set(to, image);
    if (known !== undefined) return;
    this.#byId.set(image.id, image);
    this.#order.unshift(image);
  }

  /** Folders have another name. */
  moveFolder(from: string, to: string, className: string): void {
    const byPath = this.#paths();
    for (const image of this.#order) {
      if (!image.path.startsWith(`${from}/`)) continue;
      byPath.delete(image.path);
      image.path = `${to}${image.path.slice(from.length)}`;
      image.className = className;
      byPath.set(image.path, image);
    }
  }

  get(id: number): IndexedImage | undefined {
    return this.#byId.get(id);
  }

  at(path: string): IndexedImage | undefined {
    return this.#paths().get(path);
  }

  withHash(hash: string): readonly IndexedImage[] {
    return [...eachIn(this.#byHash.get(hash))];
  }

  setHash(image: IndexedImage, hash: string | null, stamp: string): void {
    if (typeof image.hash === 'string') this.#forgetHash(image.hash, image);
    image.hash = hash;
    image.stamp = stamp;
    if (hash === null) return;
    const held = this.#byHash.get(hash);
    if (held === undefined) this.#byHash.set(hash, image);
    else if (held instanceof Set) held.add(image);
    else if (held !== image) this.#byHash.set(hash, new Set([held, image]));
  }

  /** @param narrow - What the query asks beside what the index knows; called where the answer is not known yet. */
  find(
    query: ImageQuery,
    narrow: (images: readonly IndexedImage[]) => readonly IndexedImage[] = (images) => images,
  ): readonly IndexedImage[] {
    const key = JSON.stringify(query);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const search = query.search?.toLowerCase() ?? '';
    const found = narrow(
      this.#order.filter(
        ({ className, part, path, text }) =>
          (query.bin ? className === null : className !== null) &&
          (query.className === undefined || className === query.className) &&
          (query.part === undefined || part === query.part) &&
          (search === '' || (text ?? lastName(path)).toLowerCase().includes(search)),
      ),
    );
    if (this.#answers.size > 8) this.#answers.clear();
    this.#answers.set(key, found);
    return found;
  }

  #forgetHash(hash: string, image: IndexedImage): void {
    const held = this.#byHash.get(hash);
    if (held instanceof Set) held.delete(image);
    if (held === image || (held instanceof Set && held.size === 0)) this.#byHash.delete(hash);
  }

  #paths(): Map<string, IndexedImage> {
    this.#byPath ??= new Map(this.#order.map((image) => [image.path, image]));
    return this.#byPath;
  }
}

function eachIn(held: IndexedImage | Set<IndexedImage> | undefined): Iterable<IndexedImage> {
  if (held === undefined) return [];
  return held instanceof Set ? held : [held];
}
