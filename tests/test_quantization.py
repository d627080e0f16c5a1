import copy
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from models.precision import Precision, Runner
from models.quantization import QuantizedLinear, can_multiply_integers, quantize

pytestmark = pytest.mark.skipif(not can_multiply_integers(), reason="this processor does not multiply integers fast")


class Attention(nn.Module):
    """Three wide layers that read one input, and a narrow one."""

    def __init__(self, size=256):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(size, size) for _ in range(3))
        self.narrow = nn.Linear(size, 4)

    def forward(self, states):
        return self.narrow(self.query(states) * self.key(states) + self.value(states))


@settings(max_examples=20)
@given(
    st.integers(0, 1000), st.integers(1, 40), st.sampled_from([256, 384]), st.floats(-5, 5), st.floats(0.01, 100)
)  # fmt: skip
def test_a_quantized_layer_is_near_the_layer(seed, rows, width, middle, spread):
    torch.manual_seed(seed)
    linear = nn.Linear(width, 256)
    states = torch.randn(rows, width) * spread + middle
    with torch.inference_mode():
        exact, found = linear(states), QuantizedLinear(linear)(states)
    # half a step of a weight for each activation, half a step of an activation for each weight
    steps = (states.amax(1) - states.amin(1)) / 255
    activations = steps[:, None] / 2 * linear.weight.abs().sum(1) * 1.1
    weights = linear.weight.abs().amax(1) / 127 / 2 * states.abs().sum(1)[:, None] * 1.1
    assert ((exact - found).abs() <= activations + weights + 1e-4).all()


def test_what_a_row_gets_does_not_depend_on_the_others():
    layer, states = QuantizedLinear(nn.Linear(256, 256)), torch.randn(7, 5, 256)
    with torch.inference_mode():
        together = layer(states)
        alone = torch.stack([layer(row[None])[0] for row in states])
    assert together.shape == (7, 5, 256)
    assert torch.equal(together, alone)


def test_a_row_of_equal_values_and_an_empty_batch_are_quantized():
    linear = nn.Linear(256, 256, bias=False)
    layer = QuantizedLinear(linear)
    with torch.inference_mode():
        assert torch.allclose(layer(torch.full((1, 256), 3.0)), linear(torch.full((1, 256), 3.0)), atol=0.05)
        assert layer(torch.zeros(0, 256)).shape == (0, 256)


def test_wide_layers_are_replaced_and_stay_near_what_they_were():
    torch.manual_seed(3)
    network, states = Attention().eval(), torch.randn(9, 256)
    quantized = copy.deepcopy(network)
    quantize(quantized)
    assert [type(module) for module in quantized.children()] == [QuantizedLinear] * 3 + [nn.Linear]
    with torch.inference_mode():
        for _ in range(2):  # what is remembered of one input is not taken for another
            exact, found = network(states), quantized(states)
            assert (exact - found).abs().max() < 0.05 * exact.abs().max()
            states = states * 2 - 1


def test_threads_that_share_a_network_do_not_mix_their_inputs():
    network = Attention().eval()
    quantize(network)
    inputs = [torch.randn(rows, 256) for rows in range(1, 41)]
    with torch.inference_mode():
        alone = [network(states) for states in inputs]

    def run(states):
        with torch.inference_mode():
            return [network(states) for _ in range(20)]

    with ThreadPoolExecutor(8) as pool:
        for expected, found in zip(alone, pool.map(run, inputs), strict=True):
            assert all(torch.equal(expected, one) for one in found)


def test_a_runner_quantizes_a_copy_once():
    network = Attention()
    runner = Runner(network, Precision.INT8)
    runner.hasten()
    fast = runner.network
    runner.hasten()
    assert runner.network is fast
    assert isinstance(runner.network.query, QuantizedLinear)
    assert type(network.query) is nn.Linear
