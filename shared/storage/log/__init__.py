"""The log of events that count: what was applied, offsets, and how far everything is."""
