"""The keys, read from files and never shown: three between pseudonyms and people, two of the audit, one of webhooks.

The *pseudonym key* makes pseudonyms; it is needed where events come in and stays the same for as long as the store
lives. The *check key* is derived from it, for services that must tell pseudonyms of this deployment from all else and
must not be able to make one. The *register keys* open the register, the only way back from a pseudonym to a person;
there may be several at once, one a line, the first of which seals: put a new one in front, run `bellwether register
rotate`, drop the old one. From them the keys are derived that seal the API's cursors.

The *webhook keys* are what secrets of webhooks are derived from: the API shows one, and the signals service signs with
it. Those behind the first of the file sign as well.

The *audit keys* seal the entries of the audit, again the first of the file; the old ones stay, to verify what they
sealed. The *audit signing keys* sign roots of it, and belong where the others are not: to the signals service alone,
which seals nothing.
"""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Self

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.domain.alerts.webhook_secrets import WebhookKeys
from shared.domain.privacy.audit_chain import ChainKeys, Signer
from shared.domain.privacy.pseudonym import KEY_BYTES, PseudonymChecks, Pseudonyms

KEYS_DIRECTORY: Final = "keys"
_KEY_BYTES: Final = 32
CURSOR_KEY_BYTES: Final = 64
_OF_CURSORS: Final = b"bellwether: cursors of the API"


class KeyFileError(ValueError):
    """A key file is missing or holds no key; the message says which file, never what is in it."""


