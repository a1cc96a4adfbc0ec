/**
 * @file The page around everything that Graft shows as HTML: one file without any request. Its policy forbids scripts and whatever
 * is not in the file, so that a page can be mailed, and opened from a stranger.
 */

import type { ComponentChildren, JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { visible } from '../core/errors/visible-text.ts';
import { PAGE_CSS } from './page-style.ts';
import { TOKENS_CSS } from './tokens.ts';

/** Nothing is fetched and nothing runs: pictures are in the file, what opens is HTML's own popover. */
const POLICY =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export interface PageOptions {
  /** Text: what is markup in it is shown as it stands. */
  readonly title: string;
  /** Beside the brand: what kind of page it is, `report of a run`. */
  readonly kind: string;
  /** Below the title. */
  readonly lead?: ComponentChildren | undefined;
  /** Sections that the list of contents has, in the page's order. */
  readonly contents: readonly SectionLink[];
  /** At the very end. */
  readonly colophon?: ComponentChildren | undefined;
}

export interface SectionLink {
  /** Of the section: letters, digits, hyphens. */
  readonly id: string;
  readonly title: string;
}

/** Renders a page as the text of one HTML file. The same input gives the same bytes. */
export function renderPage(options: PageOptions, sections: ComponentChildren): string {
  return `<!DOCTYPE html>\n${renderToString(<Page options={options}>{sections}</Page>)}\n`;
}

function Page({
  options: { title, kind, lead, contents, colophon },
  children,
}: {
  readonly options: PageOptions;
  readonly children: ComponentChildren;
}): JSX.Element {
  const shown = visible(title);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content={POLICY} />
        <meta name="color-scheme" content="light dark" />
        <title>{`${shown} · Graft`}</title>
        <link rel="icon" href="data:," />
        <style dangerouslySetInnerHTML={{ __html: TOKENS_CSS + PAGE_CSS }} />
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to the content
        </a>
        <div class="frame">
          <header class="masthead">
            <div class="brand">
              <Mark />
              Graft <span>{kind}</span>
            </div>
            <h1>
              <bdi>{shown}</bdi>
            </h1>
            {lead === undefined ? null : <div class="lead">{lead}</div>}
          </header>
          <div class="columns">
            <nav class="contents" aria-label="Contents">
              <ul>
                {contents.map(({ id, title: name }) => (
                  <li key={id}>
                    <a href={`#${id}`}>{name}</a>
                  </li>
                ))}
              </ul>
            </nav>
            <main id="content">{children}</main>
          </div>
          {colophon === undefined ? null : <footer class="colophon">{colophon}</footer>}
        </div>
      </body>
    </html>
  );
}

/** A scion on its stock. */
function Mark(): JSX.Element {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      aria-hidden="true"
    >
      <path d="M12 22V13" />
      <path d="M12 15 9.4 10.5" />
      <path d="M12 13c0-4.6 2.6-8.4 8-9.6.3 5.2-2.6 8.9-8 9.6Z" fill="currentColor" stroke-width="1.4" />
      <path d="M9.4 10.5C6 10.6 3.8 8.700 3.400 5.600c3.500-.1 5.800 1.600 6 4.900Z" stroke-width="1.4" />
    </svg>
  );
}
