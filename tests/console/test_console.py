"""The console in a real browser over a served API: what people see, and what the page asks for to show it."""

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.api.company import HOLDER, HOLDERS_REPORT, LEADER, SKIP, TOP
from tests.console.browser import Watched, assert_calm, watched
from tests.console.company import LAST, NAMES, TEAM
from tests.security.served import Served

PREVENTION = "escalation-prevention"
VIEWS = (
    "Teams", "Escalation risks", "Relationships", "Alerts", "Cases", "Notifications", "Signals", "Sources", "My own",
)  # fmt: skip
SUBJECT = "#/subject?name={}&signal=escalation_risk_14d"
OF_HER_OWN = f"chain%3Aadam%7C{LEADER}%7C{SKIP}"
OF_NOBODY = "chain%3Anobody%7Cnone%7Cno-one"


def without_names(asked: list[str]) -> list[str]:
    """Requests in their order, without whose names are asked for."""
    return [each.partition("?")[0] if each.startswith("GET /v1/people?") else each for each in asked]


def named(asked: list[str]) -> list[list[str]]:
    """The keys in every request for names, in their order; none in one that asks for nobody in particular."""
    return [parse_qs(urlsplit(each).query).get("person", []) for each in asked if each.startswith("GET /v1/people?")]


def test_a_wrong_key_is_refused_in_words_and_the_right_one_kept_nowhere(api: Served, console: Watched) -> None:
    page = console.page
    expect(page.get_by_role("navigation")).to_be_hidden()
    console.offer("bw_local_0123_4567")
    expect(page.get_by_role("alert")).to_contain_text("This key is not accepted")
    console.offer("no key at all")
    expect(page.get_by_role("alert")).to_contain_text("This is no key")
    page.get_by_label("API key or access token").fill(api.tokens["partner"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Teams")
    kept = "JSON.stringify([localStorage, sessionStorage, document.cookie, location.href, history.state])"
    assert page.evaluate(kept) == f'[{{}},{{}},"","{api.url}/",null]'
    assert api.tokens["partner"] not in page.content()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_label("API key or access token")).to_have_value("")
    page.goto(f"{api.url}/#/alerts")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    console.sign_in(api.tokens["partner"])
    expect(page.get_by_role("heading", level=1)).to_have_text("Alerts")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_partner_sees_a_risk_with_its_factors_and_what_to_do(api: Served, console: Watched) -> None:
    page = console.page
    console.sign_in(api.tokens["partner"])
    console.open("Escalation risks")
    expect(page.get_by_text("Every look is written to the audit")).to_be_visible()
    assert not [each for each in console.asked() if "risks" in each], "nothing is asked before the purpose is given"
    console.give_purpose(PREVENTION)
    expect(page.get_by_text("Purpose: Preventing an escalation")).to_be_visible()
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Adam Ant"))
    expect(card).to_contain_text("confidence 75%")
    expect(card).to_contain_text("Try: Close the loop on the open asks; acknowledge first, then add.")
    card.get_by_text("Why").click()
    expect(card).to_contain_text("Asks that wait for an answer: 5")
    expect(card).to_contain_text("raises it (+2.5)")
    expect(card).to_contain_text("Close the loop on 5 open asks")
    card.get_by_role("link", name="History and evidence").click()
    expect(page.get_by_role("img", name=re.compile("Escalation risk, 14 days from"))).to_be_visible()
    expect(page.locator("main")).to_contain_text("It does not mean.")
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("row")).to_have_count(2)


def test_a_history_shows_its_band_and_filters_are_applied(api: Served, console: Watched) -> None:
    page = console.page
    console.sign_in(api.tokens["partner"])
    console.open("Relationships", purpose="relationship-support")
    console.text()
    page.get_by_label("Band").select_option("strained")
    page.get_by_label("Person").fill("adam ant")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("No relationship here that you may see.")).to_be_visible()
    page.get_by_label("Band").select_option("")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("That is all: 1.")).to_be_visible()
    assert "GET /v1/relationships?signal=relationship_health&person=adam&limit=50" in console.asked()
    page.get_by_role("link", name="History and evidence").click()
    expect(page.locator("polygon.range")).to_have_count(1)
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("row", name=re.compile("Week 2026-W05"))).to_contain_text("45 points to 59 points")
    page.go_back()
    expect(page.get_by_label("Person")).to_have_value("adam")


