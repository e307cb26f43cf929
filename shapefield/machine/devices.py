"""Which device a run is on: "auto", or the one asked for, or an error that lists what there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shapefield.errors import ResourceError, UsageError


def present() -> list[str]:
    """Devices torch can use here, the best first; the CPU is always among them."""
    import torch

    found = [f"cuda:{k}" for k in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*found, "cpu"]


def choose(device: str) -> str:
    """A torch device string that exists. Raises UsageError for nonsense, ResourceError for an absent device."""
    import torch

    if torch.cuda._is_in_bad_fork():
        raise ResourceError(
            "device: expected a process of its own, got one that was forked after the GPU was used, which CUDA "
            "does not allow: start it with multiprocessing.get_context('spawn')"
        )
    with denormals_as_zero():  # torch's worker threads start here, and keep the mode they start with
        torch.ones(1 << 17).sum()
    there = present()
    if device == "auto":
        return there[0]
    try:
        kind = torch.device(device)
    except RuntimeError:
        raise UsageError(f"device: expected auto, cpu, cuda or a torch device string, got {device!r}") from None
    here = [d for d in there if d.split(":")[0] == kind.type and (kind.index is None or d.endswith(f":{kind.index}"))]
    if here or (kind.type == "cpu"):
        return device
    hint = ""
    if kind.type == "cuda" and torch.version.cuda is None:
        hint = ": this torch is built for CPUs only; for CUDA, pip install torch from pytorch.org's CUDA index"
    raise ResourceError(f"device: expected one of {', '.join(there)}, got {device!r}, which is not there{hint}")


@contextmanager
def denormals_as_zero() -> Iterator[None]:
    """Within, the calling thread takes numbers below 1e-38 for zero; afterwards it does so no longer.

    Adam's moments of idle units decay to such numbers, which slowed a CPU's steps by 30 % within 1000 (measured).
    The mode must not outlast the step: other libraries rely on those numbers (scipy's trees of points crash).
    """
    import torch

    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
