"""The page of settings in Markdown, from the settings classes. Equal code gives equal bytes."""

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from importlib import import_module
from inspect import getdoc
from pathlib import Path
from pkgutil import iter_modules
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

import services
from services.cli.operator_account import OperatorSettings
from services.cli.reports.markdown import table
from shared.keyring import KeySettings
from shared.settings import ArrivalSettings, EdgeSettings, ServiceSettings

_INTRODUCTION: Final = """# Configuration

Generated from the settings classes by `make generate`. Settings are environment variables; nothing is read from
anywhere else. Commands that talk to a running system also take `--broker`, `--database` and `--data`. Lists and objects
are JSON. The variables of the Docker deployment's warnings are with the [dashboards](dashboards.md#with-docker). What
each mode allows, and what does not count, is in the [privacy model](privacy-model.md).
"""
_SHARED: Final[tuple[tuple[str, type[BaseSettings]], ...]] = (
    ("Every service", ServiceSettings),
    ("Keys", KeySettings),
    ("Commands", OperatorSettings),
    ("Where events come in", EdgeSettings),
    ("Behind the edge", ArrivalSettings),
)
_WORDS: Final[Mapping[Any, str]] = {
    bool: "true or false", int: "whole number", float: "number", str: "text", SecretStr: "text, secret", Path: "path",
    NoneType: "", AwareDatetime: "time",
}  # fmt: skip
_LISTS: Final = (frozenset, set, tuple, list)
_BOUNDS: Final = (("ge", "at least {}"), ("gt", "more than {}"), ("le", "at most {}"), ("lt", "less than {}"))


class UndescribedSettingError(ValueError):
    """A setting has no description, or a type that the page has no words for. The message names it."""


def page() -> str:
    """The whole page: what all services share, then the services by name. Raises UndescribedSettingError."""
    return _INTRODUCTION + "".join(section(title, kind) for title, kind in _sections() if _own_fields(kind))


def _sections() -> Iterator[tuple[str, type[BaseSettings]]]:
    yield from _SHARED
    for found in sorted(iter_modules(services.__path__), key=lambda each: each.name):
        if found.ispkg and any(each.name == "settings" for each in iter_modules([f"{_folder(found.name)}"])):
            module = import_module(f"{services.__name__}.{found.name}.settings")
            for thing in vars(module).values():
                if isinstance(thing, type) and issubclass(thing, BaseSettings) and thing.__module__ == module.__name__:
                    yield f"Service `{found.name}`", thing


def _folder(service: str) -> Path:
    return Path(services.__path__[0]) / service


def _own_fields(kind: type[BaseSettings]) -> dict[str, FieldInfo]:
    """Fields that the class itself declares; those it shares stand where they are declared."""
    inherited = {name for base in kind.__mro__[1:] for name in getattr(base, "model_fields", {})}
    return {name: field for name, field in kind.model_fields.items() if name not in inherited}


def section(title: str, kind: type[BaseSettings]) -> str:
    """The section of one settings class. Raises UndescribedSettingError."""
    prefix = kind.model_config.get("env_prefix", "")
    rows = (
        (f"`{f'{prefix}{name}'.upper()}`", type_of(field), _default(field), _meaning(kind, name, field))
        for name, field in _own_fields(kind).items()
    )
    text = table(("variable", "type", "default", "meaning"), rows)
    return "\n".join(["", f"## {title}", "", (getdoc(kind) or "").partition("\n")[0], "", *text, ""])


def _meaning(kind: type[BaseSettings], name: str, field: FieldInfo) -> str:
    if not field.description:
        raise UndescribedSettingError(f"{kind.__name__}.{name} has no description")
    return field.description


def type_of(field: FieldInfo) -> str:
    """The type of a setting in words, with its bounds. Raises UndescribedSettingError for one without words."""
    bounds = {each: getattr(item, each) for item in field.metadata for each, _ in _BOUNDS if hasattr(item, each)}
    words = [_type(field.annotation)]
    if {"ge", "le"} <= bounds.keys():
        words.append(f"{bounds.pop('ge'):,} to {bounds.pop('le'):,}")
    words += [text.format(f"{bounds[each]:,}") for each, text in _BOUNDS if each in bounds]
    return ", ".join(words)


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin in (Union, UnionType):
        return " or ".join(filter(None, map(_type, arguments)))
    if origin is Literal:
        return " or ".join(f"`{each}`" for each in arguments)
    if origin in _LISTS:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return "object"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{each.value}`" for each in annotation)
    if annotation in _WORDS:
        return _WORDS[annotation]
    raise UndescribedSettingError(f"no words for settings of type {annotation}")


def _default(field: FieldInfo) -> str:
    """The default as one would write it into the environment; empty when there is none."""
    value = field.get_default(call_default_factory=True)
    match value:
        case None | "":
            return ""
        case SecretStr():
            return f"`{value.get_secret_value()}`"
        case bool():
            return f"`{str(value).lower()}`"
        case Enum():
            return f"`{value.value}`"
        case frozenset() | set() | tuple() | list():
            return f"`{json.dumps(sorted(value) if isinstance(value, frozenset | set) else list(value))}`"
        case dict():
            return f"`{json.dumps(value)}`"
        case float():
            return f"`{value:g}`"
        case _:
            return f"`{value}`"
