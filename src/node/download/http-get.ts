/** @file One HTTP request for a file, or for the rest of one: redirects, the response's kind, a body that may stall. */

import { STATUS_CODES } from 'node:http';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { FileAddress } from '../../core/weights/address.ts';
import { NoProgress, type ProgressLimits, ProgressWatch } from './progress-watch.ts';
import {
  byteCount,
  continuesPart,
  noFileIn,
  type PartClaim,
  parseValidator,
  retryAfterMs,
} from './response-headers.ts';

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

export interface GetOptions extends ProgressLimits {
  /** Asks for the rest, if the file is still the one that the part is of. */
  readonly from?: PartClaim | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The response of a server that sends the file, or the rest of it. */
export interface FileResponse {
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

const MAX_REDIRECTS = 5;
/** A reason may quote what the server sent, such as its certificate. */
const MAX_REASON_LENGTH = 200;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const PASSING_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Asks for a file.
 *
 * @throws {PassingFault} No connection, a server that is overloaded or silent, a part that is not the one asked for.
 * @throws {GraftError} `download`: a refusal, such as 404; too many redirects, or one that leaves https.
 * @throws The signal's reason.
 */
export async function httpGet(address: FileAddress, options: GetOptions): Promise<FileResponse> {
  const watch = new ProgressWatch(options, options.signal);
  try {
    const response = await follow(address, headersFor(options.from), watch, options.signal);
    return await understand(response, address, options, watch);
  } catch (error) {
    watch.stop();
    throw error;
  }
}

function headersFor(from: PartClaim | undefined): Record<string, string> {
  // Compression on the way would make lengths and ranges those of other bytes.
  const plain = { 'accept-encoding': 'identity', 'user-agent': 'graft' };
  return from === undefined
    ? plain
    : { ...plain, range: `bytes=${from.offset}-`, 'if-range': from.validator };
}

async function follow(
  address: FileAddress,
  headers: Record<string, string>,
  watch: ProgressWatch,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const { authorization } = address;
  let url = address.url;
  for (let redirects = 0; ; redirects += 1) {
    // A password is for the server that it was given for.
    const isSameServer = url.origin === address.url.origin;
    const proof = isSameServer && authorization !== undefined ? { authorization } : {};
    const response = await attempt(watch, signal, () =>
      fetch(url, { headers: { ...headers, ...proof }, redirect: 'manual', signal: watch.signal }),
    );
    if (!REDIRECTS.has(response.status)) return response;
    await response.body?.cancel().catch(() => {});
    const location = response.headers.get('location');
    if (redirects === MAX_REDIRECTS || location === null || !URL.canParse(location, url.href)) {
      throw refusal(
        address,
        redirects === MAX_REDIRECTS
          ? `more than ${MAX_REDIRECTS} redirects`
          : 'a redirect that leads nowhere',
        'Try again later, or give the file itself.',
      );
    }
    url = new URL(location, url);
    url.username = '';
    url.password = '';
    if (!mayLeadTo(address.url, url)) {
      const isHttp = url.protocol === 'http:';
      throw refusal(
        address,
        `a redirect to ${isHttp ? `"${url.origin}"` : `an address that begins with "${url.protocol}"`}`,
        isHttp
          ? 'It is not followed, because what comes over http can be changed on the way: give another address.'
          : 'It is not followed, because it leads to no server: give another address.',
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
  address: FileAddress,
  { from, signal }: GetOptions,
  watch: ProgressWatch,
): Promise<FileResponse> {
  const { status, headers } = response;
  const cancel = async (): Promise<void> => {
    watch.stop();
    await response.body?.cancel().catch(() => {});
  };
  if (status === 200 || (status === 206 && from !== undefined)) {
    const wrong = noFileIn(headers);
    if (wrong !== undefined) {
      await cancel();
      throw refusal(address, wrong.received, wrong.advice);
    }
    const rest = status === 206 ? from : undefined;
    if (rest !== undefined && !continuesPart(rest, headers)) {
      await cancel();
      throw new PassingFault('part-refused', 'answered with a part of another file');
    }
    return {
      offset: rest?.offset ?? 0,
      totalBytes: rest === undefined ? byteCount(headers.get('content-length')) : rest.totalBytes,
      validator: parseValidator(headers),
      body: watched(response, watch, signal),
      cancel,
    };
  }
  await cancel();
  // The words of the status are the standard's: what a server writes there is not for anybody's terminal.
  const said = `"${[status, STATUS_CODES[status]].join(' ').trim()}"`;
  if (status === 416) throw new PassingFault('part-refused', `answered ${said}`);
  if (PASSING_STATUS.has(status)) {
    throw new PassingFault('broken', `answered ${said}`, { retryAfterMs: retryAfterMs(headers) });
  }
  throw refusal(
    address,
    said,
    status === 401 || status === 403
      ? 'Check the address, and the user name and password in it: https://NAME:PASSWORD@HOST/FILE.'
      : 'Check the address; or fetch the file in another way and give its path.',
  );
}

async function* watched(
  response: Response,
  watch: ProgressWatch,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader();
  try {
    while (reader !== undefined) {
      const { done, value } = await attempt(watch, signal, () => reader.read());
      if (done) return;
      watch.received(value.length);
      yield value;
    }
  } finally {
    watch.stop();
    // Whoever stops early leaves nothing behind that goes on receiving.
    await reader?.cancel().catch(() => {});
  }
}

/** Does one step, and says in our words how it failed. */
async function attempt<T>(
  watch: ProgressWatch,
  signal: AbortSignal | undefined,
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await watch.during(step);
  } catch (cause) {
    signal?.throwIfAborted();
    throw cause instanceof NoProgress
      ? new PassingFault('broken', cause.message, { cause })
      : connectionFault(cause);
  }
}

function connectionFault(error: unknown): PassingFault | GraftError {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const code = cause?.code ?? '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new PassingFault('unknown-host', `has no address (${code})`, { cause: error });
  }
  if (/^(ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ENETDOWN|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/.test(code)) {
    return new PassingFault('unreachable', `cannot be reached (${code})`, { cause: error });
  }
  // `fetch` asks none of the ports of mail, printers and the like, however often.
  if (cause?.message === 'bad port') {
    return new GraftError(
      'download',
      {
        where: 'download',
        expected: 'an address with the port of a file server',
        received: 'one with a port that is kept for another service',
        advice: 'Check the address.',
      },
      { cause: error },
    );
  }
  return new PassingFault(
    'broken',
    `broke off (${(cause?.message ?? String(error)).slice(0, MAX_REASON_LENGTH)})`,
    { cause: error },
  );
}

function refusal({ shown }: FileAddress, received: string, advice: string): GraftError {
  return new GraftError('download', { where: `download "${shown}"`, expected: 'the file', received, advice });
}
