/** @file What a field of the recipe's form is called. */

/** `weightDecay` is read `Weight decay`. */
export function labelOf(key: string): string {
  const words = key.replace(/Px$/, '').replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
