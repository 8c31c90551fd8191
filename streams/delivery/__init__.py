"""Delivery: from versions of alerts to messages that were sent once, or twice and marked, and never lost."""
