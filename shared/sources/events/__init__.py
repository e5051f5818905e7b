"""Events that are already in Bellwether's own form."""
