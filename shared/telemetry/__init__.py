"""What operators see: metric names, the metrics of a process, and its health endpoints."""
