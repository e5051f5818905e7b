"""Logging of the program."""

import logging


def set_up_logging(level: str) -> None:
    """Log to standard error, one line a message. Libraries log only warnings and errors."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("bellwether").setLevel(level)
    # Ours below its own: whenever it is imported it sets that one to INFO again.
    logging.getLogger("faststream.bellwether").setLevel(logging.ERROR)
    # Rebalances of a single consumer and restarts of the embedded broker are ordinary; failures surface as errors.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
