"""Migrations of the store, oldest first; see `shared.storage.engine.schema` for how they are run."""
