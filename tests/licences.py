"""Which licence each installed package is under: `python -m tests.licences [--output FILE]`, run by `make sbom`.

The answer comes from the metadata of the installed packages alone. The command exits with 1 when a package has a
licence that is not in the lists below, or one that this project must not be combined with.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from importlib.metadata import Distribution, PackageMetadata, distribution, distributions, requires
from pathlib import Path
from typing import Final

from license_expression import AND, OR, ExpressionError, LicenseSymbol, get_spdx_licensing
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT: Final = "bellwether"
# What Python's own environments carry; none of it is in the image, and none is imported.
_INSTALLERS: Final = frozenset({"pip", "setuptools", "wheel", "uv"})


class Kind(IntEnum):
    """What a licence asks of whoever passes the package on, from least to most. `docs/licences.md` says it in words."""

    PERMISSIVE = 0
    WEAK_COPYLEFT = 1
    STRONG_COPYLEFT = 2
    UNKNOWN = 3

    @property
    def words(self) -> str:
        return self.name.lower().replace("_", " ")


_PERMISSIVE: Final = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "PSF-2.0",
        "Zlib",
    }
)
_WEAK: Final = frozenset({"LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0"})
_STRONG: Final = ("GPL-", "AGPL-", "SSPL-", "EUPL-", "OSL-", "CC-BY-SA-", "CC-BY-NC")

# What packages wrote before licences had identifiers: the field `License`, and the classifiers.
_SAID: Final = {
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",  # how many clauses is not said; three ask for more than two
    "dual license": "",  # the classifiers say which two
    "gnu general public license v3 (gplv3)": "GPL-3.0-only",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "unknown": "",
}
_SPDX: Final = get_spdx_licensing()


@dataclass(frozen=True, slots=True)
class Licensed:
    """A package, its licence as an SPDX expression (or as it was found), and whether services need the package."""

    name: str
    version: str
    licence: str
    kind: Kind
    shipped: bool


def licence(metadata: PackageMetadata) -> str:
    """The SPDX expression of a package's metadata; words that stand for none are given back as they are."""

    def field(name: str) -> str:
        return str((metadata.get_all(name) or [""])[0]).strip()

    if expression := field("License-Expression"):
        return expression
    text = field("License")
    first = text.partition("\n")[0].strip()
    if said := _SAID.get(first.lower(), first if _parsed(first) is not None else ""):
        return said
    classified = [
        line.rpartition("::")[2].strip()
        for line in metadata.get_all("Classifier") or ()
        if line.startswith("License ::") and "approved" not in line.rpartition("::")[2]
    ]
    # Several classifiers may be alternatives or hold together: the stricter reading is taken.
    return " AND ".join(_SAID.get(name.lower(), name) for name in classified) or first or "none"


def _parsed(expression: str) -> object | None:
    try:
        parsed: object = _SPDX.parse(expression, validate=True)
    except ExpressionError:
        return None
    return parsed


def kind_of(expression: str) -> Kind:
    """What an SPDX expression asks for: of alternatives the least, of licences that hold together the most."""
    return _kind(_parsed(expression))


def _kind(parsed: object) -> Kind:
    if isinstance(parsed, OR):
        return min(map(_kind, parsed.args))
    if isinstance(parsed, AND):
        return max(map(_kind, parsed.args))
    if not isinstance(parsed, LicenseSymbol):  # also a licence with an exception: somebody must read that
        return Kind.UNKNOWN
    if parsed.key in _PERMISSIVE:
        return Kind.PERMISSIVE
    if parsed.key in _WEAK:
        return Kind.WEAK_COPYLEFT
    return Kind.STRONG_COPYLEFT if parsed.key.startswith(_STRONG) else Kind.UNKNOWN


def shipped() -> set[str]:
    """Names of the packages that the image holds: what the project and its extra `cli` need, directly or in turn."""
    waiting, seen = [Requirement(f"{PROJECT}[cli]")], set[str]()
    while waiting:
        requirement = waiting.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        for inner in map(Requirement, requires(requirement.name) or ()):
            extras = ("", *requirement.extras)
            if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(inner)
    return {str(canonicalize_name(Requirement(line).name)) for line in seen} - {PROJECT}


def licensed(installed: Iterable[Distribution] | None = None) -> Iterator[Licensed]:
    """Every package of the environment but the project's own and the installers, by name."""
    needed = shipped()
    packages = {canonicalize_name(package.metadata["Name"]): package for package in installed or distributions()}
    for name, package in sorted(packages.items()):
        if name == PROJECT or name in _INSTALLERS:
            continue
        expression = licence(package.metadata)
        yield Licensed(name, package.version, expression, kind_of(expression), name in needed)


def refused(packages: Iterable[Licensed]) -> list[Licensed]:
    """Those that somebody must look at before they may be depended on."""
    return [package for package in packages if package.kind >= Kind.STRONG_COPYLEFT]


def table(packages: Iterable[Licensed]) -> str:
    """The packages as a Markdown table; those that ask for most first."""
    rows = sorted(packages, key=lambda package: (-package.kind, not package.shipped, package.name))
    lines = ["| package | version | licence | kind | in the image |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        where = "yes" if row.shipped else "no"
        lines.append(f"| {row.name} | {row.version} | {row.licence} | {row.kind.words} | {where} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the table, say how many packages are of each kind, and name those that are refused."""
    parser = argparse.ArgumentParser(description="List the licences of the installed packages.")
    parser.add_argument("--output", type=Path, help="write the table to this file rather than print it")
    output: Path | None = parser.parse_args().output
    packages = list(licensed())
    version = distribution(PROJECT).version
    heading = f"# Licences of the dependencies of Bellwether {version}\n\n"
    if output is None:
        sys.stdout.write(table(packages))
    else:
        output.write_text(heading + table(packages), encoding="utf-8")
    counts = Counter(package.kind for package in packages)
    summary = ", ".join(f"{counts[kind]} {kind.words}" for kind in sorted(counts))
    sys.stdout.write(f"{len(packages)} packages: {summary}{f'; see {output}' if output else ''}\n")
    for package in refused(packages):
        sys.stderr.write(f"licences: look at {package.name} {package.version}: {package.licence}\n")
    return 1 if refused(packages) else 0


if __name__ == "__main__":
    sys.exit(main())
