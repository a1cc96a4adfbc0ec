/**
 * @file Reads damaged files, and files that lie about what is in them, with every parser, each in a child process with
 * bounds of processor time (10 s) and memory (512 MB), and reports:
 *
 *     npx tsx tools/fuzz-parsers.ts [--count 10000] [--first 0] [hdf5 keras tflite tfjs onnx safetensors torch]
 *         [hdf5-claims keras-claims tflite-claims tfjs-claims onnx-claims safetensors-claims torch-claims]
 *
 * A case is made again from its number: `--first NUMBER --count 1 PARSER`. Exits with 1 if anything but a message came.
 */

import { parseArgs } from 'node:util';
import { fuzz } from '../tests/support/fuzz/fuzz.ts';
import { CLAIMED, PARSERS } from '../tests/support/fuzz/parsers.ts';

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { count: { type: 'string', default: '10000' }, first: { type: 'string', default: '0' } },
  });
  const names = positionals.length > 0 ? positionals : Object.keys({ ...PARSERS, ...CLAIMED });
  for (const parser of names) {
    const result = await fuzz({ parser, count: Number(values.count), first: Number(values.first) });
    const { read, refused, faults, mostCpuMs, peakBytes } = result;
    const figures = [
      `${values.count} files`,
      `${read} read`,
      `${refused} refused`,
      `${faults.length} faults`,
      `at most ${(mostCpuMs / 1000).toFixed(2)} s of processor time`,
      `at most ${(peakBytes / 1e6).toFixed(0)} MB held`,
    ];
    console.log(`${parser.padEnd(20)} ${figures.join(', ')}`);
    for (const { case: number, kind, message } of faults.slice(0, 20)) {
      console.log(`  case ${number}: ${kind}: ${message.split('\n').slice(0, 6).join('\n    ')}`);
    }
    if (faults.length > 0) process.exitCode = 1;
  }
}

void main();
