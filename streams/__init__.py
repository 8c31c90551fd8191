"""Everything that moves: Kafka, files, clocks, the environment, the command line."""
