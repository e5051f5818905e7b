"""A grammar of asks: measured beside what ships, and used by nothing that ships (tests/bench/texts/README.md)."""
