"""Roles, pseudonyms, excluded places, retention, and the chain that seals the audit."""
