/**
 * @file Who may ask: a page of this studio in a browser of this machine, that was opened with the studio's token. A page of another site
 * has another Origin; a name that was made to lead here has another Host; another program lacks the token.
 */

import { timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

export interface GuardOptions {
  readonly token: string;
  /** Known when it listens. */
  readonly port: () => number;
}

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(self), microphone=(), geolocation=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Refuses who may not ask, with 403, before anything is looked at. */
export function guard({ token, port }: GuardOptions): MiddlewareHandler {
  return async (context, next) => {
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
    context.header('Cache-Control', 'no-store');
    const { req } = context;
    const hosts = [`127.0.0.1:${port()}`, `localhost:${port()}`];
    const host = req.header('host');
    if (host === undefined || !hosts.includes(host)) return refuse(context, 'another Host');
    const origin = req.header('origin');
    const isRead = req.method === 'GET' || req.method === 'HEAD';
    if (origin === undefined ? !isRead : origin !== `http://${host}`)
      return refuse(context, 'another Origin');
    const site = req.header('sec-fetch-site');
    if (site !== undefined && site !== 'same-origin' && site !== 'none') {
      // A link on another page may lead to the first page, with the token alone.
      if (req.header('sec-fetch-mode') !== 'navigate' || !isRead) return refuse(context, 'another site');
    }
    const name = `graft-studio-${port()}`;
    const given = req.path === '/' ? req.query('token') : undefined;
    if (given !== undefined && isEqual(given, token)) {
      setCookie(context, name, token, { httpOnly: true, sameSite: 'Strict', path: '/' });
    } else if (!isEqual(getCookie(context, name) ?? '', token)) return refuse(context, 'no token');
    await next();
  };
}

function refuse(context: Context, received: string): Response {
  return context.text(
    `studio: expected a page that was opened with the address that graft studio printed, received ${received}. Open that address.`,
    403,
  );
}

function isEqual(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
