"""Cases and notifications in the console: what people see, ask for, allow and set up for themselves."""

from playwright.sync_api import Browser, expect

from tests.console.browser import Watched, assert_calm, watched
from tests.security.served import Served


def test_a_case_is_asked_for_with_its_breadth_and_somebody_else_allows_it(
    api: Served, console: Watched, browser: Browser
) -> None:
    page = console.page
    console.sign_in(api.tokens["without case"])
    console.open("Cases")
    page.get_by_label("Who will read").fill("leo")
    page.get_by_label("About").select_option("unit")
    page.get_by_label("Who that is").fill("organisation")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_role("alert")).to_contain_text("reason")
    page.get_by_label("About").select_option("person")
    page.get_by_label("Who that is").fill("Adam Ant")
    page.get_by_label("Reason").fill("what came up <b>yesterday</b>")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.locator("form").get_by_role("status")).to_contain_text("It waits for somebody else to approve it.")
    card = page.get_by_role("listitem").filter(has_text="<b>yesterday</b>")
    expect(card).to_contain_text("waits for approval")
    card.get_by_role("button", name="Approve").click()
    expect(card.get_by_role("alert")).to_be_visible()  # not by who asked
    with watched(browser, api.url) as other:
        other.sign_in(api.tokens["operator"])
        other.open("Cases")
        waiting = other.page.get_by_role("listitem").filter(has_text="<b>yesterday</b>")
        expect(waiting).to_contain_text("A person: Adam Ant")
        expect(waiting).to_contain_text("About 1 people.")
        waiting.get_by_role("button", name="Approve").click()
        expect(waiting.get_by_role("status")).to_have_text("Approved.")
        expect(waiting).to_contain_text("by Haruto Hinata")
        waiting.get_by_role("button", name="Close").click()
        expect(waiting.locator(".badge")).to_have_text("closed")
        assert_calm(other)


def test_a_partner_sets_up_where_they_are_told_and_sees_the_secret_once(api: Served, console: Watched) -> None:
    page = console.page
    console.sign_in(api.tokens["partner"])
    console.open("Notifications")
    page.get_by_label("Receiver").fill("https://hr.example/mine")
    page.get_by_label("When").select_option("always")
    page.get_by_role("button", name="Tell me there").click()
    expect(page.locator("form")).to_contain_text("whsec_")
    card = page.get_by_role("listitem").filter(has_text="https://hr.example/mine")
    expect(card).to_contain_text("Every week, so that silence means nothing.")
    console.open("Alerts")
    console.open("Notifications")
    expect(card).to_be_visible()
    assert "whsec_" not in console.text()
    card.get_by_role("button", name="New secret").click()
    expect(card).to_contain_text("whsec_")
    card.get_by_role("button", name="Remove").click()
    expect(card).to_contain_text("removed")
    console.open("Alerts")
    console.open("Notifications")
    expect(page.get_by_text("You are told nowhere.")).to_be_visible()


def test_nobody_else_is_told_by_the_page(api: Served, console: Watched) -> None:
    console.sign_in(api.tokens["operator"])
    console.open("Notifications")
    expect(console.page.get_by_role("alert")).to_contain_text("Not allowed")
