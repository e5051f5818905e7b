"""Work beside scoring: the outbox, retention, signing the audit, and erasure."""
