import { Html } from "./html.ts";

/** The page's only style: its hash is in the page's Content-Security-Policy. */
export const style = new Html(`
:root { color-scheme: light dark; --line: light-dark(#d9dde3, #3a4048); --quiet: light-dark(#5a6370, #a3acb8); --soft: light-dark(#f4f6f8, #20252b); --link: light-dark(#0b57b0, #8ab8ff) }
* { box-sizing: border-box }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: light-dark(#1b2027, #e6e9ed); background: light-dark(#fff, #15181c); display: grid; grid-template-columns: 17rem minmax(0, 1fr) }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1rem 1.25rem; border-right: 1px solid var(--line); background: var(--soft); font-size: .9rem }
nav h2 { margin: 1rem 0 .25rem; font-size: .8rem; color: var(--quiet); text-transform: uppercase; letter-spacing: .05em }
nav ul { margin: 0; padding: 0; list-style: none }
nav a { display: block; padding: .15rem 0 }
main { padding: 1.5rem 2rem 6rem; max-width: 62rem }
h1, h2, h3 { line-height: 1.25 }
section > h2 { margin-top: 3rem; padding-bottom: .25rem; border-bottom: 2px solid var(--line) }
article { scroll-margin-top: 1rem; padding-bottom: 1rem; border-bottom: 1px solid var(--line) }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem }
h4 { margin: 1rem 0 .25rem; font-size: .85rem; color: var(--quiet) }
a { color: var(--link) }
code { font: .875em ui-monospace, monospace; overflow-wrap: anywhere }
b { padding: .1rem .4rem; border-radius: .25rem; color: #fff; background: #44546a }
b.get { background: #1f6f43 }
b.post { background: #0b57b0 }
b.patch { background: #8a5a00 }
b.delete { background: #a3242c }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
th, td { padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere }
th { width: 13rem; font-weight: 500 }
td:nth-child(2):not(:last-child) { width: 8rem; color: var(--quiet) }
pre { margin: .25rem 0; padding: .75rem; overflow-x: auto; background: var(--soft); border-radius: .25rem }
summary { cursor: pointer; color: var(--quiet); font-size: .9rem }
p { margin: .25rem 0 }
@media (max-width: 50rem) { body { display: block } nav { position: static; height: auto; max-height: 40vh; border-right: 0; border-bottom: 1px solid var(--line) } main { padding: 1rem } th { width: 8rem } }
`);
