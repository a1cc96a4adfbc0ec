/** @file Which emoji are animals and which are people, and how to draw one in the style of a set. */

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The four styles, by the name of their iconify package. */
export const EMOJI_SETS = ['noto', 'twemoji', 'openmoji', 'fluent-emoji-flat'] as const;
export type EmojiSetName = (typeof EMOJI_SETS)[number];

/** An emoji by its Unicode code points: names differ from set to set, code points do not. */
export interface Concept {
  readonly codePoints: string;
  /** Noto's name, for file names. */
  readonly name: string;
}

/** One style, read from its package. */
export interface EmojiSet {
  /** The drawing as an SVG document of `sizePx` x `sizePx`; `undefined` if the set has none. */
  draw(concept: Concept, sizePx: number): string | undefined;
}

/** Members of Unicode's "Animals & Nature" that are plants, or things that animals leave behind. */
const NOT_ANIMALS = new Set(
  `blossom bouquet cactus cherry-blossom coral deciduous-tree empty-nest evergreen-tree fallen-leaf feather
  four-leaf-clover herb hibiscus hyacinth leaf-fluttering-in-wind leafless-tree lotus maple-leaf microbe mushroom
  nest-with-eggs oyster palm-tree paw-prints pig-nose potted-plant rose rosette seedling shamrock sheaf-of-rice
  spider-web spiral-shell sunflower tulip white-flower wilted-flower wing`.split(/\s+/),
);

/** Faces, parts of the body, beings of fable, and second drawings of the same person. */
const NOT_PEOPLE = /-(hands|hair|bald|beard|frowning|pouting|elf|fairy|genie|vampire|zombie|facing-right)$/;

/** Persons whose names do not begin with "man-" or "woman-". */
const PEOPLE_ALONE = new Set(
  `breast-feeding mrs-claus ninja person-fencing person-in-suit-levitating person-with-crown pregnant-man
  pregnant-woman prince princess santa-claus skier snowboarder`.split(/\s+/),
);

/** Animals: Unicode's category without plants and traces. */
export function listAnimals(): Concept[] {
  return listCategory('Animals & Nature').filter(({ name }) => !NOT_ANIMALS.has(name));
}

/**
 * Persons: of every activity, profession or role, the man and the woman (the third, neutral drawing is
 * hardly different), and those drawn in one form only. No skin-tone variants, mere faces, hands, couples or
 * families, and nobody whom a style leaves out of the drawing (Twemoji's bath is empty).
 */
export function listPeople(): Concept[] {
  return listCategory('People & Body').filter(({ name }) => {
    if (PEOPLE_ALONE.has(name)) return true;
    return /^(man|woman)-/.test(name) && !/skin-tone/.test(name) && !NOT_PEOPLE.test(name);
  });
}

/** Reads a style. */
export function loadEmojiSet(name: EmojiSetName): EmojiSet {
  const chars = require(`@iconify-json/${name}/chars.json`) as Record<string, string>;
  const set = require(`@iconify-json/${name}/icons.json`) as IconifySet;
  return {
    draw(concept, sizePx) {
      const icon = findIcon(set, chars[concept.codePoints]);
      if (!icon) return undefined;
      const box = `${icon.left ?? 0} ${icon.top ?? 0} ${icon.width ?? set.width} ${icon.height ?? set.height}`;
      return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${sizePx}" height="${sizePx}" viewBox="${box}">${icon.body}</svg>`;
    },
  };
}

/** The parts of iconify's format that these four packages use. */
interface IconifySet {
  readonly width: number;
  readonly height: number;
  readonly icons: Record<string, Icon>;
  readonly aliases: Record<string, { readonly parent: string; readonly hFlip?: boolean }>;
}

interface Icon {
  readonly body: string;
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
}

/** Follows aliases; a mirrored one would be the same image again, and is left out. */
function findIcon(set: IconifySet, name: string | undefined): Icon | undefined {
  if (name === undefined) return undefined;
  const alias = set.aliases[name];
  if (!alias) return set.icons[name];
  return alias.hFlip ? undefined : findIcon(set, alias.parent);
}

/** Noto knows the categories of Unicode, and has every emoji. */
function listCategory(category: string): Concept[] {
  const { categories } = require('@iconify-json/noto/metadata.json') as {
    categories: Record<string, string[]>;
  };
  const chars = require('@iconify-json/noto/chars.json') as Record<string, string>;
  const codePointsOf = new Map(Object.entries(chars).map(([codePoints, name]) => [name, codePoints]));
  return (categories[category] ?? []).flatMap((name) => {
    const codePoints = codePointsOf.get(name);
    return codePoints === undefined ? [] : [{ codePoints, name }];
  });
}
