"""A source, a signal and a metric are one file (or one declaration) and one name: the rest of the product follows.

Each test adds one to a copy of the tree, as whoever extends the product would, and changes nothing else.
"""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from shared.sources.registry import source_of
from tests.contract.tree_copy import TreeCopy, copy_tree

# `make generate`, in the process of the rest, because each start takes seconds.
GENERATE = """
from pathlib import Path
from services.cli.reports.generated_files import write
print("\\n".join(write(Path())))
"""


@pytest.fixture
def tree(tmp_path: Path) -> TreeCopy:
    return copy_tree(tmp_path)


SOURCE = '''
    """Transcripts of a chat that writes a line a message: time, room, who, to whom, text."""

    from collections.abc import Iterable, Iterator
    from typing import Final

    from shared.schemas.chat import Message, MessagePosted
    from shared.schemas.envelope import event_id
    from shared.schemas.markers import Markers
    from shared.sources.identities import chat_identity, digest
    from shared.sources.instants import instant
    from shared.sources.reader import Accepted, Item, Options, Rejection, UnusableError
    from shared.sources.recognition import Certainty, Match, Sample
    from shared.sources.source import FREE_TEXT, Source

    _MARK: Final = b"#campfire\\n"
    _CELLS: Final = 5


    def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
        """Messages in file order. The text is not looked at."""
        source = options.source or "campfire"
        for number, line in enumerate(lines, start=1):
            if line == _MARK or not line.strip():
                continue
            cells = line.decode("latin-1").split("\\t")
            try:
                if len(cells) != _CELLS:
                    raise UnusableError("not five cells")
                time, sender = instant(cells[0], zone=options.zone), chat_identity(cells[2])
                message = Message(
                    sender=sender, recipients=(chat_identity(cells[3]),), channel_kind="direct", audience=1,
                    markers=Markers(),
                )
                event = event_id(source=source, kind="message", native_id=digest(time.isoformat(), sender))
                yield Accepted(MessagePosted(id=event, source=source, time=time, data=message))
            except UnusableError as error:
                yield Rejection(number, str(error))


    def recognise(sample: Sample) -> Match:
        """Certain by the first line."""
        if sample.head.startswith(_MARK):
            return Match(Certainty.CERTAIN, "its first line says so")
        return Match(Certainty.NO, "no mark in its first line")


    SOURCE: Final = Source(
        format="campfire-log",
        kind="chat",
        description="Transcripts of Campfire, one line a message",
        read=read,
        recognise=recognise,
        takes=frozenset({"source", "zone"}),
        example=f"#campfire\\n2024-03-04T09:00:00Z\\tlobby\\tana\\tben\\t{FREE_TEXT}\\n",
    )
'''


def test_a_source_is_one_file_and_one_name(tree: TreeCopy, tmp_path: Path) -> None:
    tree.add("shared/sources/chat/campfire.py", dedent(SOURCE).lstrip())
    registry = "shared/sources/registry.py"
    imported, listed = "from shared.sources.chat import ", "= with_unique_formats(\n"
    tree.edit(registry, imported, f"{imported}campfire\n{imported}")
    tree.edit(registry, listed, f"{listed}    campfire.SOURCE,\n")

    # The import tells it from the other formats of its kind, and they still work.
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "campfire").write_text("#campfire\n2024-03-04T09:00:00Z\tlobby\tana\tben\thello\n", encoding="utf-8")
    (exports / "slack").write_text(source_of("slack").example, encoding="utf-8")
    said = tree.bellwether("import", "chat", str(exports), "--data", str(tmp_path / "data"))
    assert "1 file taken for campfire-log: its first line says so" in said
    assert "1 file taken for slack: " in said

    assert "wrote docs/formats.md" in tree.python(GENERATE)
    assert "\n## campfire-log\n" in tree.read("docs/formats.md")
    tree.pytest("tests/contract/test_sources.py", "-k", "campfire or every_kind or same_format")


