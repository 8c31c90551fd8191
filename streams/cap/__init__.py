"""The Common Alerting Protocol 1.2 (OASIS Standard, 1 July 2010): our alerts out, the warnings of others in."""
