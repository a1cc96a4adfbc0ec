/**
 * @file The colors, sizes and faces of everything that Graft shows in a browser, as custom properties of CSS: paper and ink, leaf
 * for what can be pressed, sea and clay for what is compared. Each color has two values, for a light and a dark surrounding.
 */

/** Goes into a page's `<style>` first. Contrast of text with what it stands on is at least 4.5, of graphics at least 3 (WCAG 2.2). */
export const TOKENS_CSS: string = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf6, #171a17);
  --surface: light-dark(#f3f1ea, #1f2420);
  --raised: light-dark(#ffffff, #262c27);
  --ink: light-dark(#23271f, #e9e8df);
  --ink-soft: light-dark(#5a6054, #a9afa3);
  --line: light-dark(#dedbd0, #363d37);
  --leaf: light-dark(#2b6a49, #86c9a2);
  --leaf-wash: light-dark(#e4eee6, #22332a);
  --sea: light-dark(#1f6f8b, #74bfd9);
  --clay: light-dark(#b5521b, #ef9d68);
  --plum: light-dark(#7a4b8c, #c79fd8);
  --moss: light-dark(#5b751f, #adc765);
  --rose: light-dark(#ad3a5c, #ee8fab);
  --gold: light-dark(#8a6800, #d9b64f);
  --warning-wash: light-dark(#f8ebda, #3a2c1e);
  --error: light-dark(#a3281f, #f0948b);
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", "URW Palladio L", P052, Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", "Noto Sans", Ubuntu, Cantarell, "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
  --radius: 0.5rem;
  --gap: 1rem;
}
`;
