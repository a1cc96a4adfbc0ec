/** @file What a file is called, without where it lies: for messages, and for what is named after it. */

/** The last part of a path or an address, of any system's. */
export function baseName(path: string): string {
  const bare = path.replace(/[/\\]+$/, '');
  return bare.slice(Math.max(bare.lastIndexOf('/'), bare.lastIndexOf('\\')) + 1);
}
