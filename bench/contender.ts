/** @file A contender in a process of its own: a line of JSON goes in, a line of JSON comes out. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Who runs: a script of this folder, in Node or in Python. */
export interface ContenderCommand {
  readonly name: string;
  /** `features-graft.ts`, `features-torch.py`. */
  readonly script: string;
  readonly args: readonly string[];
  /** For `.py`. */
  readonly python?: string | undefined;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Contender {
  readonly name: string;
  /** @throws If the process ends instead of answering, with the end of what it wrote to stderr. */
  ask<T>(request: unknown): Promise<T>;
  stop(): Promise<void>;
}

/** The process waits, without using the processor, until it is asked. */
export function startContender(command: ContenderCommand): Contender {
  const script = fileURLToPath(new URL(command.script, import.meta.url));
  const child =
    command.python === undefined
      ? spawn(process.execPath, ['--import', 'tsx', script, ...command.args], {
          env: { ...process.env, ...command.env },
        })
      : spawn(command.python, [script, ...command.args], {
          env: { ...pythonEnvironment(), ...command.env },
        });
  return new ProcessContender(command.name, child);
}

class ProcessContender implements Contender {
  readonly name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;
  #errors = '';

  constructor(name: string, child: ChildProcessWithoutNullStreams) {
    this.name = name;
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => child.once('close', resolve));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4000);
    });
    // A process that has ended already is noticed when its answer is missing.
    child.stdin.on('error', () => {});
  }

  async ask<T>(request: unknown): Promise<T> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) {
      await this.#ended;
      throw new Error(`${this.name} ended instead of answering:\n${this.#errors}`);
    }
    return JSON.parse(value) as T;
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }
}

/**
 * This environment, without the settings of OpenBLAS that someone may have left there for an older processor:
 * they would make a PyTorch that uses it slower than it is. How its threads wait is left to its own libraries; an OMP_WAIT_POLICY
 * that is set stays.
 */
export function pythonEnvironment(): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _coreType, OPENBLAS_L2_SIZE: _l2Size, ...env } = process.env;
  const ours = { PYTHONDONTWRITEBYTECODE: '1', KERAS_BACKEND: 'tensorflow', CUDA_VISIBLE_DEVICES: '-1' };
  return { TF_CPP_MIN_LOG_LEVEL: '2', ...env, ...ours };
}

/**
 * Answers every line of stdin until it closes; for the processes that are written in TypeScript.
 *
 * @param answer - Its result is sent back.
 */
export async function answerRequests<T>(answer: (request: T) => Promise<unknown>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as T))}\n`);
  }
}

/** Runs a contender that does its work unasked and prints one line. @throws If it fails. */
export async function runContender<T>(command: ContenderCommand): Promise<T> {
  const contender = startContender(command);
  const answer = await contender.ask<T>({});
  await contender.stop();
  return answer;
}

/** The end of what it complains of; undefined if it runs. */
export async function whyNot(command: ContenderCommand): Promise<string | undefined> {
  try {
    await runContender(command);
    return undefined;
  } catch (error) {
    return String(error instanceof Error ? error.message : error)
      .trim()
      .split('\n')
      .at(-1);
  }
}
