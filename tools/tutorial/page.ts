/**
 * @file The tutorial's page: prose by hand, with blocks whose content comes from elsewhere. A comment before a block says
 * from where:
 *
 *     <!-- code: NAME -->                        the region NAME of a program
 *     <!-- output: NAME, head N, tail M -->      what was recorded under NAME: of a long text N and M lines
 *     <!-- run: NAME -->                         commands, written by hand; what they print is recorded under NAME
 */

/** A block of the page with a comment before it. */
interface Block {
  readonly kind: 'code' | 'output' | 'run';
  readonly name: string;
  /** Of an output: how many lines at its beginning and at its end. Default all. */
  readonly head?: number | undefined;
  readonly tail?: number | undefined;
  readonly content: string;
}

/** Where the content of the blocks comes from. */
export interface PageSources {
  /** Of the programs, by name. */
  readonly regions: ReadonlyMap<string, string>;
  /** Recorded text, by name. */
  readonly outputs: ReadonlyMap<string, string>;
}

const BLOCK =
  /<!-- (code|output|run): ([a-z0-9-]+)(?:, head (\d+))?(?:, tail (\d+))? -->\n\n```(\w+)\n([\s\S]*?)```\n/g;

/** The page with the blocks of code and output as their sources have them. @throws If one has no source. */
export function fillPage(page: string, { regions, outputs }: PageSources): string {
  return page.replace(BLOCK, (whole, ...groups: string[]) => {
    const block = blockOf(groups);
    if (block.kind === 'run') return whole;
    const source = (block.kind === 'code' ? regions : outputs).get(block.name);
    if (source === undefined) throw new Error(`the tutorial: there is no ${block.kind} "${block.name}".`);
    const fenced = `\n${block.content}\`\`\`\n`;
    return `${whole.slice(0, whole.length - fenced.length)}\n${source}\`\`\`\n`;
  });
}

/** Every command of the page, as words, with the name that its output has. */
export function commandsOf(page: string): readonly { readonly name: string; readonly words: string[] }[] {
  return blocksOf(page)
    .filter(({ kind }) => kind === 'run')
    .flatMap(({ name, content }) => {
      const lines = content.replaceAll('\\\n', ' ').trim().split('\n');
      return lines.map((line) => ({ name, words: line.split(/\s+/) }));
    });
}

export function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(BLOCK)].map(([, ...groups]) => blockOf(groups));
}

/** The regions of a program, between `// #region NAME` and `// #endregion`, without the empty lines around. */
export function regionsOf(source: string): Map<string, string> {
  const regions = source.matchAll(/^\/\/ #region ([a-z0-9-]+)\n([\s\S]*?)^\/\/ #endregion$/gm);
  return new Map([...regions].map(([, name = '', content = '']) => [name, `${content.trim()}\n`]));
}

/** The region that a line of a program lies in, from 1. */
export function regionAt(source: string, line: number): string | undefined {
  const before = source.split('\n').slice(0, line).toReversed();
  const marker = before.find((text) => /^\/\/ #(end)?region/.test(text));
  return marker?.match(/^\/\/ #region (.+)$/)?.[1];
}

/** What is to be recorded of an output: as many lines as the page shows; undefined if it shows none. */
export function excerptOf(page: string, name: string, text: string): string | undefined {
  const block = blocksOf(page).find((one) => one.kind === 'output' && one.name === name);
  if (block === undefined) return undefined;
  const { head, tail } = block;
  const lines = text.trimEnd().split('\n');
  if (head === undefined && tail === undefined) return `${lines.join('\n')}\n`;
  const first = lines.slice(0, head ?? 0);
  const last = lines.slice(Math.max(first.length, lines.length - (tail ?? 0)));
  const leftOut = lines.length - first.length - last.length;
  const note = leftOut > 0 ? [`... ${leftOut} lines ...`] : [];
  return `${[...first, ...note, ...last].join('\n')}\n`;
}

function blockOf([kind = '', name = '', head, tail, _language, content = '']: readonly (
  | string
  | undefined
)[]): Block {
  return {
    kind: kind as Block['kind'],
    name,
    head: head === undefined ? undefined : Number(head),
    tail: tail === undefined ? undefined : Number(tail),
    content,
  };
}