SIGNAL = '''
    """Roughness: friction under another name, to try the registry with."""

    from typing import Final

    from shared.domain.signals.friction import FRICTION
    from shared.domain.signals.signal import HEALTH_BANDS, PairSignal

    ROUGHNESS: Final = PairSignal(
        name="roughness",
        title="Roughness",
        unit="points",
        window_days=FRICTION.window_days,
        compute=FRICTION.compute,
        bands=HEALTH_BANDS,
        floor=FRICTION.floor,
        meaning="How rough the tickets of the two are. 100 means smooth.",
        caution="It says nothing about who caused it.",
        formula=FRICTION.formula,
        inputs=FRICTION.inputs,
        evidence=FRICTION.evidence,
        source=FRICTION.source,
        action="shared_goal",
    )
'''
OPENAPI = """
import json
from prometheus_client import CollectorRegistry
from sqlalchemy.engine import make_url
from services.api.app import build
from services.api.settings import ApiSettings
from shared.storage.engine.database import open_database
from shared.telemetry.health import Health
from shared.telemetry.metrics import Metrics

database = open_database(make_url("postgresql+asyncpg://nobody@127.0.0.1:1/none"))
print(json.dumps(build(ApiSettings(), Metrics(CollectorRegistry()), database, Health()).openapi()))
"""


def test_a_signal_is_one_file_and_one_name(tree: TreeCopy) -> None:
    tree.add("shared/domain/signals/roughness.py", dedent(SIGNAL).lstrip())
    registry = "shared/domain/signals/__init__.py"
    imported = "from shared.domain.signals.signal import Signal\n"
    tree.edit(registry, imported, f"from shared.domain.signals.roughness import ROUGHNESS\n{imported}")
    listed = "SIGNALS: Final[tuple[Signal, ...]] = (\n"
    tree.edit(registry, listed, f"{listed}    ROUGHNESS,\n")

    description, *written = tree.python(OPENAPI + GENERATE).splitlines()
    described = json.loads(description)
    parameters = described["paths"]["/v1/relationships"]["get"]["parameters"]
    (asked,) = [each["schema"] for each in parameters if each["name"] == "signal"]
    assert "roughness" in asked["enum"]

    for path, expected in {
        "docs/signals.md": "\n## Roughness\n",
        "docs/privacy.md": "| Roughness |",
        "dashboards/generated/relationships.json": 'signal=\\"roughness\\"',
        "dashboards/generated/alerting/rules.yaml": "RoughnessWorsening",
        "dashboards/generated/prometheus/bellwether.rules.yml": "RoughnessWorsening",
    }.items():
        assert f"wrote {path}" in written
        assert expected in tree.read(path)
    tree.pytest(
        "tests/contract/test_signals.py", "tests/unit/domain/test_scoring.py", "tests/dashboards/test_dashboards.py",
        "-k", "roughness or registry or every_signal or sum_to_the_score or whole_file",
    )  # fmt: skip


EXPOSED = """
from prometheus_client import CollectorRegistry, generate_latest
from shared.telemetry import names
from shared.telemetry.metrics import Metrics

metrics = Metrics(CollectorRegistry())
metrics.gauge(names.KETTLES).labels("api").set(3)
print(generate_latest(metrics.registry).decode())
"""


def test_a_metric_is_one_declaration(tree: TreeCopy) -> None:
    declared = (
        'KETTLES: Final = Metric("bellwether_kettles", "gauge", "Kettles on.", unit="kettles", labels=("service",), '
        "disclosure=MACHINERY)"
    )
    tree.edit("shared/telemetry/names.py", "API_REQUESTS: Final", f"{declared}\nAPI_REQUESTS: Final")
    *exposed, written = tree.python(EXPOSED + GENERATE).splitlines()
    assert 'bellwether_kettles{service="api"} 3.0' in exposed
    assert written == "wrote docs/metrics.md"
    row = "| `bellwether_kettles` | gauge | kettles | service | machinery | Kettles on. |"
    assert row in tree.read("docs/metrics.md")
    tree.pytest("tests/contract/test_metrics.py", "-k", "kettles or declared_once")
