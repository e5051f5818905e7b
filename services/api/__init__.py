"""The signals API: directory, aggregates, readings with their evidence, and who may see which."""
