/** @file What keeps features between runs, as the engine sees it: a space of the feature cache is one. */

/**
 * One number a key: where its values lie, for this store as long as it is open, or -1 where there are none. Numbers of several
 * calls may be put together.
 */
export type Locations = Int32Array;

/** Features of one kind, by keys of 32 bytes. */
export interface FeatureStore {
  /**
   * Looks keys up.
   *
   * @param keys - `n` keys of 32 bytes, one after another.
   * @returns `n` locations.
   */
  locate(keys: Uint8Array): Locations;
  /**
   * Keeps values. They can be read as soon as the promise is fulfilled. Neither array may be changed meanwhile. Calls may
   * overlap: they are done in turn.
   *
   * @param values - `n` entries of the same size, one after another.
   * @returns `n` locations; undefined where no more is kept.
   */
  put(keys: Uint8Array, values: Uint8Array): Promise<Locations | undefined>;
  /** Returns when everything that was put will still be there after a crash. */
  flush(): Promise<void>;
  /**
   * Reads values. An entry that is damaged or gone is forgotten: `locate` will not find it again.
   *
   * @param rows - Which of `locations`; what they tell comes to `target` in this order.
   * @param target - At least as long as the entries of `rows`.
   * @returns Positions in `rows` (not rows themselves) that could not be read; their part of `target` is zeros. Put what was
   *   computed anew, and read by its new location.
   */
  read(locations: Locations, rows: Uint32Array, target: Uint8Array): readonly number[];
}
