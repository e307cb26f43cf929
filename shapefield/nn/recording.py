"""Whether torch is watching."""

import torch


def recorded() -> bool:
    """Whether torch is writing down what is done, to trace, export or compile it: other loops would be lost there."""
    return torch.jit.is_tracing() or torch.compiler.is_compiling()  # pyright: ignore[reportPrivateImportUsage]
