/** @file Conversations as the text that a model was trained to answer: the chat template of its tokenizer's files. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { RenderedTemplate } from '../../core/runtime/runtime.ts';
import type { TokenizerConfig } from '../tokenizers/tokenizer.ts';

/** One message of a conversation. */
export interface ChatMessage {
  /** What templates know: `system`, `user`, `assistant`. */
  readonly role: string;
  readonly content: string;
}

/** The template of a tokenizer_config.json; undefined where there is none. Of several that have names, `default`. */
export function findChatTemplate(config: TokenizerConfig | undefined): string | undefined {
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
 * @throws {GraftError} `argument`, if the template refuses the messages, is none, or would take too long or too much memory.
 */
export async function renderChat(
  template: string,
  messages: readonly ChatMessage[],
  config: TokenizerConfig | undefined,
): Promise<string> {
  const values = {
    messages,
    add_generation_prompt: true,
    bos_token: tokenText(config?.['bos_token']),
    eos_token: tokenText(config?.['eos_token']),
  };
  const { renderTemplate = renderHere } = platform;
  const rendered = await renderTemplate(template, values);
  if ('text' in rendered) return rendered.text;
  if ('problem' in rendered) {
    throw new GraftError('argument', {
      where: 'chat template',
      expected: 'messages that it takes',
      received: rendered.problem,
      advice: 'Give messages of the roles that the model knows, or go on with a text as it is (--raw).',
    });
  }
  throw new GraftError('argument', {
    where: 'chat template',
    expected: 'one that soon comes to a text',
    received: rendered.exceeded,
    advice: 'Whoever made the model made it so: go on with a text as it is (--raw), or take another model.',
  });
}

/** Without limits. */
async function renderHere(
  template: string,
  values: Readonly<Record<string, unknown>>,
): Promise<RenderedTemplate> {
  // Only models that chat need it.
  const { Template } = await import('@huggingface/jinja');
  try {
    return { text: new Template(template).render({ ...values }) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Files have a token's text, or an object with it. */
function tokenText(token: unknown): string {
  if (typeof token === 'string') return token;
  const content = (token as { content?: unknown } | null | undefined)?.content;
  return typeof content === 'string' ? content : '';
}
