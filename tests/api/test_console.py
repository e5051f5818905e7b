"""The files of the console: how they are served, what they must not hold, and that they know the API as it is."""

import re
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Iterator
from importlib.resources import files
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy.engine import make_url

from services.api.app import build
from services.api.endpoints import ENDPOINTS
from services.api.routes.cases import BREAK_GLASS
from services.api.settings import ApiSettings
from shared.domain.alerts.notification_week import Notify
from shared.domain.alerts.state import AlertState, Ended, Verdict
from shared.domain.evidence.reading import SHAPES
from shared.domain.privacy.cases import CaseState, CaseSubjectKind
from shared.domain.privacy.roles import CASE_PURPOSES
from shared.storage.engine.database import open_database
from shared.telemetry.health import Health
from shared.telemetry.metrics import Metrics

FILES = {each.name: each.read_text(encoding="utf-8") for each in files("services.api").joinpath("console").iterdir()}
ROOT = Path(__file__).parents[2]
PATHS = {name: "/" if name == "index.html" else f"/console/{name}" for name in FILES}
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
# The name of SVG's elements, which is no address of anything.
NAMESPACE = "http://www.w3.org/2000/svg"
WORDS = FILES["words.js"]


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """Nothing connects: the page needs no store."""
    database = open_database(make_url("postgresql+asyncpg://nobody@127.0.0.1:1/none"))
    return build(ApiSettings(), Metrics(CollectorRegistry()), database, Health())


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://api") as made:
        yield made


@pytest.mark.parametrize("name", sorted(FILES))
async def test_every_file_is_served_to_anybody_under_its_own_policy(name: str, client: httpx.AsyncClient) -> None:
    answer = await client.get(PATHS[name])
    assert answer.status_code == 200
    assert answer.text == FILES[name]
    assert answer.headers["content-type"].split(";")[0] == TYPES[name.rpartition(".")[2]]
    policy = dict(each.split(" ", 1) for each in answer.headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'",
        "img-src": "'self'", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'", "trusted-types": "'none'",
    }  # fmt: skip
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers
    signed_in = await client.get(PATHS[name], headers={"Authorization": "Bearer bw_x", "Purpose": "x"})
    assert (signed_in.content, signed_in.headers) == (answer.content, answer.headers)


async def test_whoever_has_a_file_is_told_so(client: httpx.AsyncClient) -> None:
    tag = (await client.get("/")).headers["etag"]
    for condition in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        same = await client.get("/", headers={"If-None-Match": condition})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
        assert "connect-src 'self'" in same.headers["content-security-policy"]
    assert (await client.get("/", headers={"If-None-Match": '"other"'})).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/console", "/console/", "/console/index.html", "/console/none.js", "/console/../app.py", "/app.js",
        "/console/%2e%2e/app.py", "/console/..%2fapp.py", "/console/%2fetc%2fpasswd", "/console//app.js",
        "/console/app.js/", "/console/app.js%00", "/console/..\\app.py", "/console/app.js;x",
    ],
)  # fmt: skip
async def test_what_is_no_file_of_it_is_not_found(path: str, client: httpx.AsyncClient) -> None:
    # As raw bytes: httpx would tidy the path.
    answer = await client.get(httpx.URL("http://api/").copy_with(raw_path=path.encode()))
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:bellwether:problem:not-found"


async def test_it_cannot_be_written_to(client: httpx.AsyncClient) -> None:
    for path in ("/", "/console/app.js"):
        answer = await client.post(path, content=b"x")
        assert answer.status_code == 405
        assert "GET" in answer.headers["allow"]


def test_it_is_no_operation_of_the_api(app: FastAPI) -> None:
    assert all(path.startswith("/v1/") for path in app.openapi()["paths"])


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_file_makes_markup_keeps_anything_or_names_an_address(name: str) -> None:
    text = FILES[name].replace(NAMESPACE, "")
    forbidden = (
        "innerHTML", "outerHTML", "insertAdjacent", "document.write", "DOMParser", "eval(", "Function(", "srcdoc",
        "localStorage", "sessionStorage", "indexedDB", "cookie", "caches.", "serviceWorker", "history.push",
        "javascript:", "://", "@import", "url(", "style=", " onclick=", "<style", "postMessage", "sendBeacon",
        'setTimeout("', "console.log",
    )  # fmt: skip
    assert [each for each in forbidden if each in text] == []


def test_the_page_has_no_script_of_its_own() -> None:
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", FILES["index.html"], re.DOTALL)
    assert scripts == [(' type="module" src="console/app.js"', "")]


