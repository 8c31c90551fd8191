"""Who is told of an alert, when, and why: rosters, routes, silences, inhibition, grouping, storm protection. Pure."""