def test_lists_go_on_to_their_end(api: Served, console: Watched) -> None:
    page = console.page
    page.route(re.compile("/v1/relationships"), lambda route: route.continue_(url=f"{route.request.url}&limit=7"))
    console.sign_in(api.tokens["partner"])
    console.open("Relationships", purpose=PREVENTION)
    for shown in (7, 14):
        expect(page.locator("main ol.cards > li")).to_have_count(shown)
        page.get_by_role("button", name="Show more").click()
    expect(page.get_by_text("That is all: 17.")).to_be_visible()


def test_an_alert_is_taken_up_put_aside_judged_and_done(api: Served, console: Watched) -> None:
    page = console.page
    console.sign_in(api.tokens["partner"])
    console.open("Alerts", purpose=PREVENTION)
    expect(page.get_by_role("listitem").filter(has_text="Adam Ant")).to_contain_text("open")
    page.get_by_role("link", name="Open the alert").click()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("status")).to_have_text("Acknowledged: you look after it.")
    expect(page.locator(".badge")).to_have_text("acknowledged")
    page.get_by_role("button", name="Snooze").click()
    expect(page.get_by_role("status")).to_have_text("Put aside.")
    expect(page.locator("main")).to_contain_text("the risk reaches 38%")
    page.get_by_label("Verdict").select_option("helpful")
    page.get_by_role("button", name="Say what came of it").click()
    expect(page.get_by_role("status")).to_have_text("Your verdict is recorded.")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".badge")).to_have_text("resolved")
    expect(page.locator("main")).to_contain_text("Judged")
    assert len([each for each in console.asked() if not each.startswith("GET")]) == 4


def test_a_change_of_what_was_not_seen_is_refused_in_words(api: Served, console: Watched, browser: Browser) -> None:
    console.sign_in(api.tokens["partner"])
    console.open("Alerts", purpose=PREVENTION)
    console.page.get_by_role("link", name="Open the alert").click()
    console.page.get_by_label("Verdict").wait_for()
    with watched(browser, api.url) as other:
        other.sign_in(api.tokens["partner"])
        other.open("Alerts", purpose=PREVENTION)
        other.page.get_by_role("link", name="Open the alert").click()
        other.page.get_by_label("Verdict").select_option("not-a-concern")
        other.page.get_by_role("button", name="Say what came of it").click()
        expect(other.page.get_by_role("status")).to_have_text("Your verdict is recorded.")
    console.page.get_by_label("Verdict").select_option("already-handled")
    console.page.get_by_role("button", name="Say what came of it").click()
    expect(console.page.get_by_role("alert")).to_contain_text("Changed meanwhile")
    console.page.get_by_role("button", name="Read it again").click()
    expect(console.page.get_by_label("Verdict")).to_have_value("not-a-concern")


def test_a_leader_learns_nothing_of_who_may_go_over_their_head(api: Served, console: Watched) -> None:
    """The same requests and the same screen for their own person and for nobody; and the same page as everybody's."""
    page = console.page
    console.sign_in(api.tokens["leader"])
    assert page.get_by_role("navigation").get_by_role("link").all_inner_texts() == list(VIEWS)
    console.open("Escalation risks", purpose=PREVENTION)
    expect(page.get_by_role("alert")).to_contain_text("Not allowed")
    console.go(SUBJECT.format(OF_NOBODY))  # names of people and teams are asked for once
    console.text()
    console.asked()
    screens = []
    for subject in (OF_HER_OWN, OF_NOBODY):
        console.go(SUBJECT.format(subject))
        screens.append((console.text(), [each.replace(subject, "WHO") for each in console.asked()]))
    assert screens[0] == screens[1]
    assert "Not allowed" in screens[0][0]
    assert len(screens[0][1]) == 3


def test_the_page_asks_the_same_for_everybody_whatever_there_is_to_find(api: Served, console: Watched) -> None:
    asked = {}
    for who in ("partner", "without case", "conflicted", "leader", "employee"):
        console.sign_in(api.tokens[who])
        console.text()
        for view in (*VIEWS[1:], VIEWS[0]):
            console.see(view, purpose=PREVENTION)
        asked[who] = without_names(console.asked())
        console.page.get_by_role("button", name="Sign out").click()
    assert len(asked["partner"]) == 18
    assert all(each == asked["partner"] for each in asked.values()), asked


