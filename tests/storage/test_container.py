"""Containers are safetensors files: the same bytes as the library's own, written without a copy of the tensors."""

import json
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from shapefield.storage.container import read_container, write_container

TENSORS = {
    "b.z": torch.linspace(-1, 1, 6).reshape(3, 2),
    "a": torch.arange(5),
    "half": torch.tensor([1.5, -2.0]).half(),
    "brain": torch.tensor([1.5, -2.0, 3.0]).bfloat16(),
    "told": torch.tensor([True, False, True]),
    "scalar": torch.tensor(3.0, dtype=torch.float64),
    "empty": torch.zeros(0, 3),
    "bytes": torch.arange(7, dtype=torch.uint8),
    "short": torch.arange(3, dtype=torch.int16),
    "größe": torch.arange(3, dtype=torch.int32),
    "turned": torch.arange(12.0).reshape(3, 4).t(),
}


def test_the_bytes_are_the_libraries_own_and_come_back(tmp_path: Path) -> None:
    write_container(tmp_path / "a.field", "field", {"name": "größe"}, TENSORS)
    raw = (tmp_path / "a.field").read_bytes()
    length = int.from_bytes(raw[:8], "little")
    metadata = json.loads(raw[8 : 8 + length])["__metadata__"]
    assert raw == save({k: v.contiguous() for k, v in TENSORS.items()}, metadata=metadata)
    header, found = read_container(tmp_path / "a.field", "field")
    assert header == {"name": "größe"} and found.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert found[name].dtype == tensor.dtype and torch.equal(found[name], tensor), name


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="RLIMIT_AS")
def test_writing_takes_no_memory_of_the_tensors_size(tmp_path: Path) -> None:
    import resource

    big = {"weights": torch.ones(1 << 26)}
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + (128 << 20), before[1]))
    try:
        write_container(tmp_path / "big.checkpoint", "checkpoint", {}, big)  # 256 MiB within 128
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert (tmp_path / "big.checkpoint").stat().st_size > 1 << 28
