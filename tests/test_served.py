"""The model as it is served, without a server."""

import pandas as pd

from models.pipeline import Scorer
from models.served import ServedModel

TEXT = "Togo condemned Chad on Monday over the fish of the lake and three boats that it had lost there. "


def test_articles_of_one_story_share_its_cluster(tiny_classifier):
    model = ServedModel()
    model.scorer = Scorer(tiny_classifier, name="mlflow")
    pair = {
        "id": "p",
        "text": "Togo blames Chad.",
        "source": {"start": 0, "end": 4},
        "target": {"start": 12, "end": 16},
    }
    rows = [
        {"id": "a", "text": TEXT * 3},
        pair,
        {"id": "b", "text": f"{TEXT * 3}\n"},
        {"id": "c", "text": "Chad backed Togo."},
    ]
    records = model.predict(None, pd.DataFrame(rows))
    articles = [record for record in records if "article_id" in record]
    assert {(record["article_id"], record["story_cluster"]) for record in articles} >= {("a", "a"), ("b", "a")}
    assert [record["id"] for record in records if "article_id" not in record] == ["p"]
