"""The style sheet of the page: light, dark and on paper; which language is seen."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #5c6670; --paper: #fff; --card: #f5f7f9; --line: #d9dee3;
  --bar: #5b7fa6;
  --red: #d0312d; --orange: #e67e16; --yellow: #dcae00; --blue: #2f74d0; --good: #1a7f37; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ec; --dim: #9aa5b0; --paper: #14181c; --card: #1e2429; --line: #343c44; --bar: #7ea3cc;
    --red: #f0605c; --orange: #f5973d; --yellow: #eac62e; --blue: #5c9df0; --good: #4cc46c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px; max-width: 1240px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 26px; margin: 0 0 4px; }
h2 { font-size: 18px; margin: 36px 0 10px; padding-bottom: 4px; border-bottom: 2px solid var(--line); }
h3 { font-size: 15px; margin: 20px 0 6px; }
p { margin: 4px 0; } .dim, figcaption { color: var(--dim); font-size: 13px; }
.switch { position: absolute; opacity: 0; }
nav { float: right; } nav label { cursor: pointer; padding: 2px 10px; border: 1px solid var(--line); }
nav label:first-child { border-radius: 6px 0 0 6px; } nav label:last-child { border-radius: 0 6px 6px 0;
  margin-left: -1px; }
#zh:checked ~ main nav label[for=zh], #en:checked ~ main nav label[for=en] { background: var(--bar);
  color: var(--paper); }
#zh:checked ~ main [lang=en], #en:checked ~ main [lang=zh] { display: none; }
.switch:focus-visible ~ main nav { outline: 2px solid var(--bar); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(142px, 1fr)); gap: 10px; margin: 18px 0; }
.cards div { background: var(--card); border-radius: 8px; padding: 10px 14px; }
.cards b { display: block; font-size: 22px; line-height: 1.3; } .cards small { color: var(--dim); display: block; }
.warn { background: var(--card); border-left: 4px solid var(--yellow); padding: 10px 14px; margin: 16px 0; }
.scroll { overflow: auto; max-height: 620px; } figure { margin: 8px 0 14px; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th { text-align: left; color: var(--dim); font-weight: 600; position: sticky; top: 0; background: var(--paper);
  vertical-align: bottom; }
th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
  th.n { white-space: normal; }
.sum td { font-weight: 700; border-top: 2px solid var(--line); }
.grade { color: #fff; border-radius: 4px; padding: 0 7px; font-weight: 600; font-size: 13px; white-space: nowrap; }
.grade.red { background: #c62828; } .grade.orange { background: #c2620a; } .grade.blue { background: #2467bd; }
.grade.yellow { background: #f0c419; color: #222; }
.key::before { content: "■ "; } .key.red { color: var(--red); } .key.orange { color: var(--orange); }
.key.yellow { color: var(--yellow); } .key.blue { color: var(--blue); }
.true, .appeared { color: var(--good); } .false, .vanished { color: var(--red); } .regraded { color: var(--orange); }
svg { width: 100%; height: auto; display: block; } svg text { fill: var(--dim); font-size: 12px; }
  svg .head { font-weight: 600; }
svg .red { fill: var(--red); } svg .orange { fill: var(--orange); } svg .yellow { fill: var(--yellow); }
svg .blue { fill: var(--blue); } svg .bar, svg .dot { fill: var(--bar); } svg .ring { fill: var(--paper);
  stroke: var(--dim); stroke-width: 1.5; }
svg .range { stroke: var(--bar); stroke-width: 2; } svg .rings .range { stroke: var(--line); }
  svg .grid { stroke: var(--line); stroke-width: 1; }
svg .old { opacity: 0.45; }
@media print {
  :root { color-scheme: light; --ink: #000; --dim: #444; --paper: #fff; --card: #f3f3f3; --line: #ccc; --bar: #456;
  --red: #c62828;
    --orange: #d9730d; --yellow: #d3a600; --blue: #2467bd; }
  body { padding: 0; max-width: none; font-size: 11px; } nav { display: none; } .scroll { max-height: none;
  overflow: visible; }
  table { font-size: 10px; } th { position: static; } tr, svg, .cards { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
