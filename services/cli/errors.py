"""Errors that end a command. `main` shows each in one line."""

from shared.transport.errors import ServiceError


class UsageError(ServiceError):
    """The command cannot be run as it was given: a file, a name or a setting is wrong."""

    exit_code = 2


class NotSettledError(ServiceError):
    """The readings do not include everything that was sent."""

    exit_code = 8


class DeadLettersError(ServiceError):
    """The running system refused some of what was sent."""

    exit_code = 12


class DifferentError(ServiceError):
    """Something differs from what it is compared with: a rebuilt store, a generated file, or the audit."""

    exit_code = 9


class NotOverwrittenError(ServiceError):
    """A person is erased, but the files of the store still hold deleted bytes."""

    exit_code = 10


class NothingMatchedError(ServiceError):
    """What was named on the command line is about nobody in the store, or about nothing on the list."""

    exit_code = 11
