"""`bellwether up`: every service in one process, with a broker, a store and a demo."""
