"""The database itself: connections, transactions, bulk statements, schema."""
