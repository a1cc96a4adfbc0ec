/** @file Pairs as groups: what is linked, however many links apart, is one. */

/** Places from 0, and links between them. */
export class LinkedGroups {
  readonly #above: Uint32Array;

  constructor(size: number) {
    this.#above = Uint32Array.from({ length: size }, (_, place) => place);
  }

  link(a: number, b: number): void {
    const [first, second] = [this.#rootOf(a), this.#rootOf(b)];
    // The first place of a group stands for it.
    if (first < second) this.#above[second] = first;
    else this.#above[first] = second;
  }

  areLinked(a: number, b: number): boolean {
    return this.#rootOf(a) === this.#rootOf(b);
  }

  /** Groups of at least two, in the order of their first places; in each the places ascend. */
  groups(): number[][] {
    const members = new Map<number, number[]>();
    for (let place = 0; place < this.#above.length; place++) {
      const root = this.#rootOf(place);
      const known = members.get(root);
      if (known === undefined) members.set(root, [place]);
      else known.push(place);
    }
    return [...members.values()].filter(({ length }) => length > 1);
  }

  #rootOf(place: number): number {
    let root = place;
    while (this.#above[root] !== root) root = this.#above[root]!;
    let next = place;
    while (next !== root) {
      const above = this.#above[next]!;
      this.#above[next] = root;
      next = above;
    }
    return root;
  }
}
