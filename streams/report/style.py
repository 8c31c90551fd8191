"""What the page of a report adds to the style sheet of the backtest's: bars in tables, two columns, paper."""

from __future__ import annotations

OURS = """
:root { --idle: #aeb6be; }
@media (prefers-color-scheme: dark) { :root { --idle: #5b6670; } }
h1 { margin-top: 6px; }
.cards { grid-template-columns: repeat(auto-fit, minmax(124px, 1fr)); }
.cards .bad b { color: var(--red); }
.mini { width: 180px; height: 14px; display: inline-block; vertical-align: middle; }
svg .good { fill: var(--good); } svg .idle { fill: var(--idle); } svg .wait { fill: var(--bar); opacity: .55; }
.key { margin-right: 12px; } .key.good, .key.idle, .key.wait, .key.yellow, .key.red, .key.orange, .key.blue {
  color: var(--dim); }
.key.good::before { color: var(--good); } .key.idle::before { color: var(--idle); }
.key.wait::before { color: var(--bar); opacity: .55; } .key.yellow::before { color: var(--yellow); }
.key.red::before { color: var(--red); } .key.orange::before { color: var(--orange); }
.key.blue::before { color: var(--blue); }
.def { color: var(--dim); font-size: 12.5px; line-height: 1.45; margin: 8px 0 18px; max-width: 100ch; }
.was, td small { color: var(--dim); } td code { font-size: 12px; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(430px, 1fr)); gap: 0 36px; }
.two .mini { width: 120px; } .two .scroll { max-height: none; overflow: visible; } .two td small { display: block; }
.two th, .two td { padding-right: 9px; } .two td:first-child { min-width: 120px; line-height: 1.3; }
.narrow { max-width: 820px; }
@media print { :root { --idle: #aaa; } .def { font-size: 9px; margin-bottom: 8px; }
  .two { grid-template-columns: 1fr 1fr; }
  .mini { width: 100px; height: 8px; } .two .mini { width: 64px; } .dim, figcaption { font-size: 9px; }
  th, td { padding: 3px 7px 3px 0; } th.n { white-space: nowrap; } h2 { margin-top: 18px; } .narrow { max-width: none; }
  .cards { grid-template-columns: repeat(8, 1fr); gap: 5px; } .cards div { padding: 5px 8px; }
  .cards b { font-size: 15px; } .def, .warn { break-inside: avoid; } }
@page { margin: 14mm; }
"""
