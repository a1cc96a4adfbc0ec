/** @file A part of a list that stands for all of it. */

/** Places of at most so many of a list, from all of it. */
export function evenPlaces(length: number, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, place) => place);
  return Array.from({ length: most }, (_, place) => Math.floor((place * length) / most));
}

/** At most so many of a list, from all of it. */
export function evenly<T>(list: readonly T[], most: number): readonly T[] {
  return list.length <= most ? list : evenPlaces(list.length, most).map((place) => list[place]!);
}
