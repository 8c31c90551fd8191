"""The daily and weekly report of the duty desk.

`reading` brings the versions of alerts together, `counting` makes `figures` of them (pure), `page` and `tables` show
them; `wording` defines every figure in a sentence.
"""
