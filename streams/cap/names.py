"""Names both sides use: the namespace, the code of our profile, and what kinds of area codes are called."""

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
CODE = "urn:fenghuo:cap-profile:1"
"""In ``<code>`` of every message we send, so that receivers know the parameters below ``fenghuo.``."""
DIVISION = "GB/T 2260"
"""Codes of districts and above, six digits; those below, nine or twelve, are of GB/T 10114."""
BELOW_DIVISION = "GB/T 10114"
DIVISION_DIGITS = 6
