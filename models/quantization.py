"""Linear layers in 8-bit integers, for processors that multiply those several times as fast as floats (VNNI).

Weights are quantized for each output channel, activations for each row while the network runs, with a zero point
(Dettmers et al., "LLM.int8()", NeurIPS 2022, vector-wise; Jacob et al., CVPR 2018, for zero points). So no calibration
data is needed, and what a token gets does not depend on which others are in the batch.
"""

from __future__ import annotations

import weakref

import torch
from torch import Tensor, nn

_LEAST_WIDTH = 256  # of a layer that gains more in its product than its rows cost to quantize
_LEVELS = 255
_LARGEST_WEIGHT = 127


def can_multiply_integers() -> bool:
    """Tells whether this processor multiplies 8-bit integers fast, and PyTorch has the product."""
    return (
        torch.cpu._is_vnni_supported()
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and hasattr(torch.ops.onednn, "qlinear_pointwise")
    )


def quantize(network: nn.Module) -> None:
    """Replaces the wide linear layers of a network, in place; it can be run from then on, but not trained."""
    rows = _Rows()
    for module in list(network.modules()):
        for name, child in module.named_children():
            if type(child) is nn.Linear and min(child.weight.shape) >= _LEAST_WIDTH:
                setattr(module, name, QuantizedLinear(child, rows))


class QuantizedLinear(nn.Module):
    """A linear layer whose product is of unsigned 8-bit activations with signed 8-bit weights."""

    def __init__(self, linear: nn.Linear, rows: _Rows | None = None) -> None:
        """Quantizes a layer.

        Args:
            linear: The layer, on the CPU in float32.
            rows: Shared by the layers of a network, so that what several read one after the other is quantized once.
        """
        super().__init__()
        weight = linear.weight.detach().float()
        bias = linear.bias.detach().float() if linear.bias is not None else weight.new_zeros(len(weight))
        scale = (weight.abs().amax(dim=1) / _LARGEST_WEIGHT).clamp_min(torch.finfo(torch.float32).tiny)
        integers = torch.round(weight / scale[:, None]).to(torch.int8)
        self._rows = rows or _Rows()
        self._packed = torch.ops.onednn.qlinear_prepack(integers, None)
        self._scale, self._zero = scale, torch.zeros(len(weight), dtype=torch.int64)
        self._bias, self._sums = bias, integers.float().sum(dim=1) * scale

    def forward(self, states: Tensor) -> Tensor:
        """Maps [..., in] to [..., out], in float32."""
        integers, least, step = self._rows.of(states)
        product = torch.ops.onednn.qlinear_pointwise(
            integers, 1.0, 0, self._packed, self._scale, self._zero, None, 1.0, 0, torch.float32, "none", [], ""
        )
        out = torch.addcmul(self._bias, product, step).addcmul_(least, self._sums)
        return out.view(*states.shape[:-1], len(self._bias))


class _Rows:
    """Quantizes rows, each between its own least and greatest value, and remembers what it made of the last tensor."""

    def __init__(self) -> None:
        self._kept: tuple[weakref.ref[Tensor], tuple[Tensor, Tensor, Tensor]] | None = None

    def of(self, states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Returns unsigned integers [rows, size], and the least value and the step of each row, [rows, 1]."""
        kept = self._kept  # read once: several threads may run the network
        if kept is not None and kept[0]() is states:
            return kept[1]
        rows = states.reshape(-1, states.shape[-1])
        least = rows.amin(dim=1, keepdim=True)
        step = ((rows.amax(dim=1, keepdim=True) - least) / _LEVELS).clamp_min(torch.finfo(torch.float32).tiny)
        inverse = 1 / step
        # truncated after half a level is added, which rounds; not by addcmul, which is slow over two broadcast columns
        integers = torch.mul(rows, inverse).add_(0.5 - least * inverse).to(torch.uint8)
        self._kept = weakref.ref(states), (integers, least, step)
        return integers, least, step
