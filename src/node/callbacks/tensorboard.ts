/** @file Writes the metrics of every epoch as event files that TensorBoard opens. */

import { appendFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import crc32c from 'crc-32/crc32c.js';
import type { Callback } from '../../core/fit/callbacks/callback.ts';
import { makeFolder } from '../files/make-folder.ts';
import { EventSchema } from './event_pb.ts';

/** What TensorBoard expects at the beginning of an event file. */
const FILE_VERSION = 'brain.Event:2';

/** Where `tensorBoard` writes its events. */
export interface TensorBoardOptions {
  /** Folder that TensorBoard is pointed at. Default `logs`. */
  readonly logDir?: string;
}

/**
 * Keras' TensorBoard, scalars only: `logDir/train` and `logDir/validation` with `epoch_loss`, `epoch_accuracy`, ...,
 * by the epoch from 0 as in Keras.
 *
 * @see https://www.tensorflow.org/tensorboard
 */
export function tensorBoard({ logDir = 'logs' }: TensorBoardOptions = {}): Callback {
  const files = new Map<string, string>();
  const write = async (set: string, event: Uint8Array): Promise<void> => {
    let file = files.get(set);
    if (file === undefined) {
      await makeFolder(join(logDir, set));
      const started = Math.floor(Date.now() / 1000);
      file = join(logDir, set, `events.out.tfevents.${started}.${hostname()}.${process.pid}.${set}`);
      files.set(set, file);
      await appendFile(file, record(eventBytes({ fileVersion: FILE_VERSION })));
    }
    await appendFile(file, record(event));
  };
  return {
    onTrainBegin() {
      files.clear();
    },
    async onEpochEnd({ epoch, logs }) {
      for (const [name, value] of Object.entries(logs)) {
        const validation = name.startsWith('val_');
        const tag = `epoch_${validation ? name.slice('val_'.length) : name}`;
        await write(validation ? 'validation' : 'train', eventBytes({ step: epoch - 1, tag, value }));
      }
    },
  };
}

function eventBytes(
  content: { fileVersion: string } | { step: number; tag: string; value: number },
): Uint8Array {
  const wallTime = Date.now() / 1000;
  if ('fileVersion' in content) {
    return toBinary(
      EventSchema,
      create(EventSchema, { wallTime, what: { case: 'fileVersion', value: content.fileVersion } }),
    );
  }
  const summary = { value: [{ tag: content.tag, simpleValue: content.value }] };
  return toBinary(
    EventSchema,
    create(EventSchema, {
      wallTime,
      step: BigInt(content.step),
      what: { case: 'summary', value: summary as never },
    }),
  );
}

/**
 * TFRecord framing: length (uint64), its masked CRC-32C, the bytes, their masked CRC-32C; little-endian.
 *
 * @see https://www.tensorflow.org/tutorials/load_data/tfrecord
 */
function record(bytes: Uint8Array): Uint8Array {
  const framed = new Uint8Array(bytes.length + 16);
  const view = new DataView(framed.buffer);
  view.setBigUint64(0, BigInt(bytes.length), true);
  view.setUint32(8, maskedCrc(framed.subarray(0, 8)), true);
  framed.set(bytes, 12);
  view.setUint32(12 + bytes.length, maskedCrc(bytes), true);
  return framed;
}

function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
