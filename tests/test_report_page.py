"""Drives the report in a real browser."""

import csv
import random
import re

import pytest
from playwright.sync_api import expect

from data.schema import Article
from models.report import Sample, write_report

pytestmark = pytest.mark.slow

VERBS = {"condemn": "condemned", "support": "praised", "deny": "contradicted"}
STATES = {"Chad": "TCD", "Niger": "NER", "Togo": "TGO", "Ghana": "GHA", "Benin": "BEN", "Kenya": "KEN"}
MANIFEST = {
    "model": "models/default",
    "versions": {"visavis": "0.1.0"},
    "options": {"threshold": 0.5, "format": "jsonl"},
    "time": {"finished": "2024-05-01T00:00:00+0000"},
}
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
QUARREL = [
    ("first", "2024-01-08", [("Chad", "condemn", "Niger", 0.95), ("Chad", "condemn", "Niger", 0.72)]),
    ("second", "2024-01-15", [("Chad", "support", "Togo", 0.9), ("Niger", "deny", "Chad", 0.85)]),
    ("third", "2024-02-19", [("Ghana", "support", "Chad", 0.91), ("Chad", "condemn", "Niger", 0.88)]),
    ("undated", None, [("Kenya", "deny", "Benin", 0.6)]),
]


def side(name, start, kind):
    return {
        "text": name, "start": start, "end": start + len(name), "name": name, "kind": kind,
        "country": STATES.get(name), "sector": None, "linked": True, "on_behalf_of": None,
    }  # fmt: skip


def article(name, day, stances, title=None, url=None, kind="state"):
    """Writes an article with a sentence for each (source, stance, target, confidence) and gives its records."""
    title = title or f"Wire report, {name}"
    text, records = f"{title}\n\n", []
    for source, stance, target, confidence in stances:
        start = len(text)
        sentence = f"{source} {VERBS[stance]} {target} in a note numbered {len(records)}."
        text += f"{sentence} "
        left = (1 - confidence) / 3
        records.append(
            {
                "sentence_start": start,
                "sentence_end": start + len(sentence),
                "source": side(source, start, kind),
                "target": side(target, start + len(source) + len(VERBS[stance]) + 2, kind),
                "stance": stance,
                "confidence": confidence,
                "probabilities": {s: confidence if s == stance else left for s in (*VERBS, "neutral")},
                "sentiment": "neutral",
                "quoted": stance == "deny",
                "speaker": None,
                "story_cluster": None,
            }
        )
    return Article(name, text, title, day, url), records


def written(path, scored):
    sample = Sample()
    for one, records in scored:
        sample.add(one, records)
    write_report(path, sample, MANIFEST)
    return path.as_uri()


@pytest.fixture(scope="module")
def quarrel(tmp_path_factory):
    return written(tmp_path_factory.mktemp("report") / "report.html", [article(*one) for one in QUARREL])


def cell(page, source, target):
    return page.get_by_role("button", name=re.compile(f"^{source} to {target}:"))


def shown(page):
    return page.inner_text("#shown")


def test_every_view_shows_something_without_network_or_errors(quarrel, look):
    page = look(quarrel)
    for view, proof in (
        ("Network", "svg.network .node"),
        ("Timeline", "svg.timeline rect.condemn"),
        ("Evidence", ".evidence-table tbody tr"),
        ("Articles", ".article-list li"),
        ("Matrix", "table.matrix button.cell"),
    ):
        page.get_by_role("tab", name=view).click()
        page.wait_for_selector(proof)
        assert page.get_by_role("tab", name=view).get_attribute("aria-selected") == "true"
    assert shown(page) == "All 7 stances"
    assert "7 stances in 4 of 4 articles, 8 Jan 2024 to 19 Feb 2024" in page.inner_text(".facts")


@pytest.mark.parametrize(
    ("fill", "value", "left"),
    [
        ("#least", "0.8", 5),
        ("#from", "2024-01-15", 4),
        ("#to", "2024-01-31", 4),
        ("#actor", "Niger", 4),
        ("#actor", "keny", 1),
        ("#words", "praised", 2),
        ("#quoted", "quoted", 2),
        ("#quoted", "unquoted", 5),
    ],
)
def test_a_filter_leaves_what_passes_it_and_its_address_shows_the_same(quarrel, look, fill, value, left):
    page = look(quarrel)
    if fill == "#quoted":
        page.select_option(fill, value)
    else:
        page.fill(fill, value)
    expect(page.locator("#shown")).to_have_text(f"{left} of 7 stances")
    again = look(page.url)
    assert shown(again) == f"{left} of 7 stances"
    again.click("#reset")
    assert shown(again) == "All 7 stances"


