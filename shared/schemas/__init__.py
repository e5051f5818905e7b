"""The wire: versioned canonical events, interactions and readings, as JSON on Kafka topics."""
