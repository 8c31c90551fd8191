"""What pages say, as plain data: no Kafka, no clock, no browser."""
