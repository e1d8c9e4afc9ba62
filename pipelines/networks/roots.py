"""Square roots of many small symmetric positive matrices, and slopes through them.

A CPU takes eigenvectors. A GPU finds those of one matrix after another, while it multiplies all of
them at once: there the roots come from Newton's iteration (Higham 2008, section 6.7, the coupled
form of Schulz), and the slope from the same iteration on the equation that it solves (Lin and Maji
2017, section 3.2).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

STEPS = 32  # to full precision up to a condition of 1e8: at first each multiplies roots by 1.5


def root(matrix: Tensor) -> Tensor:
    """The symmetric square root of symmetric positive matrices (..., c, c)."""
    return _power(matrix, False)


def inverse_root(matrix: Tensor) -> Tensor:
    """The inverse of ``root``."""
    return _power(matrix, True)


def _power(matrix: Tensor, inverse: bool) -> Tensor:
    way = Iterated if matrix.is_cuda else Decomposed
    return way.apply(matrix, inverse)  # type: ignore[no-any-return]


class Decomposed(torch.autograd.Function):
    """Matrices (..., c, c) to the power of 1/2 or -1/2, by their eigenvectors.

    The slope is that of Daleckii and Krein, written so that equal eigenvalues do no harm.
    """

    @staticmethod
    def forward(ctx: Any, matrix: Tensor, inverse: bool) -> Tensor:
        values, vectors = torch.linalg.eigh(matrix)
        roots = values.clamp(min=1e-12).sqrt()
        ctx.save_for_backward(roots, vectors)
        ctx.inverse = inverse
        return (vectors * (1 / roots if inverse else roots)[..., None, :]) @ vectors.mT

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor, None]:
        (grad,) = grads
        roots, vectors = ctx.saved_tensors
        a, b = roots[..., :, None], roots[..., None, :]
        slope = -1 / (a * b * (a + b)) if ctx.inverse else 1 / (a + b)
        inner = vectors.mT @ ((grad + grad.mT) / 2) @ vectors
        return vectors @ (slope * inner) @ vectors.mT, None


class Iterated(torch.autograd.Function):
    """The same by products of matrices only, in double precision: what rounding adds, a condition
    of some thousands makes larger."""

    @staticmethod
    def forward(ctx: Any, matrix: Tensor, inverse: bool) -> Tensor:
        given = matrix.double()
        size = torch.linalg.matrix_norm(given, keepdim=True)
        eye = torch.eye(given.shape[-1], dtype=given.dtype, device=given.device)
        near, away = given / size, eye.expand_as(given)
        for _ in range(STEPS):
            turn = 1.5 * eye - 0.5 * (away @ near)
            near, away = near @ turn, turn @ away
        near, away = near * size.sqrt(), away / size.sqrt()
        ctx.save_for_backward(near, away)
        ctx.inverse = inverse
        return (away if inverse else near).to(matrix.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor, None]:
        (grad,) = grads
        root, away = ctx.saved_tensors
        wanted = ((grad + grad.mT) / 2).double()
        if ctx.inverse:
            wanted = -away @ wanted @ away
        # x of root @ x + x @ root = wanted, while the root becomes the unit matrix.
        size = torch.linalg.matrix_norm(root, keepdim=True)
        eye = torch.eye(root.shape[-1], dtype=root.dtype, device=root.device)
        a, q = root / size, wanted / size
        for _ in range(STEPS):
            square = a @ a
            q = 0.5 * (q @ (3 * eye - square) - a @ (a @ q - q @ a))
            a = 0.5 * a @ (3 * eye - square)
        return (q / 2).to(grad.dtype), None
