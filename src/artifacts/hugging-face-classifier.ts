/**
 * @file A model of texts as the files that transformers.js and Optimum open: `onnx/model.onnx`, which takes what their tokenizers
 * give, and its configuration and tokenizer beside it.
 */

import { GraphBuilder } from '../core/graph/builder.ts';
import type { Graph, Value } from '../core/graph/graph.ts';
import { simplify } from '../core/graph/passes/simplify.ts';
import { encodeModel } from '../core/onnx/encoder.ts';
import { integers } from '../core/tensor/tensor.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import type { TextTokenizer } from '../text/tokenizers/tokenizer.ts';
import type { TextModelFile } from './decode-model-file.ts';

/** Least probability whose logarithm is told: smaller ones are 0 in float32. */
const LEAST = 1e-37;

/** Tokens that stand for padding, by what tokenizers call them. Any will do, as the mask says what is padding. */
const PADDING = ['[PAD]', '<pad>', '<|endoftext|>', '</s>', '[UNK]', '<unk>'];

/** What is written, and what its reader does otherwise than Graft. */
export interface HuggingFaceClassifier {
  /** By their paths, with `/`. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  readonly notes: readonly string[];
}

/**
 * The files of a model of texts. Logits are those of the task: their softmax (of labels their sigmoid) is what the model file gives.
 *
 * @param tokenizer - Made of the file's own.
 */
export function huggingFaceClassifier(file: TextModelFile, tokenizer: TextTokenizer): HuggingFaceClassifier {
  const { info } = file;
  const { maxTokens, long } = info.input;
  const padToken = padTokenOf(tokenizer);
  const document = (content: unknown): string => `${JSON.stringify(content, null, 2)}\n`;
  const isCut = long !== 'head';
  return {
    files: new Map<string, string | Uint8Array>([
      ['config.json', document(configOf(file, tokenizer, padToken))],
      ['tokenizer.json', tokenizer.json],
      [
        'tokenizer_config.json',
        document({
          tokenizer_class: 'PreTrainedTokenizerFast',
          model_max_length: maxTokens,
          model_input_names: ['input_ids', 'attention_mask'],
          pad_token: padToken,
          padding_side: 'right',
          truncation_side: 'right',
          clean_up_tokenization_spaces: false,
        }),
      ],
      ['onnx/model.onnx', encodeModel(logitsGraph(file), { producerVersion: info.graftVersion })],
    ]),
    notes: isCut
      ? [`Of a text longer than ${maxTokens} tokens, its reader takes the beginning; Graft took ${long}.`]
      : [],
  };
}

/** From `input_ids` and `attention_mask`, int64 `[N, S]`, to `logits`, float32 `[N, labels]`. */
function logitsGraph({ graph, info }: TextModelFile): Graph {
  const builder = new GraphBuilder(graph.name);
  const ids = builder.input('input_ids', 'int64', ['N', 'S']);
  const mask = builder.input('attention_mask', 'int64', ['N', 'S']);
  const isPadding = builder.op('Equal', [mask, builder.constant(integers([0], []), 'zero')]);
  const padded = builder.op('Where', [isPadding, builder.constant(integers([-1], []), 'padding'), ids]);
  const [output] = builder.inline(graph, new Map([[graph.inputs[0]!.name, padded]]), 'graft/');
  builder.output(logitsOf(builder, output!, info), 'logits');
  return simplify(builder.build());
}

function logitsOf(ops: GraphBuilder, output: Value, { task }: TextModelFile['info']): Value {
  const logarithm = (value: Value): Value => ops.op('Log', [ops.max(value, LEAST)]);
  switch (taskNamed<Task>(task).targets) {
    case 'class':
      return logarithm(output);
    case 'labels':
      return ops.sub(logarithm(output), logarithm(ops.sub(ops.scalar(1), output)));
    case 'values':
      return output;
  }
}

function configOf(
  { info }: TextModelFile,
  tokenizer: TextTokenizer,
  padToken: string | undefined,
): Readonly<Record<string, unknown>> {
  const { classNames, task, input } = info;
  return {
    // By this, readers choose the class that runs the file; what is in the file they do not look at.
    architectures: ['BertForSequenceClassification'],
    model_type: 'bert',
    problem_type: taskNamed<Task>(task).huggingFace.problemType,
    id2label: Object.fromEntries(classNames.map((name, index) => [index, name])),
    label2id: Object.fromEntries(classNames.map((name, index) => [name, index])),
    vocab_size: tokenizer.vocabularySize,
    max_position_embeddings: input.maxTokens,
    pad_token_id: padToken === undefined ? null : tokenizer.idOf(padToken),
    // There is no other precision than that of `model.onnx`.
    'transformers.js_config': { dtype: 'fp32' },
    graft_version: info.graftVersion,
  };
}

function padTokenOf(tokenizer: TextTokenizer): string | undefined {
  return PADDING.find((token) => tokenizer.idOf(token) !== undefined) ?? firstToken(tokenizer);
}

/** Of a vocabulary in a list, the piece of id 0. */
function firstToken({ json }: TextTokenizer): string | undefined {
  const { model } = JSON.parse(json) as { readonly model: { readonly vocab: unknown } };
  const [first] = Array.isArray(model.vocab) ? (model.vocab as readonly unknown[]) : [];
  return Array.isArray(first) ? String(first[0]) : undefined;
}
