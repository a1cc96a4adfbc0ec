/** @file How a page that Graft writes looks: one column of text that grows two on a wide screen, hairlines, room to breathe. */

/** Goes into the page's `<style>` behind `TOKENS_CSS`. */
export const PAGE_CSS: string = `
*, *::before, *::after { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); font: 16px/1.55 var(--sans); -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; overflow-wrap: break-word; }
h1, h2, h3 { font-family: var(--serif); font-weight: 600; line-height: 1.2; text-wrap: balance; margin: 0; }
h1 { font-size: clamp(1.9rem, 1.4rem + 2.2vw, 2.9rem); letter-spacing: -0.015em; }
h2 { font-size: 1.55rem; letter-spacing: -0.01em; }
h3 { font-size: 1.1rem; }
p { margin: 0; max-width: 68ch; }
a { color: var(--leaf); text-underline-offset: 0.15em; }
code, pre, kbd { font-family: var(--mono); font-size: 0.875em; }
img, svg { display: block; max-width: 100%; }
:focus-visible { outline: 2px solid var(--leaf); outline-offset: 2px; border-radius: 3px; }
::selection { background: var(--leaf-wash); }

.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--raised); padding: 0.5rem 1rem; z-index: 1; }
.frame { max-width: 76rem; margin: 0 auto; padding: 0 1rem 4rem; }
.masthead { padding: 1.25rem 0 2rem; display: grid; gap: 0.75rem; }
.brand { display: flex; align-items: center; gap: 0.5rem; color: var(--leaf); font: 600 0.95rem/1 var(--serif); letter-spacing: 0.01em; }
.brand svg { width: 1.35rem; height: 1.35rem; }
.brand span { color: var(--ink-soft); font-weight: 400; }
.lead { color: var(--ink-soft); font-size: 1.08rem; }
.contents { border-block: 1px solid var(--line); padding: 0.6rem 0; font-size: 0.92rem; }
.contents ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.15rem 1.1rem; }
.contents a { color: var(--ink-soft); text-decoration: none; display: inline-block; padding: 0.2rem 0; }
.contents a:hover { color: var(--leaf); text-decoration: underline; }
main { min-width: 0; display: grid; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 64rem) {
  .frame { padding: 0 2.5rem 6rem; }
  .columns { display: grid; grid-template-columns: 10.5rem minmax(0, 1fr); gap: 3.5rem; align-items: start; }
  .contents { position: sticky; top: 1.5rem; border-block: 0; padding: 2.4rem 0 0; }
  .contents ul { flex-direction: column; gap: 0.1rem; }
}

.section { padding: 2.25rem 0; border-top: 1px solid var(--line); display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.15rem; }
.section:first-child { border-top: 0; }
.section > header { display: grid; gap: 0.35rem; }
.section > header p, .note { color: var(--ink-soft); }
.stack { display: grid; gap: 1.15rem; grid-template-columns: minmax(0, 1fr); }
.pair { display: grid; gap: 1.5rem 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); align-items: start; }
.warning { background: var(--warning-wash); border-left: 3px solid var(--clay); border-radius: 0 var(--radius) var(--radius) 0; padding: 0.7rem 1rem; max-width: 74ch; }

.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 1.1rem 1.5rem; margin: 0; }
.facts > div { display: grid; align-content: start; gap: 0.1rem; }
.facts dt { color: var(--ink-soft); font-size: 0.86rem; order: 1; }
.facts dd { margin: 0; font: 600 1.5rem/1.2 var(--serif); font-variant-numeric: lining-nums tabular-nums; }
.facts dd.text { font: 500 1rem/1.4 var(--sans); }
.facts dd + dd.detail { order: 2; font: 400 0.86rem/1.4 var(--sans); color: var(--ink-soft); }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.93rem; font-variant-numeric: lining-nums tabular-nums; }
caption { text-align: left; color: var(--ink-soft); padding-bottom: 0.5rem; }
th, td { padding: 0.42rem 0.9rem 0.42rem 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: baseline; }
thead th { font-weight: 500; color: var(--ink-soft); font-size: 0.86rem; white-space: nowrap; }
tbody th { font-weight: 500; }
.number { text-align: right; white-space: nowrap; }
tr:last-child > * { border-bottom: 0; }

.plot { margin: 0; display: grid; gap: 0.4rem; max-width: 34rem; }
svg[role="img"] { max-width: 34rem; }
.plot svg { width: 100%; height: auto; overflow: visible; }
figcaption { color: var(--ink-soft); font-size: 0.92rem; max-width: 68ch; }

.photos { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fill, minmax(var(--photo, 6rem), 1fr)); }
.photo { margin: 0; display: grid; gap: 0.3rem; align-content: start; min-width: 0; }
.photo img { width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: var(--radius); background: var(--surface); }
.photo.blend img { position: relative; }
.photo figcaption { font-size: 0.8rem; line-height: 1.35; overflow-wrap: anywhere; }

button { font: inherit; color: inherit; }
.opener { border: 0; background: none; padding: 0; cursor: pointer; text-align: inherit; }
.opener:hover { text-decoration: underline; }
.link { color: var(--leaf); text-decoration: underline; text-underline-offset: 0.15em; }
.sheet { border: 1px solid var(--line); border-radius: 0.9rem; background: var(--raised); color: var(--ink); width: min(52rem, calc(100vw - 2rem)); max-height: min(44rem, calc(100vh - 2rem)); padding: 1.25rem 1.4rem 1.5rem; overflow: auto; box-shadow: 0 1rem 3rem rgb(0 0 0 / 0.22); margin: auto; }
.sheet::backdrop { background: rgb(15 18 15 / 0.45); }
.sheet-head { display: flex; justify-content: space-between; gap: 1rem; align-items: start; margin-bottom: 1rem; }
.close { border: 1px solid var(--line); background: var(--paper); border-radius: 2rem; padding: 0.2rem 0.85rem; cursor: pointer; font-size: 0.9rem; }
.close:hover { border-color: var(--leaf); color: var(--leaf); }

.confusion { border-collapse: separate; border-spacing: 3px; }
.confusion th, .confusion td { border: 0; padding: 0; }
.confusion thead th { padding: 0 0.4rem 0.3rem; text-align: center; max-width: 9rem; overflow-wrap: anywhere; white-space: normal; }
.confusion tbody th { padding-right: 0.7rem; text-align: right; max-width: 11rem; overflow-wrap: anywhere; }
.confusion td { text-align: center; }
.cell { display: block; width: 100%; min-width: 3.4rem; padding: 0.65rem 0.4rem; border: 0; border-radius: 0.35rem; text-align: center; background: color-mix(in oklab, var(--tint) calc(var(--depth) * 1%), var(--surface)); color: var(--ink); font-variant-numeric: tabular-nums; }
button.cell { cursor: pointer; text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 0.2em; text-decoration-color: color-mix(in oklab, currentColor 45%, transparent); }
button.cell:hover { outline: 2px solid var(--tint); }

.bars { display: grid; grid-template-columns: auto minmax(4rem, 1fr) auto; gap: 0.35rem 0.9rem; align-items: center; margin: 0; font-size: 0.93rem; }
.bar { height: 0.6rem; border-radius: 0.3rem; background: var(--sea); min-width: 2px; }
.bar.clay { background: var(--clay); }

.texts { margin: 0; padding: 0 0 0 1.1rem; display: grid; gap: 0.4rem; max-width: 74ch; }
.plain { margin: 0; padding: 0 0 0 1.1rem; display: grid; gap: 0.4rem; max-width: 74ch; }
.worst { list-style: none; margin: 0; padding: 0; display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 16rem), 1fr)); }
.stack-small { display: grid; gap: 0.55rem; grid-template-columns: minmax(0, 1fr); align-content: start; }
.twins { display: grid; grid-template-columns: 1fr 1fr; gap: 2px; border-radius: var(--radius); overflow: hidden; }
.twins img { border-radius: 0; }
.verdict { line-height: 1.35; }
.small { font-size: 0.82rem; line-height: 1.35; overflow-wrap: anywhere; }
.token { background: color-mix(in oklab, var(--tint) calc(var(--depth) * 1%), transparent); border-radius: 0.2rem; padding: 0.1rem 0; }

pre { margin: 0; padding: 0.9rem 1.1rem; background: var(--surface); border-radius: var(--radius); overflow-x: auto; line-height: 1.5; }
details > summary { cursor: pointer; color: var(--leaf); width: fit-content; }
details[open] > summary { margin-bottom: 0.8rem; }
.tag { display: inline-block; padding: 0.05rem 0.55rem; border-radius: 1rem; background: var(--leaf-wash); color: var(--leaf); font-size: 0.84rem; font-weight: 500; }
.tag.bad { background: var(--warning-wash); color: var(--clay); }
.colophon { margin-top: 2rem; padding-top: 1.25rem; border-top: 1px solid var(--line); color: var(--ink-soft); font-size: 0.9rem; }
@media (max-width: 40rem) { .facts { grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); } .sheet { padding: 1rem; } }
@media print { .contents, .sheet, .skip { display: none; } .section { break-inside: avoid-page; } }
`;
