"""Encodes and decodes the factors of a stored reading. They are JSON arrays, because every row has a dozen of them."""

from collections.abc import Iterable
from typing import Final

import msgspec

from shared.domain.evidence.reading import Factor
from shared.schemas.output import FactorRecord


class _Stored(msgspec.Struct, frozen=True, array_like=True, gc=False):
    name: str
    value: float
    count: int
    contribution: float
    what_if: float | None = None


class _Value(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The first two elements alone: the others are passed over."""

    name: str
    value: float


_VALUES: Final = msgspec.json.Decoder(list[_Value]).decode
_DECODE: Final = msgspec.json.Decoder(list[_Stored]).decode


def stored_factors(factors: Iterable[Factor]) -> str:
    """`[[name, value, count, contribution], ...]`, with a fifth element where the what-if is known."""
    rows = [
        (each.name, each.value, each.count, each.contribution)
        if each.what_if is None
        else (each.name, each.value, each.count, each.contribution, each.what_if)
        for each in factors
    ]
    return msgspec.json.encode(rows).decode()


def read_factors(text: str | bytes) -> list[Factor]:
    """Factors from their stored form."""
    return [Factor(each.name, each.value, each.count, each.contribution, each.what_if) for each in _DECODE(text)]


def read_values(text: str | bytes) -> dict[str, float]:
    """Values by the names of factors, from their stored form, for two thirds of the cost of the factors."""
    return {each.name: each.value for each in _VALUES(text)}


def factor_record(factor: Factor) -> FactorRecord:
    """A factor as the API and exports show it."""
    return FactorRecord(
        name=factor.name,
        value=factor.value,
        count=factor.count,
        contribution=factor.contribution,
        what_if=factor.what_if,
    )
