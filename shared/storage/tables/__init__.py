"""Every table of the store, one file a subject."""