def test_a_list_is_followed_by_one_request_for_names_whether_somebody_is_on_it_or_not(
    large: Served, browser: Browser
) -> None:
    """In a company whose people are not all known, so that there is somebody to ask for."""
    with watched(browser, large.url) as console:
        console.sign_in(large.tokens["partner"])
        console.go("#/relationships?team=nobody")
        console.give_purpose(PREVENTION)
        console.rest()
        assert named(console.asked()) == [[]] * 6  # five pages of the directory, and nobody after the list
        orders, numbers = [], []
        for place in ("#/{}?team=nobody", "#/{}"):
            for view in ("risks", "relationships", "alerts"):
                console.go(place.format(view))
                console.rest()
                asked = console.asked()
                orders.append([each.partition("?")[0] for each in asked])
                numbers.append([len(keys) for keys in named(asked)])
        assert orders[:3] == orders[3:]
        paths = ("GET /v1/escalation-risks", "GET /v1/relationships", "GET /v1/alerts")
        assert orders[:3] == [[path, "GET /v1/people"] for path in paths]
        assert numbers == [[0], [0], [0], [13], [0], [0]]
        assert_calm(console)


def test_somebody_from_the_end_of_a_large_directory_shows_by_name(large: Served, browser: Browser) -> None:
    with watched(browser, large.url) as console:
        page = console.page
        console.sign_in(large.tokens["partner"])
        console.open("Escalation risks", purpose=PREVENTION)
        card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=NAMES[LAST]))
        expect(card).to_contain_text(f"leader {NAMES[LEADER]}, above them {NAMES[SKIP]}")
        console.rest()
        asked = named(console.asked())
        assert asked.count([]) == 5, "the beginning of the directory and no more"
        shown = [keys for keys in asked if keys]
        assert len(shown) == 1
        assert LAST in shown[0]
        assert shown[0] == sorted(shown[0]), "their order does not tell who is at risk most"
        console.open("Relationships")
        page.get_by_label("Person").fill(NAMES[LAST].lower())
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.get_by_text("That is all: 1.")).to_be_visible()
        assert all(LAST not in keys for keys in named(console.asked())), "known for the session"
        assert_calm(console)


def signed_in_by_the_clock(api: Served, console: Watched) -> Page:
    """The catalogue as a partner sees it, on a page whose time is set by the test."""
    console.page.clock.install()
    console.page.reload()
    console.sign_in(api.tokens["partner"])
    console.open("Signals")
    return console.page


def test_a_page_that_nobody_is_at_signs_out(api: Served, console: Watched) -> None:
    page = signed_in_by_the_clock(api, console)
    title = page.get_by_role("heading", level=1)
    page.clock.fast_forward("14:00")
    page.keyboard.press("Shift")
    page.clock.fast_forward("14:00")
    page.mouse.move(10, 10)
    page.clock.fast_forward("14:00")
    page.evaluate("location.hash = '#/teams'")  # asks for teams
    expect(title).to_have_text("Teams")
    page.clock.fast_forward("14:00")
    expect(title).to_have_text("Teams")
    page.clock.fast_forward("01:10")
    expect(title).to_have_text("Sign in")
    said = "You were signed out: for 15 minutes nobody did anything on this page."
    expect(page.get_by_role("status")).to_have_text(said)
    console.sign_in(api.tokens["partner"])
    expect(title).to_have_text("Teams")


def test_nobody_reads_on_where_a_machine_has_slept(api: Served, console: Watched) -> None:
    page = signed_in_by_the_clock(api, console)
    console.asked()
    page.clock.set_system_time(page.evaluate("Date.now()") + 60 * 60_000)  # no interval has run
    page.keyboard.press("Tab")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert console.asked() == []