def test_stances_are_switched_off_and_on_with_their_numbers(quarrel, look):
    page = look(quarrel)
    assert [page.inner_text(f"#toggle-{s} .value") for s in VERBS] == ["3", "2", "2"]
    page.click("#toggle-condemn")
    assert shown(page) == "4 of 7 stances"
    assert page.get_attribute("#toggle-condemn", "aria-pressed") == "false"
    assert cell(page, "Chad", "Niger").count() == 0
    page.click("#toggle-condemn")
    assert cell(page, "Chad", "Niger").count() == 1


def test_a_cell_leads_to_its_sentences_and_a_sentence_to_its_article(quarrel, look):
    page = look(quarrel)
    assert cell(page, "Chad", "Niger").get_attribute("aria-label") == "Chad to Niger: 3 condemn"
    assert cell(page, "Chad", "Niger").inner_text() == "3"
    cell(page, "Chad", "Niger").click()
    assert page.inner_text("#panel h2") == "Chad → Niger"
    cards = page.locator("#panel .card")
    assert [c.split("\n")[0] for c in cards.all_inner_texts()] == ["Chad condemns Niger"] * 3
    assert cards.nth(0).locator("blockquote").inner_text() == "Chad condemned Niger in a note numbered 0."
    assert cards.nth(0).locator("mark").all_inner_texts() == ["Chad", "Niger"]
    cards.nth(1).get_by_role("button").click()
    assert page.inner_text(".text h2") == "Wire report, third"
    assert page.locator(".entry[aria-pressed=true]").inner_text().startswith("Chad condemns Niger")
    assert page.locator(".text .is-source").inner_text() == "Chad"
    page.go_back()
    assert page.locator("table.matrix").is_visible()


def test_an_edge_and_a_bar_lead_to_their_sentences(quarrel, look):
    page = look(f"{quarrel}#network")
    page.locator("path.edge.support").first.dispatch_event("click")
    assert page.locator("#panel .card.support").count() == page.locator("#panel .card").count() == 1
    page.goto(f"{quarrel}#timeline&source=Chad&target=Niger")
    page.reload()
    page.get_by_role("button", name=re.compile("8 Jan 2024: 2 condemn")).click()
    assert page.locator("#panel .card").count() == 2
    page.goto(f"{quarrel}#timeline")
    page.reload()
    page.get_by_role("button", name="1 stance in articles without a date").click()
    assert "Kenya denies Benin" in page.inner_text("#panel .card")


def test_pointing_at_a_stance_lights_up_who_whom_and_where(quarrel, look):
    page = look(f"{quarrel}#articles&article=second")
    page.locator(".entry").nth(1).hover()
    assert page.locator(".is-source").all_inner_texts() == ["Niger"]
    assert page.locator(".is-target").all_inner_texts() == ["Chad"]
    assert "".join(page.locator(".is-sentence").all_inner_texts()) == "Niger contradicted Chad in a note numbered 1."
    assert page.locator("svg.arc.deny path").count() == 2
    page.locator(".piece", has_text="Togo").hover()
    assert page.locator(".is-target").all_inner_texts() == ["Togo"]
    page.mouse.move(5, 5)
    assert page.locator(".is-source").count() == 0


def test_what_is_unsure_looks_so(quarrel, look):
    page = look(f"{quarrel}#articles&article=first")
    lines = page.locator(".piece.evidence")
    styles = lines.evaluate_all("all => all.map(one => [one.textContent, getComputedStyle(one).textDecorationStyle])")
    assert {style for text, style in styles if "numbered 0" in text} == {"solid"}
    assert {style for text, style in styles if "numbered 1" in text} == {"dashed"}
    assert page.locator(".entry").nth(1).inner_text().endswith("low confidence")