class KeySettings(BaseSettings):
    """Where the keys lie. On one machine, `bellwether up` and the commands make those that are not named."""

    model_config = SettingsConfigDict(env_prefix="BELLWETHER_", frozen=True, extra="ignore")

    pseudonym_key_file: Annotated[
        Path | None,
        Field(
            description="File with the key, 32 bytes in hexadecimal, that makes pseudonyms of people. Needed where "
            "events come in. It must stay the same."
        ),
    ] = None
    pseudonym_check_key_file: Annotated[
        Path | None,
        Field(
            description="File with the key, 32 bytes in hexadecimal, that verifies pseudonyms and can make none. "
            "`bellwether register check-key` derives it from that of pseudonyms. Needed by calendar, tickets, chat "
            "and signals, where the other is not named."
        ),
    ] = None
    register_key_file: Annotated[
        Path | None,
        Field(
            description="File with the keys, Fernet and one a line, that open the register of who is who. Needed where "
            "events come in, and by the API."
        ),
    ] = None
    audit_key_file: Annotated[
        Path | None,
        Field(
            description="File with the keys, 32 bytes in hexadecimal and one a line, that seal the audit. The first "
            "seals, the others verify. Case mode needs it."
        ),
    ] = None
    audit_signing_key_file: Annotated[
        Path | None,
        Field(
            description="File with the Ed25519 keys, in the same form, that sign the audit every hour. Needed by the "
            "signals service: without one nothing of the audit is deleted."
        ),
    ] = None

    webhook_key_file: Annotated[
        Path | None,
        Field(
            description="File with the keys, 32 bytes in hexadecimal and one a line, that secrets of notifications and "
            "subscriptions are derived from. The first is shown, all sign. Needed by the API and the signals service: "
            "without one nobody is told."
        ),
    ] = None

    def below(self, data: Path) -> Self:
        """The same, with the files of a data directory where none are named; they are made when missing.

        For what runs on one machine. Raises KeyFileError for a file that cannot be made.
        """
        directory = data / KEYS_DIRECTORY
        pseudonyms = self.pseudonym_key_file or make_key_file(directory / "pseudonym.key", secrets.token_hex(KEY_BYTES))
        register = self.register_key_file or make_key_file(directory / "register.key", Fernet.generate_key().decode())
        audit = self.audit_key_file or make_key_file(directory / "audit.key", secrets.token_hex(_KEY_BYTES))
        signing = self.audit_signing_key_file or make_key_file(
            directory / "audit-signing.key", secrets.token_hex(_KEY_BYTES)
        )
        webhook = self.webhook_key_file or make_key_file(directory / "webhook.key", secrets.token_hex(_KEY_BYTES))
        files = {
            "pseudonym": pseudonyms,
            "register": register,
            "audit": audit,
            "audit_signing": signing,
            "webhook": webhook,
        }
        return self.model_copy(update={f"{name}_key_file": file for name, file in files.items()})


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys, read. What holds them does not show them."""

    pseudonyms: Pseudonyms | None
    register: MultiFernet | None
    checks: PseudonymChecks | None = None
    audit: ChainKeys = field(default_factory=ChainKeys)
    audit_signer: Signer | None = None
    webhooks: WebhookKeys | None = None
    cursors: tuple[bytes, ...] = field(default=(), repr=False)
    """Keys that seal cursors, the first of which seals; none where the register is closed."""


CLOSED: Final = Keyring(pseudonyms=None, register=None)
"""No keys: pseudonyms stay what they are."""


def read_keyring(settings: KeySettings) -> Keyring:
    """Read the files that are named. Raises KeyFileError."""
    pseudonyms = _pseudonyms(settings.pseudonym_key_file) if settings.pseudonym_key_file else None
    return Keyring(
        pseudonyms=pseudonyms,
        checks=_checks(settings.pseudonym_check_key_file, pseudonyms),
        register=_register(settings.register_key_file) if settings.register_key_file else None,
        audit=ChainKeys(_hexadecimal_keys(settings.audit_key_file)) if settings.audit_key_file else ChainKeys(),
        cursors=_cursor_keys(settings.register_key_file) if settings.register_key_file else (),
        audit_signer=_signer(settings.audit_signing_key_file) if settings.audit_signing_key_file else None,
        webhooks=WebhookKeys(_hexadecimal_keys(settings.webhook_key_file)) if settings.webhook_key_file else None,
    )


def _hexadecimal_keys(path: Path) -> list[bytes]:
    try:
        keys = [bytes.fromhex(line) for line in _text(path).split()]
    except ValueError:
        keys = []
    if not keys or any(len(key) != _KEY_BYTES for key in keys):
        raise KeyFileError(f"{path} must hold keys of {_KEY_BYTES} bytes in hexadecimal, one a line")
    return keys


def _signer(path: Path) -> Signer:
    return Signer([Ed25519PrivateKey.from_private_bytes(key) for key in _hexadecimal_keys(path)])


def _pseudonyms(path: Path) -> Pseudonyms:
    text = _text(path)
    try:
        return Pseudonyms(bytes.fromhex(text))
    except ValueError:
        raise KeyFileError(f"{path} must hold {KEY_BYTES} bytes in hexadecimal") from None


def _checks(path: Path | None, pseudonyms: Pseudonyms | None) -> PseudonymChecks | None:
    derived = pseudonyms.check_key() if pseudonyms is not None else None
    if path is None:
        return PseudonymChecks(derived) if derived is not None else None
    text = _text(path)
    try:
        key = bytes.fromhex(text)
        checks = PseudonymChecks(key)
    except ValueError:
        raise KeyFileError(f"{path} must hold {KEY_BYTES} bytes in hexadecimal") from None
    if derived is not None and key != derived:
        raise KeyFileError(
            f"{path} holds another check key than the one that the pseudonym key gives; write it anew with "
            "`bellwether register check-key`"
        )
    return checks


def _register(path: Path) -> MultiFernet:
    try:
        return MultiFernet([Fernet(line) for line in _text(path).split()])
    except ValueError:
        raise KeyFileError(f"{path} must hold Fernet keys (32 bytes, URL-safe base64), one a line") from None


def _cursor_keys(path: Path) -> tuple[bytes, ...]:
    """One for each key of the register, from which nobody finds that. Processes with the same file have the same."""
    return tuple(
        HKDF(SHA256(), CURSOR_KEY_BYTES, salt=None, info=_OF_CURSORS).derive(line.encode())
        for line in _text(path).split()
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise KeyFileError(f"cannot read the key file {path}") from None


def make_key_file(path: Path, content: str) -> Path:
    """The file, written once and readable by its owner alone: whoever comes second takes what is there.

    Raises KeyFileError for a file that cannot be made.
    """
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
