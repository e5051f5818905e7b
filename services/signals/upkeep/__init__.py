"""What runs beside scoring: the outbox, retention, the signing of the audit, erasure."""
