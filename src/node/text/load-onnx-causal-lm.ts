/** @file A language model from the ONNX file that `graft export --to onnx` wrote. */

import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { readModelOutline } from '../../core/onnx/model-outline.ts';
import { platform } from '../../core/runtime/platform.ts';
import { tensorSource } from '../../core/weights/tensor-source.ts';
import { brokenFile } from '../../core/weights/weight-file.ts';
import { METADATA_FILES } from '../../text/export/causal-lm-onnx.ts';
import { type CausalLm, type CausalLmOptions, causalLm } from '../../text/generation/causal-lm.ts';
import { Decoder } from '../../text/generation/decoder.ts';
import { type CacheShape, cacheNames } from '../../text/generation/decoding-graph.ts';
import { wholeMemory } from '../../text/generation/token-memory.ts';
import { createTokenizer, type TokenizerConfig } from '../../text/tokenizers/tokenizer.ts';
import type { LanguageModelConfig } from '../../text/weights/build-language-model.ts';
import { modelOfHuggingFace } from '../../text/weights/hugging-face-model.ts';
import { findBeside } from '../weights/file-beside.ts';

/**
 * Opens it to write: it has operators, no layers, so that it cannot be trained.
 *
 * @throws {GraftError} `file-not-found`; `weights`, if it is damaged, or was written by another program.
 */
export async function loadOnnxCausalLm(path: string, options: CausalLmOptions = {}): Promise<CausalLm> {
  const where = `weights "${basename(path)}"`;
  const bytes = await readFile(path).catch((cause: unknown) => {
    const parts = { where, expected: 'a file that can be read', received: path, advice: 'Check the path.' };
    throw new GraftError('file-not-found', parts, { cause });
  });
  const outline = readModelOutline(bytes, where);
  if (outline === undefined) throw brokenFile(where, 'an ONNX model', 'something else');
  requireBeside(path, where, outline.dataFiles);
  const [config, , tokenizer, tokenizerConfig] = METADATA_FILES.map((name) => {
    const content = outline.metadata[name];
    if (content !== undefined) return content;
    throw brokenFile(where, `a language model of graft export: an entry "${name}" in its metadata`, 'none');
  }) as [string, string, string, string];
  const { model, beginId, endIds } = modelOfHuggingFace(
    parse(config, where),
    `configuration "${basename(path)}"`,
    tensorSource(where, new Map()),
  );
  const { weights: _, ...architecture } = model;
  const parsedConfig = parse(tokenizerConfig, where) as TokenizerConfig;
  const { runtime = platform, threads } = options;
  const parts = {
    architecture: architecture as LanguageModelConfig,
    tokenizer: await createTokenizer(tokenizer, `tokenizer of "${basename(path)}"`, parsedConfig),
    tokenizerConfig: parsedConfig,
    beginId,
    endIds,
    decoder: async () => {
      const settings = { threads, sparesMemory: true, filesFolder: dirname(path) };
      const session = await runtime.createSession(bytes, `model "${basename(path)}"`, settings);
      const cache = cacheOf(architecture as LanguageModelConfig);
      const names = ['input_ids', ...cacheNames(cache).map(({ past }) => past)];
      if (
        names.length === session.inputNames.length &&
        names.every((name) => session.inputNames.includes(name))
      )
        return new Decoder(session, () => wholeMemory(cache));
      const received = session.inputNames.slice(0, 3).join(', ');
      throw brokenFile(where, `the inputs of a network of ${cache.layers} blocks`, `${received}, ...`);
    },
  };
  return causalLm(parts, options);
}

function cacheOf({ architecture, config }: LanguageModelConfig): CacheShape {
  const { numLayers: layers } = config;
  if (architecture === 'gpt2')
    return { layers, heads: config.numHeads, width: config.hiddenDim / config.numHeads };
  return { layers, heads: config.numKeyValueHeads, width: config.headDim };
}

/** ONNX Runtime would open what the file names. */
function requireBeside(path: string, where: string, names: readonly string[]): void {
  for (const name of names) {
    const found = findBeside(path, name);
    if ('path' in found) continue;
    if (found.problem === 'elsewhere') throw brokenFile(where, 'numbers in a file beside it', found.received);
    throw new GraftError('file-not-found', {
      where,
      expected: `the file ${JSON.stringify(name)} with its numbers beside it`,
      received: 'none',
      advice: 'Copy it there, or export the model again.',
    });
  }
}

function parse(json: string, where: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw brokenFile(where, 'JSON in its metadata', 'something else', cause);
  }
}
