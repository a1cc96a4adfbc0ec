/** @file Hands out the names of layers. */

/** Names as Keras gives them: `dense`, `dense_1`, ... counted within what grows from one input. */
export class NameScope {
  readonly #used = new Set<string>();

  /** Takes a name for itself. Returns false if it is taken already. */
  claim(name: string): boolean {
    if (this.#used.has(name)) return false;
    this.#used.add(name);
    return true;
  }

  /** The next free name for a base: `dense`, `dense_1`. */
  next(base: string): string {
    let name = base;
    for (let suffix = 1; !this.claim(name); suffix++) name = `${base}_${suffix}`;
    return name;
  }

  /**
   * Remembers which names are taken. The function that it returns gives the ones back that were taken since: for several
   * heads on one network, of which a model never has more than one.
   */
  mark(): () => void {
    const before = new Set(this.#used);
    return () => {
      for (const name of this.#used) if (!before.has(name)) this.#used.delete(name);
    };
  }
}
