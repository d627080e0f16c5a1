"""The plain way to classify pairs, to measure against: both mentions marked in the text, one pass for each pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline
from transformers.utils import logging

from data.schema import STANCES, Pair
from models.backbone import backbone_folder
from models.encoding import marked


class PlainClassifier:
    """The pipeline of transformers over a backbone, in float32; its head is untrained, which takes the same time."""

    def __init__(self, backbone: str, max_length: int) -> None:
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # it would report the untrained head
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        folder = backbone_folder(backbone)
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        model = AutoModelForSequenceClassification.from_pretrained(
            folder, num_labels=len(STANCES), use_safetensors=True, trust_remote_code=False
        )
        self._pipeline: Any = pipeline("text-classification", model=model.float(), tokenizer=tokenizer, device="cpu")
        self._max_length = max_length

    def predict(self, pairs: Sequence[Pair], size: int) -> list[dict[str, Any]]:
        """Classifies pairs, so many at a time; of each it reads what the classifier does."""
        inputs = [{"text": pair.context, "text_pair": pair.text} for pair in map(marked, pairs)]
        return list(self._pipeline(inputs, batch_size=size, truncation=True, max_length=self._max_length))
