/** @file What one may say of a download, and what one hears of it. */

export interface DownloadRequest {
  /** https; or http, with a hash or from this machine. A user name and a password in it prove who asks. */
  readonly url: string;
  /** Path of the file; its folder is made. A file that is there and has the hash is not fetched again. */
  readonly destination: string;
  /** Hexadecimal digits. Give one of the two wherever one is known. */
  readonly md5?: string | undefined;
  readonly sha256?: string | undefined;
  /** The first digits of the SHA-256, where no more of it is known. All of it is kept, and checked from then on. */
  readonly sha256Start?: string | undefined;
  /** Git's hash of a file: the SHA-1 of its length and its content. */
  readonly gitSha1?: string | undefined;
  /** Length of the file, if it is known: a server that announces or sends another is refused. */
  readonly bytes?: number | undefined;
  /** A folder on a web server that holds the file; it is asked in place of `url`. */
  readonly mirror?: string | undefined;
  /** Name of the file there. Default: the destination's. */
  readonly mirrorName?: string | undefined;
  /** Whether a file without a hash is fetched only if `options.trust` says so. Default false. */
  readonly asksForTrust?: boolean | undefined;
  /** What else can be done where there is no network: a sentence for the message. */
  readonly alternatives?: string | undefined;
}

/** How far a download is. */
export interface DownloadProgress {
  readonly receivedBytes: number;
  readonly totalBytes: number | undefined;
}

export interface DownloadOptions {
  /**
   * Accepts a file that no published hash vouches for: official weights whose publisher states none, or a response that
   * tells no length. Its SHA-256 is kept beside it and checked from then on, whether `trust` is given or not.
   */
  readonly trust?: boolean | undefined;
  /** Fetches files again that are there already; with `trust`, also where another one comes than the first time. */
  readonly refetch?: boolean | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Remarks for the person, a sentence each: the connection broke off, another process is at it. */
  readonly onNote?: ((note: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Failures in a row, without new bytes between them, that end it. Default 5. */
  readonly attempts?: number | undefined;
  /** Pause before the second attempt; it doubles with each one. Default 1 s. */
  readonly pauseMs?: number | undefined;
  /** A server that is silent for so long is given up. Default 30 s. Time in which this process does not run does not count. */
  readonly stallMs?: number | undefined;
  /** One that sends less than this on average over `speedWindowMs` is given up as well. Default 1,000. */
  readonly minBytesPerSecond?: number | undefined;
  /** More is refused from a server that tells no length. Default 2 GiB. */
  readonly maxUntoldBytes?: number | undefined;
  /** Default 60 s, counted as for `stallMs`. */
  readonly speedWindowMs?: number | undefined;
}

/** What the cache's folder depends on; by default the process's own. */
export interface CacheSurroundings {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: string;
  readonly home?: string;
}

/** How weights are downloaded, and what is told meanwhile. */
export interface FetchWeightsOptions extends DownloadOptions, CacheSurroundings {}
