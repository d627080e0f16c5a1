"""The number format that is chosen, on whatever processor the tests run."""

import pytest
import torch

from models import precision
from models.precision import Precision, fastest_precision, has_fast_bfloat16


@pytest.mark.parametrize(
    ("tiles", "fast_bfloat16", "integers", "chosen"),
    [
        (True, True, True, Precision.BFLOAT16),
        (False, True, True, Precision.INT8),
        (False, True, False, Precision.BFLOAT16),
        (False, False, True, Precision.INT8),
        (False, False, False, Precision.FLOAT32),
    ],
)
def test_the_precision_is_the_fastest_of_the_processor(monkeypatch, tiles, fast_bfloat16, integers, chosen):
    monkeypatch.setattr(precision, "_has_matrix_tiles", lambda: tiles)
    monkeypatch.setattr(precision, "has_fast_bfloat16", lambda: fast_bfloat16)
    monkeypatch.setattr(precision, "can_multiply_integers", lambda: integers)
    assert fastest_precision() is chosen


@pytest.mark.parametrize(
    ("tiles", "instructions", "gain", "fast"),
    [(True, False, 1, True), (False, True, 4, True), (False, True, 0.6, False), (False, False, 4, False)],
)
def test_bfloat16_is_fast_with_tiles_or_where_a_product_shows_it(monkeypatch, tiles, instructions, gain, fast):
    seconds = {torch.float32: gain, torch.bfloat16: 1.0}
    monkeypatch.setattr(precision, "_has_matrix_tiles", lambda: tiles)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: instructions)
    monkeypatch.setattr(precision, "_product_time", seconds.__getitem__)
    assert has_fast_bfloat16.__wrapped__() is fast
