/** @file Damages what a JSON text says, not its letters; the same seed gives the same damage. */

import { createRandom, type Random } from '../../../src/core/tensor/random.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const VALUES: readonly Json[] = [
  null,
  true,
  -1,
  0,
  0.5,
  3,
  1e308,
  2 ** 32,
  2 ** 53,
  '',
  'float32',
  'uint8',
  '../a.bin',
  '__proto__',
  [],
  {},
  [-1, 2],
  [2 ** 31, 2 ** 31],
];

/** A copy of the text with one to three values replaced, removed, or put in the place of others. */
export function mutateJson(bytes: Uint8Array, seed: number): Uint8Array {
  const random = createRandom(seed);
  const document = JSON.parse(new TextDecoder().decode(bytes)) as Json;
  const times = 1 + random.integer(3);
  for (let i = 0; i < times; i++) damage(document, random);
  return new TextEncoder().encode(JSON.stringify(document));
}

function damage(document: Json, random: Random): void {
  const places = placesIn(document);
  if (places.length === 0) return;
  const [holder, key] = places[random.integer(places.length)]!;
  const other = places[random.integer(places.length)]!;
  const kind = random.integer(4);
  if (kind === 0 && Array.isArray(holder)) holder.splice(Number(key), 1);
  else if (kind === 0) delete holder[key as never];
  else if (kind === 1) put(holder, key, structuredClone(other[0][other[1] as never]));
  else put(holder, key, structuredClone(VALUES[random.integer(VALUES.length)]!));
}

type Place = readonly [holder: Json[] | { [key: string]: Json }, key: string];

/** Every value but the outermost, by what holds it. */
function placesIn(json: Json): Place[] {
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([key, value]) => [[json, key] as const, ...placesIn(value)]);
}

function put(holder: Place[0], key: string, value: Json): void {
  (holder as Record<string, Json>)[key] = value;
}
