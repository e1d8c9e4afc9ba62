"""A critic that is asked and does not learn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from torch.nn.utils import parametrize


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Gradients pass through ``module`` but none is kept for its weights.

    Nor do spectral norms take a step of their power iteration: they have just taken one.
    """
    norms = [m for m in module.modules() if isinstance(m, parametrize.ParametrizationList)]
    module.requires_grad_(False)
    for norm in norms:
        norm.eval()
    try:
        yield
    finally:
        module.requires_grad_(True)
        for norm in norms:
            norm.train(module.training)
