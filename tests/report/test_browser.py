"""What a person does with the page in a browser: Chromium, without a network."""

import csv
import re
import shutil

import pytest

from rlnotes import compare
from rlnotes.agents import ETC, SARSA, UCB, QLearning, Thompson
from rlnotes.envs import CliffWalking
from rlnotes.simulation.store import Store

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium"),
]


@pytest.fixture(scope="module")
def results():
    """A comparison with maps."""
    return compare([QLearning(), SARSA()], CliffWalking(), episodes=30, runs=5, progress=False)


@pytest.fixture(scope="module")
def folders(tmp_path_factory, results):
    """Folders of a comparison of bandits, and of one with maps."""
    store = Store(tmp_path_factory.mktemp("results"))
    bandits = compare([ETC(pulls=5), UCB(), Thompson()], steps=500, runs=20, progress=False)
    return {"bandits": bandits.save(store, "bandits"), "learners": results.save(store, "learners")}


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, folders):
    """Open a page from its file: a function of the comparison's name and the settings of the browser.

    The test fails if the page has an error, or asks for anything but its file.
    """
    contexts, errors, asked = [], [], []

    def open_page(name, **settings):
        contexts.append(browser.new_context(offline=True, **settings))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto((folders[name] / "report.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
    assert len(asked) == len(contexts)


def column(page, name):
    """The exact values of a column of the table, from above."""
    headings = page.locator("#results thead th")
    index = headings.evaluate_all("headings => headings.map(heading => heading.dataset.column)").index(name)
    cells = f"rows => rows.map(row => row.cells[{index}].querySelector('data').value)"
    return page.locator("#results tbody tr").evaluate_all(cells)


def lines(chart):
    return chart.locator("path.line")


def test_the_browser_reads_the_numbers_of_the_file(open_page, folders):
    page = open_page("bandits")
    page.get_by_label("all columns").check()
    with (folders["bandits"] / "comparison.csv").open(newline="", encoding="utf-8") as file:
        expected = list(csv.DictReader(file))
    assert page.locator("#results thead th:visible").count() == len(expected[0])
    for name in expected[0]:
        assert column(page, name) == [line[name] for line in expected]


def test_agents_and_bounds_are_switched_on_and_off(open_page):
    page = open_page("bandits")
    chart = page.locator("#regret figure").first
    assert lines(chart).count() == 3
    assert chart.locator("path.band").count() == 3
    chart.get_by_label("etc", exact=True).uncheck()
    assert lines(chart).count() == 2
    chart.get_by_label(re.compile("UCB's bound")).check()
    assert lines(chart).count() == 3
    chart.get_by_text("show none").click()
    assert lines(chart).count() == 0
    chart.get_by_text("show all").click()
    assert lines(chart).count() == 3


def test_axes_become_logarithmic(open_page):
    page = open_page("bandits")
    chart = page.locator("#regret figure").first
    before = lines(chart).first.get_attribute("d")
    chart.get_by_label("log x").check()
    ticks = chart.locator("svg[role=img] text").all_text_contents()
    assert {"1", "10", "100"} <= set(ticks)
    between = lines(chart).first.get_attribute("d")
    chart.get_by_label("log y").check()
    assert len({before, between, lines(chart).first.get_attribute("d")}) == 3


def test_the_pointer_reads_values(open_page):
    page = open_page("bandits")
    chart = page.locator("#regret figure").first
    values = chart.locator(".legend td:nth-child(2) span")
    at_end = values.all_inner_texts()
    mean = [float(value) for value in column(page, "mean")]
    assert [float(text.replace(",", "")) for text in at_end[:3]] == pytest.approx(mean, rel=1e-3)
    chart.locator("svg[role=img]").hover()
    assert chart.locator("caption").inner_text() != "steps: 500"
    assert values.all_inner_texts() != at_end


def test_a_heading_sorts(open_page):
    page = open_page("bandits")
    heading = page.locator("#results thead button", has_text=re.compile("^mean$"))
    heading.click()
    falling = [float(value) for value in column(page, "mean")]
    assert falling == sorted(falling, reverse=True)
    assert page.locator("#results th[aria-sort=descending]").count() == 1
    heading.click()
    assert [float(value) for value in column(page, "mean")] == falling[::-1]


def test_empty_cells_come_last(open_page):
    page = open_page("bandits")
    for _ in range(2):
        page.locator("#results thead button", has_text="paired difference").click()
        assert column(page, "difference_mean")[-1] == ""


def test_tables_are_copied(open_page, folders):
    page = open_page("bandits", permissions=["clipboard-read", "clipboard-write"])
    begins = {"LaTeX": r"\begin{tabular}", "Markdown": "|", "CSV": ",regret", "BibTeX": "@software{rlnotes"}
    for name, beginning in begins.items():
        page.get_by_text(f"copy as {name}").click()
        page.locator("#copied", has_text="copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()").startswith(beginning)


def test_without_the_clipboard_the_text_is_selected(open_page):
    page = open_page("bandits")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    page.get_by_text("copy as Markdown").click()
    page.locator("#copied", has_text="Ctrl+C").wait_for()
    assert page.evaluate("getSelection().toString()").startswith("|")


@pytest.mark.parametrize("name", ["bandits", "learners"])
def test_a_phone_needs_no_sideways_scrolling(open_page, name):
    page = open_page(name, viewport={"width": 400, "height": 800})
    for details in page.locator("summary").all():
        details.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 400


def test_dark_mode(open_page):
    shade = "getComputedStyle(document.body).backgroundColor + getComputedStyle(document.body).color"
    light, dark = (open_page("bandits", color_scheme=scheme).evaluate(shade) for scheme in ("light", "dark"))
    assert light == "rgb(255, 255, 255)rgb(26, 26, 26)"
    assert dark == "rgb(22, 22, 22)rgb(236, 236, 236)"


def press_until(page, key, found):
    """Press a key until something that JavaScript finds has the focus."""
    for _ in range(60):
        page.keyboard.press(key)
        if page.evaluate(f"document.activeElement.matches({found!r})"):
            return
    pytest.fail(f"{key} never reaches {found}")


def test_the_keyboard_alone_does_it(open_page):
    page = open_page("bandits")
    press_until(page, "Tab", "#results thead button")
    page.keyboard.press("Enter")
    assert page.locator("#results th[aria-sort]").count() == 1
    press_until(page, "Tab", "figure input[type=range]")
    chart = page.locator("#regret figure").first
    page.keyboard.press("Home")
    assert chart.locator("caption").inner_text() == "steps: 1"
    press_until(page, "Tab", ".legend input")
    page.keyboard.press("Space")
    assert lines(chart).count() == 2
    assert page.evaluate("document.activeElement.checked") is False


def test_maps_show_the_numbers_of_a_cell(open_page):
    page = open_page("learners")
    maps = page.locator(".maps:not([data-course])")
    said = maps.locator("output")
    maps.locator("table").last.locator("td").nth(0).hover()
    assert said.inner_text().startswith("optimal: state 0 · V -14")
    maps.locator("table").first.locator("td").nth(36).focus()
    numbers = (
        r"q_learning: state 36 · V .* · V\* -13 .*% of all steps .* greedy: .* · Q of run 0: ↑ -.*, → -.*, ↓ -.*, ← -"
    )
    assert re.match(numbers, said.inner_text())
    page.keyboard.press("ArrowUp")
    assert said.inner_text().startswith("q_learning: state 24 ")
    cell = page.locator(".maps table").first.locator("td").first
    before = cell.evaluate("cell => getComputedStyle(cell).backgroundColor")
    page.get_by_label("colour").select_option("visits")
    assert cell.evaluate("cell => getComputedStyle(cell).backgroundColor") != before


def test_a_slider_shows_what_run_0_knew_while_it_learnt(open_page, results):
    """The keyboard alone moves it, and the last snapshot is what the run knows at the end."""
    page = open_page("learners", viewport={"width": 400, "height": 800}, color_scheme="dark")
    course = page.locator("[data-course]")
    start = course.locator("table").first.locator("td").nth(36)
    result = results["q_learning"]
    at, values, policies = (result.data[f"snapshot_{name}"] for name in ("at", "value", "policy"))
    start.focus()
    colours = []
    for key, shown in (("Home", 0), ("ArrowRight", 1), ("End", len(at) - 1)):
        course.locator("input").focus()
        page.keyboard.press(key)
        start.focus()
        said = course.locator("output").inner_text()
        found = re.fullmatch(r"q_learning: state 36 after (\d+) episodes? · V (.*) · greedy action (.)", said)
        assert int(found[1]) == at[shown]
        assert float(found[2]) == pytest.approx(values[shown, 36], rel=1e-3)
        assert found[3] == result.data["actions"][policies[shown, 36]]
        assert start.inner_text() == f"S {found[3]}"
        colours.append(start.evaluate("cell => getComputedStyle(cell).backgroundColor"))
    assert len(set(colours)) > 1
    assert course.locator("input").get_attribute("aria-valuetext") == "30 episodes"
    page.keyboard.press("ArrowUp")
    assert course.locator("output").inner_text().startswith("q_learning: state 24 after 30 episodes")
    course.locator("input").focus()
    page.keyboard.press("Home")
    assert course.locator("output").inner_text().startswith(f"q_learning: state 24 after {at[0]} ")


def test_the_number_of_a_curve_and_its_interval_stand_apart(open_page):
    page = open_page("learners", viewport={"width": 1280, "height": 800})
    cell = page.locator(".legend td:last-child").first

    def boxes():
        """The boxes of the number and of the interval, measured at once, since the page may still move."""
        return cell.evaluate("cell => ['span', 'small'].map(part => cell.querySelector(part).getBoundingClientRect())")

    number, interval = boxes()
    assert number["right"] + 5 < interval["x"]
    page.set_viewport_size({"width": 400, "height": 800})
    number, interval = boxes()
    assert number["y"] < interval["y"]
