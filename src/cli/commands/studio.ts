/** @file `graft studio`: the pages in a browser, for a folder of images, or texts in a folder or a table. */

import { spawn } from 'node:child_process';
import { Command } from 'commander';
import { visible } from '../../core/errors/visible-text.ts';
import { wholeNumber } from '../arguments.ts';
import { interruptible } from '../interruption.ts';
import { printOut, say, styled } from '../terminal.ts';

interface Flags {
  readonly port?: number;
  readonly open: boolean;
  readonly build?: string;
}

/** Where nobody says what is worked on: no folder of somebody's is taken for images by mistake. */
const DEFAULT_FOLDER = 'graft-project';

export function studioCommand(): Command {
  return new Command('studio')
    .description('Collect images or texts, train, look at the results and try the model, in the browser.')
    .argument(
      '[data]',
      'folder with one folder for each class, or a new one; or a table of texts',
      DEFAULT_FOLDER,
    )
    .option('--port <n>', 'port to listen at (default: any that is free)', wholeNumber(1, 65_535))
    .option('--no-open', 'only print the address')
    .option(
      '--build <dir>',
      'write the studio as a folder for any web server: browsers train by themselves then',
    )
    .addHelpText(
      'after',
      `
The folders stay as they are: what is sorted in the browser is moved between them, and what is removed lies in
FOLDER/.graft/bin. Of a table, labels are changed where they stand. Only this machine can reach the address, and nothing is sent anywhere.

What --build writes needs no Graft where it is served, and no server that computes: a project lies in the browser's storage, is
saved and opened as a zip archive of class folders, and nothing leaves the browser.

Examples:
  $ graft studio
  $ graft studio photos
  $ graft studio reviews.csv
  $ graft studio photos --port 8123 --no-open
  $ graft studio --build site`,
    )
    .action(runStudio);
}

async function runStudio(folder: string, { port, open, build }: Flags): Promise<void> {
  if (build !== undefined) {
    await buildSite(build);
    return;
  }
  const { startStudio } = await import('../../studio/server/start-studio.ts');
  const { signal, release } = interruptible('Ending the studio.');
  try {
    const studio = await startStudio(folder, { port, signal });
    printOut(`${studio.address}\n`);
    say(`The studio of ${visible(studio.folder)} is open at this address. Ctrl-C ends it.`);
    if (open) openBrowser(studio.address);
    await studio.closed;
  } finally {
    release();
  }
}

async function buildSite(folder: string): Promise<void> {
  const { writeStudioSite } = await import('../../studio/server/studio-site.ts');
  const { files, bytes } = await writeStudioSite(folder);
  say(`${styled('green', 'written')} ${visible(folder)}: ${files} files, ${(bytes / 1e6).toFixed(1)} MB`);
  say(`Serve it at https:// or at localhost: npx http-server ${visible(folder)}`);
}

/** Where no browser can be opened, the address has been printed. */
function openBrowser(address: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', address]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', address]
        : ['xdg-open', address];
  spawn(command!, args, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
