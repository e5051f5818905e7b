"""Migrations of the store, oldest first; see `shared.storage.schema` for how they are run."""