def test_every_file_is_used() -> None:
    everything = "".join(FILES.values())
    named = {name for name in FILES if f"console/{name}" in everything or f'"./{name}"' in everything}
    assert named == FILES.keys() - {"index.html"}


def test_every_name_is_exported_imported_and_used() -> None:
    scripts = {name: text for name, text in FILES.items() if name.endswith(".js")}
    exported = {
        (name, each)
        for name, text in scripts.items()
        for each in re.findall(r"^export (?:async )?(?:function\*?|const|class|let) (\w+)", text, re.MULTILINE)
    }
    imported = set()
    for name, text in scripts.items():
        for names, source in re.findall(r"^import \{([^}]*)\} from \"\./([\w.]+)\";", text, re.MULTILINE):
            taken = [each.strip() for each in names.split(",") if each.strip()]
            imported |= {(source, each) for each in taken}
            assert [each for each in taken if len(re.findall(rf"\b{each}\b", text)) < 2] == [], name
        for views, source in re.findall(r"^import \* as (\w+) from \"\./([\w.]+)\";", text, re.MULTILINE):
            assert len(re.findall(rf"\b{views}\b", text)) > 1
            imported |= {(source, "TITLE"), (source, "show")}  # what every view has
    assert imported == exported


@pytest.mark.parametrize("name", sorted(FILES))
def test_lines_and_files_are_as_long_as_elsewhere(name: str) -> None:
    lines = FILES[name].splitlines()
    assert max(map(len, lines)) <= 120
    assert len(lines) <= 300


def asked() -> Iterator[str]:
    """Every path of the API in the scripts, with `{}` for what is filled in."""
    for name, text in FILES.items():
        if name.endswith(".js"):
            for path in re.findall(r"[\"`](/v1/[^\"`]*)[\"`]", text):
                yield re.sub(r"\$\{\w+\}", "{}", path)


def test_every_path_it_asks_for_is_of_the_api(app: FastAPI) -> None:
    described = {re.sub(r"\{\w+\}", "{}", path) for path in app.openapi()["paths"]}
    found = set(asked())
    assert found <= described
    # What operators and auditors do stays with the command line and their tools.
    assert {path.split("/")[2] for path in described - found} == {
        "identities",
        "names",
        "subscriptions",
    }


def keys(name: str) -> set[str]:
    """Keys of a closed list of words."""
    block = re.search(rf"export const {name} = \{{(.*?)\n\}};", WORDS, re.DOTALL)
    assert block, name
    return set(re.findall(r"^  \"?([\w-]+)\"?:", block[1], re.MULTILINE))


def test_the_wheel_and_so_the_image_has_every_file(tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "build", "--offline", "--quiet", "--wheel", "--out-dir", tmp_path, ROOT], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name: archive.read(f"services/api/console/{name}").decode() for name in FILES}
    assert packed == FILES


def test_its_closed_lists_are_those_of_the_api() -> None:
    assert keys("PURPOSES") == set(CASE_PURPOSES)
    assert keys("STATES") == set(AlertState)
    assert keys("VERDICTS") == set(Verdict)
    assert keys("ENDED") == set(Ended)
    assert keys("KINDS") == set(SHAPES)
    assert keys("CASE_STATES") == set(CaseState)
    assert keys("CASE_SUBJECTS") == set(CaseSubjectKind)
    assert keys("NOTIFY") == set(Notify)
    reads = {each.id for each in ENDPOINTS if each.readings_of_people}
    assert keys("OPERATIONS") == {*reads, BREAK_GLASS}


def themes() -> list[dict[str, str]]:
    """Colours of the light and of the dark look."""
    blocks = re.findall(r":root \{(.*?)\}", FILES["console.css"], re.DOTALL)
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", themes(), ids=["light", "dark"])
def test_text_and_controls_stand_out(theme: dict[str, str]) -> None:
    """WCAG 2.2 AA: 4.5 for text, 3 for the edges of controls and the lines of charts."""
    texts = [(text, ground) for text in ("text", "quiet", "accent") for ground in ("page", "card")]
    texts += [("on-accent", "accent"), *((tone, f"{tone}-under") for tone in ("good", "watch", "worse", "none"))]
    assert min((contrast(theme[text], theme[ground]), text, ground) for text, ground in texts)[0] >= 4.5
    shapes = [("control", "card"), ("control", "page")]
    shapes += [(tone, "card") for tone in ("good", "watch", "worse", "accent")]
    assert min((contrast(theme[shape], theme[ground]), shape, ground) for shape, ground in shapes)[0] >= 3.0
