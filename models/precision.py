"""Runs a network in the number format that is fastest on this machine, and counts what it took."""

from __future__ import annotations

import copy
import os
import time
import timeit
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from models.quantization import can_multiply_integers, quantize

_TOKENS_AT_ONCE = {"cpu": 768, "cuda": 16_384}  # on a CPU, what a layer makes of them stays in the cache of a core

# oneDNN keeps what it compiled for the last 1,024 shapes of products, which took 300 MB a process after 3,000 articles.
_KERNELS_KEPT = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16")


class Precision(StrEnum):
    """The number format of matrix products."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    INT8 = "int8"


@dataclass(slots=True)
class Effort:
    """What encoding took.

    Attributes:
        seconds: Time in the network.
        tokens: Tokens encoded, without padding.
        squares: Sum of the squares of the windows' lengths, on which the cost of attention depends.
    """

    seconds: float = 0.0
    tokens: int = 0
    squares: int = 0

    def __add__(self, other: Effort) -> Effort:
        return Effort(self.seconds + other.seconds, self.tokens + other.tokens, self.squares + other.squares)


def fastest_precision() -> Precision:
    """Returns the precision in which scoring is fastest here.

    Without matrix tiles 8-bit integers are the fastest, 1.3 times as fast as bfloat16 where that is fast (Zen 5).
    """
    if _has_matrix_tiles():
        return Precision.BFLOAT16
    if can_multiply_integers():
        return Precision.INT8
    return Precision.BFLOAT16 if has_fast_bfloat16() else Precision.FLOAT32


@cache
def has_fast_bfloat16() -> bool:
    """Tells whether bfloat16 is far faster than float32: with matrix tiles, or where a product of layers shows it.

    That a processor has AVX512-BF16 does not tell: on one, scoring took 1.7 times as long as in float32; on another
    (Zen 5), a training step of the base model takes a third.
    """
    if _has_matrix_tiles():
        return True
    return torch.cpu._is_avx512_bf16_supported() and 2 * _product_time(torch.bfloat16) < _product_time(torch.float32)


def _has_matrix_tiles() -> bool:
    """Tells whether there is a GPU, or a processor with AMX."""
    return torch.cuda.is_available() or bool(torch.cpu._is_amx_tile_supported())


def _product_time(kind: torch.dtype) -> float:
    """Returns the seconds that a product takes as a layer makes it, the best of five."""
    states, weight = torch.ones(256, 384, dtype=kind), torch.ones(1536, 384, dtype=kind)
    return min(timeit.repeat(lambda: nn.functional.linear(states, weight), repeat=5, number=1))


class Runner:
    """Runs a network over batches: without gradients, on its device, in a precision.

    8-bit integers are used from `hasten` on; before it a network runs in float32 in their place.
    """

    def __init__(self, network: nn.Module, precision: Precision | None = None) -> None:
        self.network = network
        self.precision = precision or fastest_precision()
        self.effort = Effort()
        self._hastened = False

    def hasten(self) -> None:
        """Runs a copy of the network from now on: with fused attention, quantized or on a GPU where that is faster.

        A second call does nothing. The copy shares the weights. Training keeps the plain attention, whose backward
        pass is the faster one.
        """
        if self._hastened:
            return
        self._hastened = True
        os.environ.setdefault(*_KERNELS_KEPT)  # read at the first product
        self.network = copy.deepcopy(self.network, {id(weight): weight for weight in self.network.parameters()}).eval()
        for module in self.network.modules():
            if isinstance(module, PreTrainedModel) and module._supports_sdpa:
                module.set_attn_implementation("sdpa")
        if self.precision is Precision.INT8:
            quantize(self.network)
        self.network.to("cuda" if torch.cuda.is_available() else "cpu")

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return next(self.network.parameters()).device

    @property
    def tokens_at_once(self) -> int:
        """How many tokens, padding included, make a batch that is encoded fast."""
        return _TOKENS_AT_ONCE[self.device.type]

    @torch.inference_mode()
    def __call__(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Returns what the network makes of a batch, on the CPU; `attention_mask` tells its tokens."""
        started = time.perf_counter()
        moved = {name: tensor.to(self.device) for name, tensor in batch.items()}
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision is Precision.BFLOAT16):
            output = {name: tensor.cpu() for name, tensor in self.network(**moved).items()}
        lengths = batch["attention_mask"].sum(dim=1)
        spent = Effort(time.perf_counter() - started, int(lengths.sum()), int((lengths**2).sum()))
        self.effort = self.effort + spent
        return output
