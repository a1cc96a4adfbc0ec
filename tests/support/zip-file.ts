/** @file Writes zip archives, good ones and bad ones. */

import { deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  /** Written as it is, also where it leads out of the folder. */
  readonly name: string;
  readonly data?: Uint8Array | string;
  /** Unix type and permissions, as `0o120777` for a symbolic link. */
  readonly mode?: number;
  /** What the archive says about the size, if it lies. */
  readonly declaredBytes?: number;
  /** Bit 0: encrypted. */
  readonly flags?: number;
  readonly method?: number;
  /** Shares the bytes of the entry before. */
  readonly overlaps?: boolean;
}

/** An archive of these entries, deflated. The checksums in it are 0. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  let start = 0;
  for (const entry of entries) {
    const data = Buffer.from(entry.data ?? '');
    const packed = deflateRawSync(data);
    const name = Buffer.from(entry.name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(entry.flags ?? 0, 2);
    fields.writeUInt16LE(entry.method ?? 8, 4);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(entry.declaredBytes ?? data.length, 18);
    fields.writeUInt16LE(name.length, 22);
    if (!entry.overlaps) {
      start = offset;
      const file = Buffer.concat([Buffer.from('PK\x03\x04'), fields, name, packed]);
      files.push(file);
      offset += file.length;
    }
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 6);
    tail.writeUInt32LE(start, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03'), fields, tail, name]));
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, ...directory, end]);
}
