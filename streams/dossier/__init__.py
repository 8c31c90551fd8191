"""Dossier: all that is on record about one alert, in order.

`reading` finds it on the topics, `compose` makes a `history` of it (pure), `show` prints it.
"""
