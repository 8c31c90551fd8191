"""Backtest: what a rule book would have said of past or simulated events, how well, and how it differs from another.

`material` reads events once and `trial` runs one or two books over them; `truth` and `matching` say which alerts were
right; `scoring`, `load` and `difference` make figures of that, all pure; `compose` puts them together as a `report`;
`tables` and `page` show it.
"""
