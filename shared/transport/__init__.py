"""Kafka, kept in one place: consumers, publishing, topics and the embedded broker. Nothing else sees FastStream."""
