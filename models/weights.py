"""Loads a pretrained encoder, and writes the weights that were trained on top of it with their config."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging

from models.backbone import backbone_folder

if TYPE_CHECKING:
    from peft import PeftModel

_CHANGE, _SCALE = ".change", ".scale"


def load_encoder(backbone: str, layers: int | None = None) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Returns a pretrained encoder without its pooler, and its tokenizer.

    Args:
        backbone: Name, folder or hub id; see `models.backbone.backbone_folder`.
        layers: How many of its layers, from the first; None for all.
    """
    folder = backbone_folder(backbone)
    some = {} if layers is None else {"num_hidden_layers": layers}
    with _quiet():
        encoder = AutoModel.from_pretrained(
            folder, attn_implementation="eager", use_safetensors=True, trust_remote_code=False,
            **_no_pooler(folder), **some,
        )  # fmt: skip
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    return encoder, tokenizer


def with_adapter(encoder: PreTrainedModel, rank: int) -> PeftModel:
    """Freezes an encoder and lays a low-rank adapter over all its linear layers (Hu et al., "LoRA", 2021)."""
    from peft import LoraConfig, get_peft_model  # a fifth of a second that models without an adapter do not wait

    adapter = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear")
    with warnings.catch_warnings():  # peft asks transformers by a name that version 6 will not have
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        return get_peft_model(encoder, adapter)  # type: ignore[return-value]


def write_trained(
    folder: Path, network: nn.Module, config: Mapping[str, Any], backbone: str, dtype: torch.dtype = torch.float16
) -> None:
    """Writes the parameters of a network that were trained, and its config; frozen ones stay with the backbone.

    Of an encoder's matrices the difference from the backbone is kept, in 8 bits and a scale for each row, which
    is a quarter of its size and off by at most 1/254 of the row's largest change.

    Args:
        folder: Where to; `model.safetensors` and `config.json`.
        network: The network; the encoder's parameters begin with `encoder.`.
        config: What travels with the weights.
        backbone: The encoder that it was trained from.
        dtype: Of what is written whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = load_encoder(backbone)[0].state_dict()
    trained: dict[str, torch.Tensor] = {}
    for name, parameter in network.named_parameters():
        value = parameter.detach().cpu()
        origin = before.get(name.removeprefix("encoder.")) if name.startswith("encoder.") else None
        if parameter.requires_grad and origin is not None and value.ndim == 2:
            change = value - origin
            scale = change.abs().amax(dim=1, keepdim=True).clamp_min(1e-12) / 127
            trained[f"{name}{_CHANGE}"] = (change / scale).round().to(torch.int8)
            trained[f"{name}{_SCALE}"] = scale
        elif parameter.requires_grad:
            trained[name] = value.to(dtype).contiguous()
    save_file(trained, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def read_trained(file: Path, network: nn.Module) -> set[str]:
    """Lays the weights of a file over a network on its backbone; returns the names that it holds.

    Raises:
        OSError, SafetensorError: If the file cannot be read.
        RuntimeError: If its weights have other shapes or names than the network's.
    """
    stored = load_file(file)
    parameters = dict(network.named_parameters())
    values: dict[str, torch.Tensor] = {}
    for name, tensor in stored.items():
        if name.endswith(_CHANGE):
            own = name.removesuffix(_CHANGE)
            if own not in parameters or f"{own}{_SCALE}" not in stored:
                raise RuntimeError(f"unexpected {name}")
            values[own] = parameters[own].detach() + tensor.float() * stored[f"{own}{_SCALE}"]
        elif not name.endswith(_SCALE):
            values[name] = tensor.float()
    _, unexpected = network.load_state_dict(values, strict=False, assign=True)
    if unexpected:
        raise RuntimeError(f"unexpected {sorted(unexpected)[:3]}")
    return set(values)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps transformers from reporting the pooler that is left out on purpose, and from a bar of its own."""
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _no_pooler(folder: str) -> dict[str, bool]:
    """Returns the option that leaves out BERT's pooler, which is never used, so that it is not saved either."""
    kind = AutoConfig.from_pretrained(folder, trust_remote_code=False).model_type
    return {"add_pooling_layer": False} if kind in ("bert", "roberta", "mpnet", "xlm-roberta") else {}
