"""Writing facts and loading them as histories."""
