"""Kafka: consumers, the producer, topics and the embedded broker. No other package imports FastStream or aiokafka."""
