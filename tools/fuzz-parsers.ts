/**
 * @file Reads damaged files with every parser, each in a child process with bounds of time and memory, and reports:
 *
 *     npx tsx tools/fuzz-parsers.ts [--count 10000] [--first 0] [hdf5 keras tflite tfjs onnx safetensors]
 *
 * A case is made again from its number: `--first NUMBER --count 1 PARSER`. Exits with 1 if anything but a message came.
 */

import { parseArgs } from 'node:util';
import { fuzz } from '../tests/support/fuzz/fuzz.ts';
import { PARSERS } from '../tests/support/fuzz/parsers.ts';

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { count: { type: 'string', default: '10000' }, first: { type: 'string', default: '0' } },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(PARSERS);
  for (const parser of names) {
    const result = await fuzz({ parser, count: Number(values.count), first: Number(values.first) });
    const { read, refused, faults, slowestMs, largestRssBytes } = result;
    const figures = [
      `${values.count} files`,
      `${read} read`,
      `${refused} refused`,
      `${faults.length} faults`,
      `slowest ${slowestMs.toFixed(0)} ms`,
      `largest process ${(largestRssBytes / 2 ** 20).toFixed(0)} MiB`,
    ];
    console.log(`${parser.padEnd(12)} ${figures.join(', ')}`);
    for (const { case: number, kind, message } of faults.slice(0, 20)) {
      console.log(`  case ${number}: ${kind}: ${message.split('\n').slice(0, 6).join('\n    ')}`);
    }
    if (faults.length > 0) process.exitCode = 1;
  }
}

void main();
