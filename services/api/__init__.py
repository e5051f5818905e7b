"""The signals API: the directory, aggregates, readings with their evidence, and who may see them."""
