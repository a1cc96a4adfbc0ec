/** @file One HTTP request for a file, or for the rest of one: redirects, the answer's kind, a body that may stall. */

import { GraftError } from '../../errors/graft-error.ts';

/** A fault that another try may get over. */
export class PassingFault extends Error {
  /**
   * `unreachable`: not even a connection; `unknown-host`: the name has no address, as when there is no network;
   * `part-refused`: the server cannot go on from the part that is there.
   */
  readonly kind: 'unknown-host' | 'unreachable' | 'part-refused' | 'broken';
  /** How long the server asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: PassingFault['kind'],
    message: string,
    options: ErrorOptions & { readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options);
    this.name = 'PassingFault';
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export interface GetOptions {
  /** Asks for the bytes from here on, if the file is still the one that `validator` stands for. */
  readonly from?: { readonly offset: number; readonly validator: string } | undefined;
  /** No answer, or no further byte, for so long is a broken connection. */
  readonly stallMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The answer of a server that sends the file, or the rest of it. */
export interface Answer {
  /** Place of the first byte of `body`; 0 if the server sends the whole file, whatever was asked for. */
  readonly offset: number;
  /** Bytes of the whole file, if the server tells. */
  readonly totalBytes: number | undefined;
  readonly validator: string | undefined;
  /** Throws {@link PassingFault} where the connection breaks. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives the connection back, if `body` is not going to be read. */
  cancel(): Promise<void>;
}

const MOST_REDIRECTS = 5;
const LONGEST_RETRY_AFTER_MS = 60_000;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const PASSING_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Asks for a file.
 *
 * @throws {PassingFault} No connection, a server that is overloaded or silent, a part that is not the one asked for.
 * @throws {GraftError} `download`: a refusal, such as 404; too many redirects, or one that leaves https.
 * @throws The signal's reason.
 */
export async function httpGet(url: string, options: GetOptions): Promise<Answer> {
  const watch = watchForStall(options);
  try {
    const response = await follow(url, headersFor(options.from), watch);
    return await understand(response, url, options.from, watch);
  } catch (error) {
    watch.stop();
    throw error;
  }
}

function headersFor(from: GetOptions['from']): Record<string, string> {
  // Compression on the way would make lengths and ranges those of other bytes.
  const plain = { 'accept-encoding': 'identity', 'user-agent': 'graft' };
  return from === undefined
    ? plain
    : { ...plain, range: `bytes=${from.offset}-`, 'if-range': from.validator };
}

async function follow(url: string, headers: Record<string, string>, watch: StallWatch): Promise<Response> {
  let address = new URL(url);
  for (let redirects = 0; ; redirects += 1) {
    const response = await watch.during(() =>
      fetch(address, { headers, redirect: 'manual', signal: watch.signal }),
    );
    if (!REDIRECTS.has(response.status)) return response;
    await response.body?.cancel().catch(() => {});
    const location = response.headers.get('location');
    if (redirects === MOST_REDIRECTS || location === null || !URL.canParse(location, address.href)) {
      throw refusal(
        url,
        redirects === MOST_REDIRECTS
          ? `more than ${MOST_REDIRECTS} redirects`
          : 'a redirect that leads nowhere',
        'Try again later, or give the file itself.',
      );
    }
    address = new URL(location, address);
    if (!mayLeadTo(new URL(url), address)) {
      throw refusal(
        url,
        `a redirect to "${address.origin}"`,
        'It is not followed, because what comes over http can be changed on the way: give another address.',
      );
    }
  }
}

/** Redirects lead to https; to http only on the very host that was asked over http. */
function mayLeadTo(from: URL, to: URL): boolean {
  return (
    to.protocol === 'https:' ||
    (to.protocol === 'http:' && from.protocol === 'http:' && to.hostname === from.hostname)
  );
}

async function understand(
  response: Response,
  url: string,
  from: GetOptions['from'],
  watch: StallWatch,
): Promise<Answer> {
  const { status, headers } = response;
  if (status === 200 || (status === 206 && from !== undefined)) {
    const isEncoded = (headers.get('content-encoding') ?? 'identity') !== 'identity';
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
    if (status === 206 && Number(range?.[1] ?? Number.NaN) !== from?.offset) {
      await response.body?.cancel().catch(() => {});
      throw new PassingFault(
        'part-refused',
        `answered with the range "${headers.get('content-range') ?? ''}"`,
      );
    }
    return {
      offset: status === 206 ? from!.offset : 0,
      totalBytes: isEncoded ? undefined : count(status === 206 ? range?.[2] : headers.get('content-length')),
      validator: isEncoded ? undefined : validatorOf(headers),
      body: watched(response, watch),
      cancel: async () => response.body?.cancel().catch(() => {}),
    };
  }
  await response.body?.cancel().catch(() => {});
  const said = `"${[status, response.statusText].join(' ').trim()}"`;
  if (status === 416) throw new PassingFault('part-refused', `answered ${said}`);
  if (PASSING_STATUS.has(status)) {
    throw new PassingFault('broken', `answered ${said}`, { retryAfterMs: retryAfterMs(headers) });
  }
  throw refusal(url, said, 'Check the address; or fetch the file in another way and give its path.');
}

/** If-Range needs a strong validator; a date counts as one. */
function validatorOf(headers: Headers): string | undefined {
  const tag = headers.get('etag');
  if (tag?.startsWith('"')) return tag;
  return headers.get('last-modified') ?? undefined;
}

function count(text: string | null | undefined): number | undefined {
  return text != null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}

async function* watched(response: Response, watch: StallWatch): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader();
  try {
    while (reader !== undefined) {
      const { done, value } = await watch.during(() => reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    watch.stop();
    // Whoever stops early leaves nothing behind that goes on receiving.
    await reader?.cancel().catch(() => {});
  }
}

interface StallWatch {
  readonly signal: AbortSignal;
  /** Does one step, and says in our words how it failed. */
  during<T>(step: () => Promise<T>): Promise<T>;
  stop(): void;
}

function watchForStall({ stallMs, signal }: GetOptions): StallWatch {
  const stalled = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  return {
    signal: signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]),
    async during(step) {
      timer = setTimeout(() => stalled.abort(), stallMs);
      try {
        return await step();
      } catch (cause) {
        signal?.throwIfAborted();
        if (stalled.signal.aborted) {
          throw new PassingFault('broken', `sent nothing for ${stallMs / 1000} s`, { cause });
        }
        throw connectionFault(cause);
      } finally {
        clearTimeout(timer);
      }
    },
    stop: () => clearTimeout(timer),
  };
}

function connectionFault(error: unknown): PassingFault {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const code = cause?.code ?? '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new PassingFault('unknown-host', `has no address (${code})`, { cause: error });
  }
  if (/^(ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ENETDOWN|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/.test(code)) {
    return new PassingFault('unreachable', `cannot be reached (${code})`, { cause: error });
  }
  return new PassingFault('broken', `broke off (${cause?.message ?? String(error)})`, { cause: error });
}

function refusal(url: string, received: string, advice: string): GraftError {
  return new GraftError('download', { where: `download "${url}"`, expected: 'the file', received, advice });
}
