"""The MLflow UI shows runs, their comparison, artifacts and the registered model; the README's pictures are of it."""

import mlflow
import pytest
from PIL import Image
from test_compare import runs  # noqa: F401
from ui_pictures import SIZE, take

from models.classifier import Classifier
from train.registration import log_model, register


@pytest.mark.slow
def test_pictures_are_taken_of_what_was_tracked(runs, tiny_model, chromium, tmp_path):  # noqa: F811
    run_id = runs["best"]
    with mlflow.start_run(run_id):
        model_id = log_model(Classifier.load(tiny_model), run_id)
    register(run_id, model_id, mlflow.get_run(run_id).data.metrics)
    files = take(list(runs.values()), tmp_path, chromium)
    assert [path.name for path in files] == ["runs.png", "comparison.png", "artifacts.png", "model.png"]
    for path in files:
        picture = Image.open(path)
        assert picture.size == (SIZE["width"], SIZE["height"])
        assert len(picture.convert("RGB").getcolors(1 << 24)) > 100  # something is on it
