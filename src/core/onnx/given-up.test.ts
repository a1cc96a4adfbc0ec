import { create, toBinary } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { FileBudget } from '../tensor/file-budget.ts';
import { decodeModel } from './decoder.ts';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  ValueInfoProtoSchema,
} from './onnx_pb.ts';

/** A chain of so many nodes, each of which becomes several. */
function chain(count: number): Uint8Array {
  const node = Array.from({ length: count }, (_, index) =>
    create(NodeProtoSchema, { opType: 'HardSwish', input: [`v${index}`], output: [`v${index + 1}`] }),
  );
  const shape = { dim: [{ value: { case: 'dimValue' as const, value: 4n } }] };
  const type = { value: { case: 'tensorType' as const, value: { elemType: 1, shape } } };
  const graph = create(GraphProtoSchema, {
    node,
    input: [create(ValueInfoProtoSchema, { name: 'v0', type })],
    output: [create(ValueInfoProtoSchema, { name: `v${count}`, type })],
  });
  const opsetImport = [create(OperatorSetIdProtoSchema, { version: 18n })];
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport, graph }));
}

it('gives a file up that takes more than it may, though what cannot be decoded is passed over', () => {
  const bytes = chain(8000);
  const budget = new FileBudget(bytes.length, { where: 'model', code: 'model-file' });
  let message = '';
  try {
    decodeModel(bytes, { partial: true, budget });
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toMatch(
    /^model: expected at most [\d.]+ MB in a file of [\d.]+ KB, received [\d.]+ MB with node /,
  );
  expect(budget.isExceeded).toBe(true);
});
