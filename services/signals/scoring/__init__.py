"""From facts to readings: what has to be computed, computing it, and raising alerts from it."""
