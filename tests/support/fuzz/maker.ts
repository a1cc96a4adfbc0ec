/** @file Makes the files of cases, in a process of its own: what that takes is not the parser's. */

import { writeFileSync } from 'node:fs';
import { CLAIMED, PARSERS } from './parsers.ts';

const [name = '', path = ''] = process.argv.slice(2);
const parser = (PARSERS[name] ?? CLAIMED[name])!;
// What HDF5 says about files that it cannot write.
console.error = () => {};

process.on('message', async (number: number) => {
  writeFileSync(path, await parser.file(number));
  process.send?.(number);
});
