"""Which files an import reads and in which format: looks at folders and at the beginning of each file."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from services.cli.errors import UsageError
from services.cli.importing.archives import is_hidden, shown
from services.cli.importing.workbooks import is_workbook
from services.cli.options import AUTO
from shared.sources.kinds import KINDS, Kind
from shared.sources.reader import Options
from shared.sources.recognition import Folder, OptionsFor, Sample
from shared.sources.registry import SOURCES, Recognised, UnrecognisedError, recognise, sources_of
from shared.sources.source import Source

UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
# Holds the header of every table, and some messages of a chat.
_HEAD_BYTES: Final = 1 << 16
# Files that describe an export are read whole. A list of a hundred thousand channels with their members fits.
_DESCRIBING_BYTES_MAX: Final = 64 << 20
# A file of an export lies at most one folder below the files that describe it.
_LEVELS_UP: Final = 2


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file to read, and how."""

    path: Path
    recognised: Recognised
    options: Options
    size_bytes: int

    @property
    def source(self) -> Source:
        """The format that it is read in."""
        return self.recognised.source


@dataclass(slots=True)
class Plan:
    """What an import is going to read."""

    kind: Kind
    files: list[PlannedFile] = field(default_factory=list)
    """In the order in which they are read."""
    unrecognised: list[tuple[Path, str]] = field(default_factory=list)
    """Files of a folder in no known format, with the reason. They are reported as rejected."""
    origins: Mapping[Path, Path] = field(default_factory=dict)
    """What each folder of unpacked files was unpacked from."""
    took: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Number of files by format and by what it was recognised by."""

    @property
    def size_bytes(self) -> int:
        """Bytes of all files to read."""
        return sum(file.size_bytes for file in self.files)

    def lines(self) -> Iterator[str]:
        """What the files were taken for, a line for each format and reason."""
        for (format_name, because), count in sorted(self.took.items()):
            yield f"{count:,} {'file' if count == 1 else 'files'} taken for {format_name}: {because}"

    def unused(self, given: Iterable[str]) -> list[str]:
        """Those names of `Options` that no format of these files looks at."""
        taken = {name for file in self.files for name in file.source.takes}
        return [name for name in given if self.files and name not in taken]


def plan_import(kind: Kind, paths: Iterable[Path], *, options: Options, format_name: str = AUTO) -> Plan:
    """Find the files and the format of each. What is in a file decides, unless `format_name` does.

    A folder stands for every file below it that is not hidden, or, if it is an export, for its files with rows.

    Raises UsageError for a format that is not one of the kind, for an ambiguous folder, and for a file of `paths`
    whose format is ambiguous or unknown; OSError for a file that cannot be read.
    """
    (plan,) = plan_imports(kind, paths, options=options, format_name=format_name)
    return plan


def plan_imports(
    kind: Kind | None,
    paths: Iterable[Path],
    *,
    options: Options,
    format_name: str = AUTO,
    origins: Mapping[Path, Path] | None = None,
) -> list[Plan]:
    """The same, for files of any kind when none is given: a plan for each that is found, people first.

    `origins` says what folders were unpacked from. Raises what `plan_import` does.
    """
    planner = _Planner(kind, options, format_name, origins or {})
    for path in paths:
        if path.is_dir():
            planner.add_folder(path)
        else:
            planner.add_named_file(path)
    return planner.planned()


class _Planner:
    def __init__(self, kind: Kind | None, options: Options, format_name: str, origins: Mapping[Path, Path]) -> None:
        self._plans: Final[dict[Kind, Plan]] = {}
        self._unrecognised: Final[list[tuple[Path, str]]] = []
        self._origins: Final = dict(origins)
        self._kind: Final = kind
        self._options: Final = options
        self._sources: Final = _candidates(kind, format_name)
        self._named: Final = format_name != AUTO
        self._exports: Final[dict[tuple[str, Path], OptionsFor]] = {}

    def add_named_file(self, path: Path) -> None:
        try:
            self._add_file(path)
        except UnrecognisedError as error:
            raise UsageError(f"{shown(path, self._origins)}: {error}. {_name_it(self._sources)}") from error

    def add_folder(self, root: Path) -> None:
        files = [
            file
            for file in sorted(root.rglob("*"))
            if file.is_file() and not is_hidden(file, root) and not is_workbook(file)
        ]
        names = {_name(file, root) for file in files}
        exports = [
            (source, source.folder)
            for source in self._sources
            if source.folder is not None and source.folder.describing & names
        ]
        if len(exports) > 1:
            formats = " or ".join(source.format for source, _ in exports)
            raise UsageError(f"{shown(root, self._origins)}: it could be {formats}. {_name_it(self._sources)}")
        for source, folder in exports:
            found = Recognised(source, f"the folder has {' and '.join(sorted(folder.describing & names))}")
            for file in files:
                if folder.holds_rows(_name(file, root)):
                    self._add(file, found, self._described(source, folder, root)(_name(file, root), self._options))
            return
        for file in files:
            try:
                self._add_file(file)
            except UnrecognisedError as error:
                self._unrecognised.append((file, str(error)))

    def planned(self) -> list[Plan]:
        if self._kind is not None or not self._plans:
            self._plan(self._kind or KINDS[0])
        plans = sorted(self._plans.values(), key=lambda plan: KINDS.index(plan.kind))
        plans[0].unrecognised.extend(self._unrecognised)
        return plans

    def _plan(self, kind: Kind) -> Plan:
        return self._plans.setdefault(kind, Plan(kind, origins=self._origins))

    def _add_file(self, path: Path) -> None:
        sample = Sample(_head(path), path.name, self._options.columns)
        if self._named:
            match = self._sources[0].recognise(sample)
            found = Recognised(self._sources[0], "named by --format", match.columns, match.unused)
        else:
            found = recognise(self._kind, sample)
        self._add(path, found, self._options_beside(path, found.source))

    def _options_beside(self, path: Path, source: Source) -> Options:
        """Options for a file that was not found as part of an export but may lie in one."""
        folder = source.folder
        if folder is None:
            return self._options
        for root in path.resolve().parents[:_LEVELS_UP]:
            name = _name(path.resolve(), root)
            if folder.holds_rows(name) and any((root / each).is_file() for each in folder.describing):
                return self._described(source, folder, root)(name, self._options)
        return self._options

    def _described(self, source: Source, folder: Folder, root: Path) -> OptionsFor:
        key = (source.format, root)
        if key not in self._exports:
            files = {name: root / name for name in sorted(folder.describing)}
            present = {name: file for name, file in files.items() if file.is_file()}
            for file in present.values():
                if file.stat().st_size > _DESCRIBING_BYTES_MAX:
                    raise UsageError(f"{file}: larger than {_DESCRIBING_BYTES_MAX >> 20} MB")
            self._exports[key] = folder.options_from({name: file.read_bytes() for name, file in present.items()})
        return self._exports[key]

    def _add(self, path: Path, found: Recognised, options: Options) -> None:
        plan = self._plan(found.source.kind)
        plan.took[found.source.format, found.because] += 1
        with_name = replace(options, file_name=path.name)
        plan.files.append(PlannedFile(path, found, with_name, size_bytes=path.stat().st_size))


def _candidates(kind: Kind | None, format_name: str) -> tuple[Source, ...]:
    sources = sources_of(kind)
    if format_name == AUTO:
        return sources
    named = tuple(source for source in sources if source.format == format_name)
    if not named:
        other = next((source for source in SOURCES if source.format == format_name), None)
        problem = f"that is a format of {other.kind}" if other is not None else "there is no such format"
        raise UsageError(f"--format {format_name}: {problem}. {_name_it(sources)}")
    return named


def _name_it(sources: tuple[Source, ...]) -> str:
    return f"Name the format with --format: {', '.join(source.format for source in sources)}"


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return head.decode("utf-16", errors="replace").encode() if head.startswith(UTF16_MARKS) else head


def _name(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix()
