import os

os.environ["HF_HUB_OFFLINE"] = "1"  # read once, when huggingface_hub is imported
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import json
import re
import shutil
import venv
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import torch
from hypothesis import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from transformers import AutoTokenizer, BertConfig, BertModel

from data.schema import Pair, PairSpan
from models.backbone import SMALL, backbone_folder
from models.classifier import Classifier, ClassifierConfig
from models.score import main

settings.register_profile("same", deadline=None, derandomize=True, database=None)  # the same examples on any machine
settings.load_profile("same")
torch.set_num_threads(1)  # on tensors this small threads only wait for each other

ROW = (
    "Norway protests to Iceland\n\n"
    "Norway’s foreign minister, Kari Solheim, condemned Iceland on Monday over two trawlers 🚢. "
    "Reykjavik rejected the charge and thanked Ireland for its help.\n\n"
    "“Iceland has stolen our boats,” Solheim told reporters in Oslo. “Denmark and the European Union helped them.”\n"
)
THANKS = "Ghana thanked Togo for two ships. Togo said that Benin had paid."
TALKS = "Kenya and Uganda accused Tanzania of closing the lake to them."
BORDER = "Chad denied that it had shelled Niger. Niger blamed Libya instead."


def _marked(text, context="", name="p"):
    """Makes a pair of `"[Norway] accused {Iceland} of theft."`: source in brackets, target in braces."""
    spans = {}
    plain = {}
    for where, string in (("context", context), ("text", text)):
        plain[where] = re.sub(r"[\[\]{}]", "", string)
        for kind, pattern in (("source", r"\[(.+?)\]"), ("target", r"\{(.+?)\}")):
            if hit := re.search(pattern, string):
                start = len(re.sub(r"[\[\]{}]", "", string[: hit.start()]))
                end = start + len(re.sub(r"[\[\]{}]", "", hit.group(1)))
                spans[kind] = PairSpan(start, end, where == "context")
    return Pair(name, plain["text"], spans.get("source"), spans["target"], plain["context"])


@pytest.fixture(scope="session")
def marked():
    return _marked


