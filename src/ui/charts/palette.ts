/** @file The colors of plots: on a page by its tokens, so that they follow light and dark; in a file of their own as numbers. */

/** Of two curves that are compared, `sea` is training, or the model; `clay` is validation, or what was measured. */
export type PlotColor = 'sea' | 'clay' | 'leaf' | 'plum' | 'moss' | 'rose' | 'gold' | 'soft';

export interface PlotPalette {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  /** Behind the plot. Default nothing. */
  readonly paper?: string | undefined;
  readonly colors: Readonly<Record<PlotColor, string>>;
}

/** For a plot on a page with `TOKENS_CSS`. */
export const PAGE_PALETTE: PlotPalette = {
  ink: 'var(--ink)',
  soft: 'var(--ink-soft)',
  line: 'var(--line)',
  colors: {
    sea: 'var(--sea)',
    clay: 'var(--clay)',
    leaf: 'var(--leaf)',
    plum: 'var(--plum)',
    moss: 'var(--moss)',
    rose: 'var(--rose)',
    gold: 'var(--gold)',
    soft: 'var(--ink-soft)',
  },
};

/** For a file that any program may open: what the tokens are in the light. */
export const FILE_PALETTE: PlotPalette = {
  ink: '#23271f',
  soft: '#5a6054',
  line: '#dedbd0',
  paper: '#ffffff',
  colors: {
    sea: '#1f6f8b',
    clay: '#b5521b',
    leaf: '#2b6a49',
    plum: '#7a4b8c',
    moss: '#5b751f',
    rose: '#ad3a5c',
    gold: '#8a6800',
    soft: '#5a6054',
  },
};

/** In the order in which classes and runs take them. */
export const SERIES_COLORS: readonly PlotColor[] = ['sea', 'clay', 'plum', 'moss', 'rose', 'gold', 'leaf'];
