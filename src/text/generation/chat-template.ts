/** @file Conversations as the text that a model was trained to answer: the chat template of its tokenizer's files. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { TokenizerConfig } from '../tokenizers/tokenizer.ts';

/** One message of a conversation. */
export interface ChatMessage {
  /** What templates know: `system`, `user`, `assistant`. */
  readonly role: string;
  readonly content: string;
}

/** The template of a tokenizer_config.json; undefined where there is none. Of several that have names, `default`. */
export function chatTemplateOf(config: TokenizerConfig | undefined): string | undefined {
  const given = config?.['chat_template'];
  if (typeof given === 'string') return given;
  if (!Array.isArray(given)) return undefined;
  const named = given as readonly { readonly name?: unknown; readonly template?: unknown }[];
  const template = named.find((each) => each?.name === 'default')?.template;
  return typeof template === 'string' ? template : undefined;
}

/**
 * The text of a conversation, up to where the model answers.
 *
 * @throws {GraftError} `argument`, if the template refuses the messages, or is none.
 */
export async function renderChat(
  template: string,
  messages: readonly ChatMessage[],
  config: TokenizerConfig | undefined,
): Promise<string> {
  // Only models that chat need it.
  const { Template } = await import('@huggingface/jinja');
  try {
    return new Template(template).render({
      messages,
      add_generation_prompt: true,
      bos_token: tokenText(config?.['bos_token']),
      eos_token: tokenText(config?.['eos_token']),
    });
  } catch (cause) {
    throw new GraftError(
      'argument',
      {
        where: 'chat template',
        expected: 'messages that it takes',
        received: cause instanceof Error ? cause.message : String(cause),
        advice: 'Give messages of the roles that the model knows, or go on with a text as it is (--raw).',
      },
      { cause },
    );
  }
}

/** Files have a token's text, or an object with it. */
function tokenText(token: unknown): string {
  if (typeof token === 'string') return token;
  const content = (token as { content?: unknown } | null | undefined)?.content;
  return typeof content === 'string' ? content : '';
}
