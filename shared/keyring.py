"""The two keys that stand between pseudonyms and people, read from files and never shown.

The *pseudonym key* makes pseudonyms; it is needed where events come in and stays the same for as long as the store
lives. The *register keys* open the register, the only way back from a pseudonym to a person; there may be several at
once, one a line, the first of which seals: put a new one in front, run `bellwether register rotate`, drop the old one.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Self

from cryptography.fernet import Fernet, MultiFernet
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.domain.pseudonym import KEY_BYTES, Pseudonyms

_DIRECTORY: Final = "keys"


class KeyFileError(ValueError):
    """A key file is missing or holds no key; the message says which file, never what is in it."""


class KeySettings(BaseSettings):
    """Where the keys lie, read from the environment."""

    model_config = SettingsConfigDict(env_prefix="BELLWETHER_", frozen=True, extra="ignore")

    pseudonym_key_file: Annotated[Path | None, Field(description="File with the key that makes pseudonyms.")] = None
    register_key_file: Annotated[Path | None, Field(description="File with the keys of the register.")] = None

    def below(self, data: Path) -> Self:
        """The same, with the files of a data directory where none are named; they are made when missing.

        For what runs on one machine. Raises KeyFileError for a file that cannot be made.
        """
        directory = data / _DIRECTORY
        pseudonyms = self.pseudonym_key_file or _made(directory / "pseudonym.key", secrets.token_hex(KEY_BYTES))
        register = self.register_key_file or _made(directory / "register.key", Fernet.generate_key().decode())
        return self.model_copy(update={"pseudonym_key_file": pseudonyms, "register_key_file": register})


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys, read. What holds them does not show them."""

    pseudonyms: Pseudonyms | None
    register: MultiFernet | None


CLOSED: Final = Keyring(pseudonyms=None, register=None)
"""No keys: pseudonyms stay what they are."""


def read_keyring(settings: KeySettings) -> Keyring:
    """Read the files that are named. Raises KeyFileError."""
    return Keyring(
        pseudonyms=_pseudonyms(settings.pseudonym_key_file) if settings.pseudonym_key_file else None,
        register=_register(settings.register_key_file) if settings.register_key_file else None,
    )


def _pseudonyms(path: Path) -> Pseudonyms:
    try:
        return Pseudonyms(bytes.fromhex(_text(path)))
    except ValueError:
        raise KeyFileError(f"{path} must hold {KEY_BYTES} bytes in hexadecimal") from None


def _register(path: Path) -> MultiFernet:
    try:
        return MultiFernet([Fernet(line) for line in _text(path).split()])
    except ValueError:
        raise KeyFileError(f"{path} must hold Fernet keys (32 bytes, URL-safe base64), one a line") from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise KeyFileError(f"cannot read the key file {path}") from None


def _made(path: Path, content: str) -> Path:
    """The file, written once: whoever comes second takes what is there."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        complete = path.with_suffix(f".{os.getpid()}")
        complete.touch(mode=0o600)
        complete.write_text(content + "\n", encoding="ascii")
        try:
            path.hardlink_to(complete)
        except FileExistsError:
            pass
        finally:
            complete.unlink()
    except OSError as error:
        raise KeyFileError(f"cannot make the key file {path}: {error.strerror}") from None
    return path
