"""Asks the page for one pasted article, over a socket and in a real browser."""

import copy
import json
import threading
import urllib.error
import urllib.request
from dataclasses import replace

import pytest

from models.explore import main
from models.explorer import CHARACTERS, Explorer, application, listen, open_scorer
from models.mentions import LearnedFinder
from models.pipeline import Scorer

TEXT = (
    "Ghana thanks Togo\n\nGhana thanked Togo for two ships. "
    "Togo accused Benin of theft and rejected the Ghanaian offer.\n"
)


@pytest.fixture(scope="module")
def scorer(tiny_classifier):
    """Scores with a model whose threshold hardly any stance reaches."""
    classifier = copy.copy(tiny_classifier)
    classifier.config = replace(classifier.config, threshold=0.99)
    return Scorer(classifier, "tiny", LearnedFinder.load())


@pytest.fixture(scope="module")
def address(scorer):
    import uvicorn

    listener = listen(0)
    server = uvicorn.Server(uvicorn.Config(application(scorer), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def ask(address, values, **headers):
    body = values if isinstance(values, bytes) else json.dumps(values).encode()
    request = urllib.request.Request(address, body, {"content-type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        content = error.read()
        return error.code, json.loads(content) if content.startswith(b"{") else content.decode()


def test_a_text_comes_back_with_stances_that_quote_it(address, scorer):
    status, answer = ask(f"{address}/score", {"text": TEXT, "published": "2024-03-05"})
    assert status == 200
    stances, actors, [[text]] = answer["packed"]["stances"], answer["packed"]["actors"], answer["packed"]["texts"]
    assert text == TEXT
    assert answer["packed"]["articles"]["date"] == ["2024-03-05"]
    names = [actors["name"][actor] for actor in stances["source"]]
    spans = zip(stances["source_start"], stances["source_end"], strict=True)
    found = {(text[start:end], name) for (start, end), name in zip(spans, names, strict=True)}
    assert found <= {("Ghana", "Ghana"), ("Togo", "Togo"), ("Benin", "Benin"), ("Ghanaian", "Ghana")}
    assert found
    assert (
        min(stances["confidence"]) < 10_000 * scorer.classifier.config.threshold
    )  # the page has the doubtful ones too


def test_a_stance_is_explained_with_words_of_its_sentence(address):
    _, answer = ask(f"{address}/score", {"text": TEXT})
    stances = answer["packed"]["stances"]
    for stance in range(len(stances["stance"])):
        status, why = ask(f"{address}/explain", {"number": answer["number"], "stance": stance})
        assert status == 200
        for start, end, _ in why["words"]:
            assert stances["sentence_start"][stance] <= start < end <= stances["sentence_end"][stance]
        assert why["deletion"] is None or why["deletion"]["draws"] == 10
    assert ask(f"{address}/explain", {"number": answer["number"], "stance": stance + 1})[0] == 404
    assert ask(f"{address}/explain", {"number": 10**6, "stance": 0})[0] == 404


@pytest.mark.parametrize(
    ("values", "headers", "status", "said"),
    [
        ({"text": "  "}, {}, 422, "paste it first"),
        ({"text": "\ud800"}, {}, 422, "expected the text of an article"),
        (b"{", {}, 422, "expected JSON"),
        (b"[]", {}, 422, "expected the text of an article"),
        ({"text": TEXT}, {"content-type": "text/plain"}, 415, "expected JSON"),
        ({"text": "x" * (CHARACTERS + 1)}, {}, 413, "longer than 200,000 characters: score it with models/score.py"),
        (b" " * (13 * CHARACTERS), {}, 413, "longer than 200,000 characters"),
        ({"text": TEXT}, {"host": "evil.example"}, 400, "Invalid host"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_what_to_do(address, values, headers, status, said):
    found, answer = ask(f"{address}/score", values, **headers)
    assert found == status
    assert said in (answer["error"] if isinstance(answer, dict) else answer)


def test_a_text_of_the_longest_length_is_read_whatever_its_characters(address, monkeypatch):
    monkeypatch.setattr(Explorer, "score", lambda self, text, published: {"characters": len(text)})
    text = "\N{SHIP}" * CHARACTERS  # as JSON twelve bytes each
    assert ask(f"{address}/score", {"text": text}) == (200, {"characters": CHARACTERS})


def test_the_page_is_bound_to_this_machine():
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_only_the_last_articles_are_remembered(scorer):
    explorer = Explorer(scorer)
    numbers = [explorer.score("Chad accused Togo.", None)["number"] for _ in range(22)]
    with pytest.raises(KeyError):
        explorer.explain(numbers[0], 0)


def test_a_taken_port_and_a_missing_model_are_told(capsys):
    with listen(0) as listener:
        port = listener.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    assert f"--port {port}: expected a free port" in capsys.readouterr().err
    assert main(["--port", "0", "--model", "no/such/model"]) == 1
    assert "no/such/model" in capsys.readouterr().err


def test_actors_of_ones_own_are_known(tiny_model, tmp_path):
    actors = tmp_path / "actors.yaml"
    actors.write_text("- name: Harbour Watch\n  kind: ngo\n  country: KEN\n")
    explorer = Explorer(open_scorer(str(tiny_model), actors))
    packed = explorer.score("Harbour Watch accused Togo.\nTogo accused Harbour Watch.\n", None)["packed"]
    assert ("Harbour Watch", "KEN") in set(zip(packed["actors"]["name"], packed["actors"]["country"], strict=True))


@pytest.mark.slow
def test_the_page_marks_a_pasted_article_and_says_which_words_carried_a_stance(address, look):
    page = look(f"{address}/")
    page.fill("#text", "<b>Ghana</b> quarrels\n\n" + TEXT)
    page.fill("#least", "0")
    page.get_by_role("button", name="Read it").click()
    page.locator(".entry").first.click()
    page.locator(".detail:not([hidden]) .proof, .detail:not([hidden]) .words").first.wait_for()
    assert page.inner_text(".text h2") == "<b>Ghana</b> quarrels"
    assert page.locator(".is-source").count() > 0
    assert "stance" in page.inner_text("#said")
    page.fill("#least", "1")
    assert page.locator(".entry").count() == 0
    page.fill("#text", " ")
    page.get_by_role("button", name="Read it").click()
    page.get_by_text("paste it first").wait_for()
