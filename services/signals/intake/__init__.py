"""From a record of the log to facts in the store."""