def test_a_partner_finds_what_is_kept_from_them_as_little_as_what_is_not_there(api: Served, console: Watched) -> None:
    page = console.page
    console.sign_in(api.tokens["conflicted"])
    console.open("Escalation risks", purpose=PREVENTION)
    shown = console.text()
    assert NAMES["adam"] in shown
    assert HOLDERS_REPORT not in shown
    console.asked()
    screens = []
    for subject in (f"chain%3A{HOLDERS_REPORT}%7C{HOLDER}%7C{TOP}", OF_NOBODY):
        console.go(SUBJECT.format(subject))
        expect(page.get_by_role("alert")).to_contain_text("Not found")
        screens.append((console.text(), [each.replace(subject, "WHO") for each in console.asked()]))
    assert screens[0] == screens[1]
    assert len(screens[0][1]) == 3


def test_without_a_case_it_says_what_is_missing(api: Served, console: Watched) -> None:
    console.sign_in(api.tokens["without case"])
    console.open("Relationships", purpose=PREVENTION)
    expect(console.page.get_by_role("alert")).to_contain_text("This needs case mode, which nobody has opened for you")


def test_everybody_reads_their_own_and_who_looked(api: Served, console: Watched) -> None:
    page = console.page
    console.sign_in(api.tokens["partner"])
    console.open("Relationships", purpose="relationship-support")
    console.text()
    page.get_by_role("button", name="Sign out").click()
    console.sign_in(api.tokens["employee"])
    console.open("My own")
    expect(page.get_by_role("heading", name="Relationship health").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("List of relationships, for: Supporting a working relationship")
    console.open("Teams")
    expect(page.get_by_role("alert")).to_contain_text("Not allowed")


def test_what_is_suppressed_says_so_in_words(api: Served, console: Watched) -> None:
    console.sign_in(api.tokens["partner"])
    console.open("Teams")
    withheld = console.page.get_by_role("article").filter(has_text="People").filter(has_text="not shown")
    expect(withheld).to_contain_text("Too few people, or a smaller group could be worked out from it.")
    _, _, told = withheld.inner_text().partition("\n")  # without the team's name, which is part of a key
    assert re.fullmatch(r"\D*Too few\D*", told)
    shown = console.page.get_by_role("article").filter(has_text="The whole organisation")
    expect(shown).to_contain_text("healthy 60%")
    expect(shown).to_contain_text("at least 20")


def test_an_analyst_sees_how_much_of_what_comes_in_is_about_people_who_are_known(api: Served, console: Watched) -> None:
    console.sign_in(api.tokens["analyst"])
    console.open("Sources")
    expect(console.page.get_by_role("heading", name="chat 55 %")).to_be_visible()
    assert "That is all: 2." in console.text()


def test_names_are_text_whatever_they_look_like(api: Served, console: Watched) -> None:
    page = console.page
    console.sign_in(api.tokens["partner"])
    for view in VIEWS:
        console.see(view, purpose=PREVENTION)
        if view == "Escalation risks":
            for name in NAMES.values():
                expect(page.get_by_text(name).first).to_be_visible()
            expect(page.get_by_text(TEAM).first).to_be_attached()
    page.goto(f"{api.url}/#/subject?name=%3Cscript%3Ewindow.ran=4%3C/script%3E&signal=%22%3E%3Cscript%3E")
    expect(page.get_by_role("alert")).to_contain_text("Not found")
    assert page.locator("main :is(script, img, svg[onload])").count() == 0


def test_it_fits_a_telephone_and_every_control_is_named(api: Served, browser: Browser) -> None:
    with watched(browser, api.url, width=360, dark=True) as console:
        page = console.page
        console.sign_in(api.tokens["partner"])
        for view in VIEWS:
            console.see(view, purpose=PREVENTION)
            for summary in page.locator("summary").all()[:3]:
                summary.click()
            assert page.evaluate("document.documentElement.scrollWidth") == 360, view
            nameless = "[...document.querySelectorAll('input, select')].filter((each) => !each.labels.length).length"
            assert page.evaluate(nameless) == 0
        console.go(SUBJECT.format(OF_HER_OWN))
        page.get_by_role("img").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert_calm(console)


def test_the_keyboard_goes_everywhere(api: Served, console: Watched) -> None:
    page = console.page
    page.keyboard.insert_text(api.tokens["partner"])  # the field has the focus
    page.keyboard.press("Enter")
    console.text()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.get_by_role("link", name="Skip to the content").focus()
    for name in VIEWS:
        page.keyboard.press("Tab")
        expect(page.get_by_role("navigation").get_by_role("link", name=name)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign out")).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
