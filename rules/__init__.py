"""Events and signals to graded alerts: pure decisions, the rule language and the rule book."""
