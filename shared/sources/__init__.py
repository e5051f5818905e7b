"""Source systems: pure readers of what vendors write. `registry` lists them."""