@pytest.fixture(scope="session")
def tiny_backbone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("backbone")
    torch.manual_seed(5)
    config = BertConfig(
        hidden_size=48, num_hidden_layers=1, num_attention_heads=6, intermediate_size=96, initializer_range=0.3
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    AutoTokenizer.from_pretrained(backbone_folder(SMALL)).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def tiny_classifier(tiny_backbone):
    torch.manual_seed(5)
    classifier = Classifier.from_backbone(ClassifierConfig(backbone=tiny_backbone, threshold=0.3))
    sentences = (
        "[Norway] accused {Iceland}.",
        "{Norway} accused [Iceland].",
        "[Ghana] thanked {Gambia}.",
    )
    logits, _ = classifier.logits([_marked(sentence) for sentence in sentences])
    with torch.no_grad():  # an untrained head would call everything the same
        classifier.network.stance.bias.sub_(logits.mean(dim=0))
        for parameter in classifier.network.stance.parameters():
            parameter.mul_(5)
    return classifier


@pytest.fixture(scope="session")
def tiny_model(tiny_classifier, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    tiny_classifier.save(folder)
    return folder


@pytest.fixture(scope="session")
def lines():
    return lambda path: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def texts():
    """Gives the text of each article of the folder `articles`, as its offsets count."""
    titled = f"Ghana thanks Togo\n\n{THANKS}"
    return {"row.txt": ROW, "sub/talks.md": TALKS + "\n", "w-1": titled, "wire.jsonl#2": BORDER, "table.csv#1": BORDER}


@pytest.fixture(scope="session")
def articles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("articles")
    (folder / "sub").mkdir()
    (folder / "row.txt").write_text(ROW, encoding="utf-8")
    (folder / "sub" / "talks.md").write_bytes(b"\xef\xbb\xbf" + TALKS.encode() + b"\r\n")
    wire = {"id": "w-1", "title": "Ghana thanks Togo", "text": THANKS, "date": "2024-03-01", "url": "https://n.example"}
    (folder / "wire.jsonl").write_text(json.dumps(wire) + "\n" + json.dumps({"text": BORDER}) + "\n")
    (folder / "table.csv").write_text(f'text,published\n"{BORDER}",2024-04-05\n', encoding="utf-8")
    (folder / "notes.docx").write_text("passed over")
    return folder


@pytest.fixture(scope="session")
def score(articles, tiny_model, tmp_path_factory):
    """Gives a function that scores the articles with some options and says where the files are."""

    def run(*options):
        out = tmp_path_factory.mktemp("out") / "new"
        assert main([str(articles), "--out", str(out), "--model", str(tiny_model), *options]) == 0
        return out

    return run


@pytest.fixture(scope="session")
def scored(score):
    return score("--all-pairs", "--author")


@pytest.fixture(scope="session")
def records(scored, lines):
    return lines(scored / "stances.jsonl")


@pytest.fixture(scope="module")
def mlflow_store(tmp_path_factory):
    """Yields the folder of an MLflow store of its own, artifacts included."""
    import mlflow

    folder = tmp_path_factory.mktemp("mlflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
        patch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0.5")
        mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
        yield folder
    mlflow.set_tracking_uri(None)


@pytest.fixture(scope="session")
def chromium():
    """Yields Debian's Chromium without a window; it reaches no network."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    program = shutil.which("chromium")
    if program is None:
        (pytest.fail if os.environ.get("VISAVIS_WHOLE") else pytest.skip)(
            "needs Debian's chromium: apt-get install chromium"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture
def look(chromium):
    """Gives a function that opens an address in a new page; in the end no page logged an error or left its origin."""
    pages, troubles = [], []

    def trouble(kind):
        return lambda found: troubles.append(f"{kind}: {found}")

    def open_page(address, width=1280, height=900, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, accept_downloads=True, **options)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: message.type in ("error", "warning") and trouble("console")(message.text))
        page.on("pageerror", trouble("error"))
        origin = address.split("#")[0]
        page.on("request", lambda request: request.url.startswith(origin) or trouble("request")(request.url))
        page.goto(address)
        pages.append(context)
        return page

    yield open_page
    for context in pages:
        context.close()
    assert troubles == []


@pytest.fixture(scope="session")
def tracked():
    """Gives a function that returns the training runs of the store, the newest first."""
    import mlflow

    def runs():
        found = mlflow.search_runs(search_all_experiments=True, output_format="list", order_by=["start_time DESC"])
        return [run for run in found if "config" in run.data.tags]

    return runs


def _closure(names):
    """The installed distributions that some need, themselves included."""
    found, waiting = {}, list(names)
    while waiting:
        requirement = Requirement(waiting.pop())
        key = canonicalize_name(requirement.name)
        if key in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        try:
            found[key] = distribution(requirement.name)
        except PackageNotFoundError:
            continue  # another platform's
        waiting += found[key].requires or []
    return found


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """Gives a function that makes a virtual environment with some requirements and nothing else, from what is here."""

    def make(requirements, alone=()):
        """Makes it; of what is named in `alone`, its own requirements are left out."""
        folder = tmp_path_factory.mktemp("environment")
        venv.create(folder, with_pip=False, symlinks=True)
        site = next(folder.glob("lib/python*/site-packages"))
        for found in [*_closure(requirements).values(), *map(distribution, alone)]:
            for top in {file.parts[0] for file in found.files if file.parts[0] not in ("..", "__pycache__")}:
                source = Path(found.locate_file(top))
                if source.exists() and not (site / top).exists():
                    (site / top).symlink_to(source)
            for script in found.entry_points.select(group="console_scripts"):
                path = folder / "bin" / script.name
                path.write_text(f"#!{folder}/bin/python\nfrom {script.module} import {script.attr}\n{script.attr}()\n")
                path.chmod(0o755)
        return folder / "bin" / "python"

    return make


def elsewhere():
    """The variables of a process that knows nothing of this checkout."""
    unwanted = ("PYTHONPATH", "VIRTUAL_ENV", "MLFLOW_TRACKING_URI")
    return {name: value for name, value in os.environ.items() if name not in unwanted}
