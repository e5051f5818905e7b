"""Which readings become alerts, how an alert ends, and when a message about it is tried again."""