def test_the_keyboard_alone_goes_from_a_cell_to_its_article_and_back(quarrel, look):
    page = look(quarrel)
    page.focus("#tab-matrix")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-network"
    page.keyboard.press("Home")
    page.locator("button.cell[tabindex='0']").focus()
    focused = "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
    first = page.evaluate(focused)
    page.keyboard.press("ArrowDown")
    second = page.evaluate(focused)
    assert second != first
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "H2"
    page.keyboard.press("Escape")
    assert page.evaluate(focused) == second
    page.keyboard.press("Enter")
    for _ in range(5):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.card') !== null"):
            break
    page.keyboard.press("Enter")
    assert page.locator(".text h2").is_visible()
    assert page.locator(".is-source").count() > 0
    page.goto(f"{quarrel}#network")
    page.reload()
    page.locator(".node[tabindex='0']").focus()
    page.keyboard.press("Enter")
    assert page.locator("#panel .card").count() > 0


def test_hostile_text_is_shown_as_text(tmp_path, look):
    hostile = article(
        f"id {HOSTILE}", "2024-01-01", [(HOSTILE, "condemn", "Niger", 0.9)], HOSTILE, "javascript:document.title=1"
    )
    page = look(written(tmp_path / "report.html", [hostile]) + "#articles")
    page.click(".article-list button")
    assert page.inner_text(".text h2") == HOSTILE
    assert page.locator(".entry b").first.inner_text() == HOSTILE
    assert page.locator(".kicker a").count() == 0
    for view in ("Matrix", "Network", "Timeline", "Evidence"):
        page.get_by_role("tab", name=view).click()
    assert page.locator("img, iframe, main script").count() == 0
    assert page.title().startswith("visavis")


def test_a_lasting_change_is_marked_and_noise_is_not(tmp_path, look):
    chance = random.Random(7)
    scored = []
    for week in range(40):
        day = f"2024-{1 + week // 4:02}-{1 + 7 * (week % 4):02}"
        count = chance.choice((0, 1)) if week < 24 else chance.choice((5, 6, 7))
        stances = [("Chad", "condemn", "Niger", 0.9)] * count + [("Ghana", "support", "Togo", 0.9)] * chance.choice(
            (1, 2)
        )
        scored.append(article(f"w{week}", day, stances))
    address = written(tmp_path / "report.html", scored)
    page = look(f"{address}#timeline&source=Chad&target=Niger")
    page.wait_for_selector(".changes li")
    [said] = page.locator(".changes li").all_inner_texts()
    assert re.search(r"week of (1|\d\d) (Jun|Jul) 2024: condemn goes from 0\.\d to [456]\.\d a week", said)
    page.get_by_role("button", name=re.compile("condemn goes from")).click()
    assert page.locator("#panel .card").count() == 20
    again = look(f"{address}#timeline&source=Ghana&target=Togo")
    again.wait_for_selector("svg.timeline")
    assert again.locator(".changes li").count() == 0


