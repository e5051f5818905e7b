"""The console as an HR partner sees it, in a real browser over the demo."""

import re
from pathlib import Path

from tests.console.browser import chromium, watched

_KEY = re.compile(r"key, hr_partner +(\S+)")
_WIDTH = 960


def draw_console(address: str, printed: str, file: Path) -> None:
    """Write the risks of the demo as PNG; the key is the one that it has printed."""
    found = _KEY.search(printed)
    assert found, printed
    with chromium() as browser, watched(browser, address, width=_WIDTH) as console:
        console.sign_in(found[1])
        console.open("Escalation risks", purpose="escalation-prevention")
        console.page.get_by_text("Why").first.click()
        console.page.get_by_text("raises it").first.wait_for()
        console.text()
        console.page.evaluate("scrollTo(0, 0)")
        console.page.screenshot(path=file)
