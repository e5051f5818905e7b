"""Chromium as the machine has it, driven by Playwright: what a page shows, asks for and complains of."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

# Nothing of the browser's own goes out; its sandbox does not start as root, in containers.
_ARGUMENTS = [
    "--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--no-first-run",
    "--disable-dev-shm-usage",
]  # fmt: skip
_PATIENCE_MS = 10_000
_STILL_MS = 300
# What a browser says of an answer that is an error; the page tells people of it in words.
_REFUSED = "Failed to load resource: the server responded with a status of 4"


def chromium_unavailable_reason() -> str | None:
    """Why there is no browser here; None where there is one."""
    return None if shutil.which("chromium") else "Chromium is not installed (Debian package chromium)"


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a past."""
    program = shutil.which("chromium")
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=_ARGUMENTS, env={"HOME": home, "PATH": "/usr/bin:/bin"}
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass(slots=True)
class Watched:
    """A page with everything that happened on it."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    """Method and path of every request to the API."""
    under_way: set[Request] = field(default_factory=set)
    """Requests without an answer so far."""
    strangers: list[str] = field(default_factory=list)
    """Every address that is not the API's."""
    complaints: list[str] = field(default_factory=list)
    """Errors, warnings and broken policies, as the browser words them."""

    def asked(self) -> list[str]:
        """Requests since the last time, without the page's own files."""
        found = [each for each in self.requests if "/v1/" in each]
        self.requests.clear()
        return found

    def offer(self, token: str) -> None:
        """Give a key, good or not."""
        self.page.get_by_label("API key or access token").fill(token)
        self.page.get_by_role("button", name="Sign in").click()

    def sign_in(self, token: str) -> None:
        """Give a key that is accepted."""
        self.offer(token)
        self.page.get_by_role("navigation").wait_for()

    def open(self, view: str, *, purpose: str | None = None) -> None:
        """Go to a view by the navigation, and say what for where that is asked."""
        self.page.get_by_role("navigation").get_by_role("link", name=view).click()
        self.page.get_by_role("heading", level=1, name=view).wait_for()
        if purpose:
            self.give_purpose(purpose)

    def see(self, view: str, *, purpose: str) -> str:
        """What a view shows; the purpose is given if it is asked for."""
        self.open(view)
        if self.page.get_by_role("button", name="Go on").count():
            self.give_purpose(purpose)
        return self.text()

    def give_purpose(self, purpose: str) -> None:
        """Answer what named people are read about for."""
        self.page.get_by_label("Purpose").select_option(purpose)
        self.page.get_by_role("button", name="Go on").click()

    def go(self, place: str) -> None:
        """Go to an address of the page, and wait until it has begun to show that."""
        self.page.evaluate("document.querySelector('main h1').dataset.old = ''")
        self.page.goto(f"{self.address}/{place}")
        self.page.locator("main h1:not([data-old])").wait_for()

    def rest(self) -> None:
        """Wait until everything is answered and nothing more is asked for."""
        while True:
            seen = len(self.requests)
            self.page.wait_for_timeout(_STILL_MS)
            if not self.under_way and len(self.requests) == seen:
                return

    def text(self) -> str:
        """What is shown, once nothing is under way."""
        self.page.get_by_text("Loading…").first.wait_for(state="detached")
        return self.page.locator("main").inner_text()


@contextlib.contextmanager
def watched(browser: Browser, address: str, *, width: int = 1100, dark: bool = False) -> Iterator[Watched]:
    """A page of its own at an address; leaves no cookie and no file to the next."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
    )
    context.set_default_timeout(_PATIENCE_MS)
    page = context.new_page()
    watching = Watched(page, address)

    def on_request(request: Request) -> None:
        parts = urlsplit(request.url)
        if f"{parts.scheme}://{parts.netloc}" != address:
            watching.strangers.append(request.url)
        watching.under_way.add(request)
        watching.requests.append(f"{request.method} {parts.path}{'?' * bool(parts.query)}{parts.query}")

    def on_end(request: Request) -> None:
        watching.under_way.discard(request)

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_REFUSED):
            watching.complaints.append(message.text)

    page.on("request", on_request)
    page.on("requestfinished", on_end)
    page.on("requestfailed", on_end)
    page.on("console", on_console)
    page.on("pageerror", lambda error: watching.complaints.append(str(error)))
    page.goto(f"{address}/")
    try:
        yield watching
    finally:
        context.close()


def assert_calm(watching: Watched) -> None:
    """The page complained of nothing, asked nobody else, and ran nothing that stood in a name."""
    assert watching.complaints == []
    assert watching.strangers == []
    assert watching.page.evaluate("window.ran") is None
