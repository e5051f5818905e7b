"""Files of a customer as events: reading, sending, and waiting until they count."""
