"""Errors that end a process or a batch. Each message tells an operator what to do."""

import traceback
from pathlib import Path


class ServiceError(Exception):
    """The process must end. The message says why and what to do. `exit_code` is never zero."""

    exit_code = 1


class BrokerUnavailableError(ServiceError):
    """Kafka does not answer."""

    exit_code = 3


class TopicsMissingError(ServiceError):
    """Topics are missing on the broker."""

    exit_code = 4


class LogChangedError(ServiceError):
    """A topic was created again or truncated, so the stored offsets do not apply to it any more."""

    exit_code = 5


class TooManyDeadLettersError(ServiceError):
    """Most records cannot be read. A bad deployment is likely, so the service stops and lag builds up."""

    exit_code = 6


class StalledError(ServiceError):
    """Records wait and none is processed."""

    exit_code = 7


class FencedBatchError(Exception):
    """Another consumer owns the partition now. Roll the batch back and seek to the stored offset."""


def ending(service: str, error: Exception) -> ServiceError:
    """The error that a service ends with. An unexpected one is named by type and place only: it may quote a record."""
    if isinstance(error, ServiceError):
        return error
    place = traceback.extract_tb(error.__traceback__)[-1]
    made = ServiceError(
        f"{service}: {type(error).__name__} in {Path(place.filename).name}, line {place.lineno}; nothing of the batch "
        "was done, and a restart tries it again"
    )
    made.__cause__ = error
    return made
