"""Licences of what is installed: each is known, none is a strong copyleft, and the page names what asks for more."""

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest

from tests.licences import Kind, kind_of, licensed, refused, table

ROOT = Path(__file__).parents[2]


def installed(folder: Path, *lines: str) -> Iterable[Distribution]:
    """A package called `found`, whose metadata also says these lines."""
    place = folder / "found-1.0.dist-info"
    place.mkdir()
    place.joinpath("METADATA").write_text("\n".join(("Name: found", "Version: 1.0", *lines)) + "\n", encoding="utf-8")
    return [PathDistribution(place)]


def test_every_licence_is_known_and_none_is_a_strong_copyleft() -> None:
    assert not refused(licensed()), "look at them, and add what is all right to tests/licences.py and docs/licences.md"


@pytest.mark.parametrize(
    ("lines", "expression", "kind"),
    [
        (["License-Expression: MIT"], "MIT", Kind.PERMISSIVE),
        (["License-Expression: GPL-3.0-only OR MIT"], "GPL-3.0-only OR MIT", Kind.PERMISSIVE),
        (["License-Expression: GPL-3.0-only AND MIT"], "GPL-3.0-only AND MIT", Kind.STRONG_COPYLEFT),
        (["License-Expression: AGPL-3.0-or-later"], "AGPL-3.0-or-later", Kind.STRONG_COPYLEFT),
        (["License: SSPL-1.0"], "SSPL-1.0", Kind.STRONG_COPYLEFT),
        (["License: LGPL-3.0-or-later"], "LGPL-3.0-or-later", Kind.WEAK_COPYLEFT),
        (["Classifier: License :: OSI Approved :: MIT License"], "MIT", Kind.PERMISSIVE),
        (
            ["Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)"],
            "GPL-3.0-only",
            Kind.STRONG_COPYLEFT,
        ),
        (
            [
                "License: Dual License",
                "Classifier: License :: OSI Approved :: BSD License",
                "Classifier: License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)",
            ],
            "BSD-3-Clause AND MPL-2.0",
            Kind.WEAK_COPYLEFT,
        ),
        (["License-Expression: GPL-2.0-only WITH Classpath-exception-2.0"], None, Kind.UNKNOWN),
        (["License-Expression: LicenseRef-Proprietary"], None, Kind.UNKNOWN),
        (["License: Copyright ACME. All rights reserved."], None, Kind.UNKNOWN),
        ([], "none", Kind.UNKNOWN),
    ],
)
def test_licences_are_read_in_each_way_that_packages_say_them(
    lines: list[str], expression: str | None, kind: Kind, tmp_path: Path
) -> None:
    (package,) = licensed(installed(tmp_path, *lines))
    assert expression in {None, package.licence}
    assert package.kind == kind
    assert bool(refused([package])) == (kind >= Kind.STRONG_COPYLEFT)
    assert f"| found | 1.0 | {package.licence} | {kind.words} | no |" in table([package])


def test_unknown_words_are_no_licence() -> None:
    assert kind_of("MIT OR Beerware-ish") == Kind.UNKNOWN
    assert kind_of("") == Kind.UNKNOWN


def test_the_page_names_every_package_that_asks_for_more_and_where_it_is_used() -> None:
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    named = {
        (name, expression, where == "yes")
        for name, expression, where in re.findall(r"^\| `([\w.-]+)` \| ([\w.-]+) \| (yes|no) \|", page, re.MULTILINE)
    }
    assert named == {
        (package.name, package.licence, package.shipped) for package in licensed() if package.kind == Kind.WEAK_COPYLEFT
    }
