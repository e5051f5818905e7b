"""The store: tables, migrations, and the functions that read and write them, the same on SQLite and PostgreSQL."""
