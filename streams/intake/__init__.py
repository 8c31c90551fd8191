"""From a raw record to an event: validation, masking, places, kinds. Pure."""
