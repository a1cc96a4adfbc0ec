/** @file What the headers of a response tell: whether it is a file at all, its length, its version, a wait. */

/** What is known of the part of a file that is there already. */
export interface PartClaim {
  /** Its bytes: the rest begins here. */
  readonly offset: number;
  /** What the server told with it: a strong ETag, or the date of the last change. */
  readonly validator: string;
  /** Bytes of the whole file. */
  readonly totalBytes: number;
}

const LONGEST_RETRY_AFTER_MS = 60_000;

/** How a response of status 200 or 206 is no file; `undefined` if it may be one. */
export function noFileIn(headers: Headers): { received: string; advice: string } | undefined {
  const type = headers.get('content-type') ?? '';
  if (/^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(type)) {
    return {
      received: 'a web page (text/html)',
      advice: 'A page to log in may stand before it: open the address in a browser, or fetch the file there.',
    };
  }
  const isPlain = /^(?:identity)?$/i.test((headers.get('content-encoding') ?? '').trim());
  if (isPlain) return undefined;
  return {
    received: 'a compressed response, which was not asked for',
    advice:
      'Its length and hash would be those of other bytes: fetch the file in another way and give its path.',
  };
}

/** Whether a 206 is of the part's file, and its rest: of the same version, and from the part's end to the file's. */
export function continuesPart({ offset, validator, totalBytes }: PartClaim, headers: Headers): boolean {
  const [, first, last, total] =
    /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(headers.get('content-range') ?? '') ?? [];
  const length = byteCount(headers.get('content-length'));
  return (
    Number(first) === offset &&
    Number(last) === totalBytes - 1 &&
    Number(total) === totalBytes &&
    (length === undefined || length === totalBytes - offset) &&
    parseValidator(headers) === validator
  );
}

/** Proves that two responses are of the same file. If-Range needs a strong validator; a date counts as one. */
export function parseValidator(headers: Headers): string | undefined {
  const tag = headers.get('etag');
  if (tag?.startsWith('"')) return tag;
  return headers.get('last-modified') ?? undefined;
}

/** A number of bytes, where the text is one. */
export function byteCount(text: string | null | undefined): number | undefined {
  return text != null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** How long the server asks to wait, a minute at most. */
export function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}
