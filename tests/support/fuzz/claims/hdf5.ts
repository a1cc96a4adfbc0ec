/**
 * @file HDF5 files that come to more than they are: zeros that were compressed, chunks that were never written, the same
 * group by many names, names in large lists.
 */

import { type File, type Group, File as Hdf5File, ready } from 'h5wasm';
import type { Choices } from './choices.ts';

/** The deflate filter's most. */
const LEVEL = 9;

export async function claimingHdf5(choices: Choices, mostBytes: number): Promise<Uint8Array> {
  const { FS } = (await ready) as unknown as { FS: MemoryFiles };
  const file = new Hdf5File('/claims.h5', 'w');
  try {
    if (choices.maybe()) fillLegacy(file, choices, mostBytes);
    else fillKeras3(file, choices, mostBytes);
  } catch {
    // What could be written until then is a file, too.
  } finally {
    file.close();
  }
  const bytes = FS.readFile('/claims.h5').slice(0, mostBytes);
  FS.unlink('/claims.h5');
  if (choices.below(4) === 0)
    for (let i = choices.below(8); i > 0; i--) bytes[choices.below(bytes.length)] = choices.below(256);
  return bytes;
}

interface MemoryFiles {
  readFile(path: string): Uint8Array;
  unlink(path: string): void;
}

function fillLegacy(file: File, choices: Choices, mostBytes: number): void {
  const layers = choices.scale(2000);
  const weights = choices.scale(2000);
  const same = choices.maybe();
  file.create_attribute(
    'layer_names',
    Array.from({ length: layers }, (_, i) => (same ? 'a' : `a${i % 8}`)),
  );
  for (const name of same ? ['a'] : Array.from({ length: Math.min(8, layers) }, (_, i) => `a${i}`)) {
    const group = file.create_group(name);
    group.create_attribute('weight_names', new Array<string>(weights).fill('w'));
    put(group, 'w', choices, mostBytes);
  }
}

function fillKeras3(file: File, choices: Choices, mostBytes: number): void {
  let group: Group = file.create_group('layers');
  const depth = choices.scale(20);
  for (let i = 0; i < depth; i++) {
    const inner = group.create_group(`g${i}`);
    const vars = inner.create_group('vars');
    if (choices.below(3) === 0) vars.create_attribute('name', 'n'.repeat(choices.scale(60_000)));
    put(vars, '0', choices, mostBytes / depth);
    const links = choices.maybe() ? 0 : choices.scale(300);
    for (let link = 0; link < links; link++) {
      if (choices.maybe()) inner.create_hard_link(choices.maybe() ? '/layers' : vars.path, `h${link}`);
      else inner.create_soft_link(choices.one(['/layers', vars.path, '/']), `s${link}`);
    }
    group = inner;
  }
}

function put(group: Group, name: string, choices: Choices, mostBytes: number): void {
  const kind = choices.below(4);
  if (kind === 0) {
    group.create_dataset({ name, data: new Float32Array(choices.scale(mostBytes / 4)) });
    return;
  }
  // One chunk or many, of zeros or never written.
  const written = kind === 1 ? 1 : choices.scale(choices.below(20) === 0 ? 20_000_000 : 1_000_000);
  const chunk = choices.maybe() ? written : Math.ceil(written / choices.scale(500));
  const dataset = group.create_dataset({
    name,
    data: new Float32Array(written),
    shape: [written],
    maxshape: [null],
    chunks: [chunk],
    ...(kind === 1 ? {} : { compression: LEVEL }),
  });
  if (choices.maybe()) dataset.resize([choices.one([2 ** 20, 2 ** 24, 2 ** 31, 2 ** 40])]);
}
