"""How commands end when they cannot do what was asked; one clear line each, shown by `main`."""

from shared.transport.errors import ServiceError


class UsageError(ServiceError):
    """What was asked makes no sense as it stands: a file, a name or a setting."""

    exit_code = 2


class NotSettledError(ServiceError):
    """The readings do not include everything that was sent, or not yet."""

    exit_code = 8


class DifferentError(ServiceError):
    """A rebuilt store gives other content than the one it was rebuilt from."""

    exit_code = 9


class NotOverwrittenError(ServiceError):
    """A person is erased, and the files of the store still hold what was deleted."""

    exit_code = 10