def test_the_table_is_sorted_searched_and_taken_along(tmp_path, look):
    scored = [
        *(article(*one) for one in QUARREL),
        article("formula", "2024-03-01", [("=HYPERLINK(1)", "deny", "Chad", 0.9)]),
    ]
    page = look(written(tmp_path / "report.html", scored) + "#evidence")
    page.get_by_role("button", name="Date", exact=True).click()
    assert page.locator("th[aria-sort=ascending]").inner_text() == "Date ↑"
    assert page.locator("tbody .date").all_inner_texts()[:3] == ["no date", "8 Jan 2024", "8 Jan 2024"]
    page.fill("#words", "CONTRADICTED")
    expect(page.locator("tbody tr")).to_have_count(3)
    with page.expect_download() as download:
        page.click("#download")
    download.value.save_as(tmp_path / "stances.csv")
    rows = list(csv.DictReader((tmp_path / "stances.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["stance"] for row in rows} == {"deny"}
    assert {row["source_name"] for row in rows} == {"Niger", "Kenya", "'=HYPERLINK(1)"}
    assert {row["sentence"] for row in rows} > {"Niger contradicted Chad in a note numbered 1."}
    assert {row["source_country"] for row in rows} == {"NER", "KEN", ""}


def test_pairs_of_states_count_once_a_sentence_as_in_the_table_of_dyads(tmp_path, look):
    one, records = article("a", "2024-01-01", [("Chad", "condemn", "Niger", 0.9)])
    minister = {**records[0]["source"], "name": "A. Saleh", "kind": "person"}
    minister["on_behalf_of"] = {"name": "Chad", "kind": "state"}
    address = written(
        tmp_path / "report.html", [(one, [*records, {**records[0], "source": minister, "confidence": 0.95}])]
    )
    page = look(address)
    assert cell(page, "Chad", "Niger").get_attribute("aria-label") == "Chad to Niger: 1 condemn"
    cell(page, "Chad", "Niger").click()
    assert page.locator("#panel .card").count() == 1
    assert "0.95" in page.inner_text("#panel .card")
    page.select_option("#controls select >> nth=0", "actor")
    assert cell(page, "A. Saleh", "Niger").count() == cell(page, "Chad", "Niger").count() == 1


def test_three_hundred_actors_are_drawn_with_names_that_hide_no_other(tmp_path, look):
    chance = random.Random(3)
    names = [f"Actor {n:03}" for n in range(320)]
    pairs = [
        (a, chance.choice(list(VERBS)), names[(n * 7 + k * 13) % 320], 0.9) for n, a in enumerate(names) for k in (1, 2)
    ]
    scored = [article(f"a{n}", "2024-01-01", pairs[n : n + 8], kind="person") for n in range(0, len(pairs), 8)]
    page = look(written(tmp_path / "report.html", scored) + "#network&by=actor")
    page.select_option("#controls select >> nth=1", "300")
    page.select_option("#controls select >> nth=2", "1")
    expect(page.locator(".node")).to_have_count(300)
    boxes = page.locator(".node text:not(.spare)").evaluate_all(
        "all => all.slice(8).map(one => one.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])"
    )
    assert len(boxes) > 40
    overlaps = [
        (a, b)
        for n, a in enumerate(boxes)
        for b in boxes[:n]
        if min(a[2], b[2]) - max(a[0], b[0]) > 4 and min(a[3], b[3]) - max(a[1], b[1]) > 6
    ]
    assert len(overlaps) <= 2
    page.click("[aria-label='Zoom in']")
    assert page.locator(".node").count() == 300


def test_a_phone_needs_no_sideways_scrolling_and_opens_the_evidence_over_the_page(quarrel, look):
    page = look(quarrel, 390, 844, has_touch=True)
    for view in ("Network", "Timeline", "Evidence", "Articles", "Matrix"):
        page.get_by_role("tab", name=view).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, view
    cell(page, "Chad", "Niger").click()
    assert page.locator("#panel").evaluate("one => getComputedStyle(one).position") == "fixed"
    page.click("#panel .close")
    assert page.locator("#panel").evaluate("one => getComputedStyle(one).position") == "static"


def test_paper_has_no_controls_and_dark_is_dark(quarrel, look):
    page = look(quarrel, color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(21, 22, 25)"
    page.click("#theme")
    assert page.evaluate(background) == "rgb(253, 252, 250)"
    page.emulate_media(media="print")
    assert not page.locator("#tabs").is_visible()
    assert page.locator("table.matrix").is_visible()
    assert page.evaluate(background) == "rgb(255, 255, 255)"


def test_a_run_that_found_nothing_says_so(tmp_path, look):
    page = look(written(tmp_path / "report.html", [(Article("a", "Nothing."), [])]))
    for view in ("Network", "Timeline", "Evidence", "Articles", "Matrix"):
        page.get_by_role("tab", name=view).click()
        assert page.locator("#view .empty").is_visible()


def test_twenty_thousand_stances_can_be_looked_at(tmp_path, look):
    chance = random.Random(5)
    names = [f"Actor {n}" for n in range(400)]
    weights = [1 / (n + 1) for n in range(400)]
    scored = []
    for n in range(2500):
        ends = [chance.choices(names, weights, k=2) for _ in range(8)]
        stances = [(a, chance.choice(list(VERBS)), b, round(chance.uniform(0.5, 0.99), 3)) for a, b in ends]
        scored.append(article(f"a{n}", f"20{10 + n % 14}-{1 + n % 12:02}-11", stances, kind="person"))
    page = look(written(tmp_path / "report.html", scored) + "#matrix&by=actor")
    assert shown(page) == "All 20,000 stances"
    page.fill("#words", "numbered 7")
    expect(page.locator("#shown")).to_have_text("2,500 of 20,000 stances")
    for view in ("Network", "Timeline", "Evidence", "Articles"):
        page.get_by_role("tab", name=view).click()
        assert page.locator("#view .empty").count() == 0
