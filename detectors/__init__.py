"""Event to signal: pure arithmetic that knows no Kafka, no clock, no environment."""
