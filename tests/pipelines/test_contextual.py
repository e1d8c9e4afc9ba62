"""What a hole is given of the rest of the picture."""

from __future__ import annotations

import pytest
import torch

from pipelines.networks.completion import Completion, CompletionConfig
from pipelines.networks.contextual import ContextualAttention

SMALL = CompletionConfig(8, 2, 4, attention=4)


@pytest.fixture
def attention() -> ContextualAttention:
    """One that brings what it finds unchanged, and takes the most alike only."""
    found = ContextualAttention(3, 3, (2,))
    with torch.no_grad():
        for conv in (found.key, found.query):
            conv.weight.copy_(torch.eye(3)[:, :, None, None])
        found.bring[0].weight.copy_(torch.eye(2)[:, :, None, None])
        found.sharpness.fill_(6.0)
    return found.eval()


def cells(size: int) -> torch.Tensor:
    """A coarse map whose left half is of one kind and whose right half is of another."""
    coarse = torch.zeros(1, 3, size, size)
    coarse[:, 0, :, : size // 2] = 1
    coarse[:, 1, :, size // 2 :] = 1
    return coarse


def test_a_hole_gets_what_belongs_to_its_kind(attention: ContextualAttention) -> None:
    coarse, mask = cells(4), torch.zeros(1, 1, 16, 16)
    fine = torch.zeros(1, 2, 8, 8)
    fine[..., :4] = torch.tensor([1.0, 5.0])[:, None, None]
    fine[..., 4:] = torch.tensor([-3.0, 2.0])[:, None, None]
    fine[:, :, :2] = 99  # unknown, and wrong
    mask[:, :, :4] = 1
    (found,) = attention(coarse, mask, [fine])
    torch.testing.assert_close(found[0, :, 0, 0], torch.tensor([1.0, 5.0]), atol=0.05, rtol=0)
    torch.testing.assert_close(found[0, :, 1, 7], torch.tensor([-3.0, 2.0]), atol=0.05, rtol=0)
    assert found[:, :, 2:].abs().max() == 0  # what is known needs nothing


def test_texture_inside_a_cell_keeps_its_order(attention: ContextualAttention) -> None:
    coarse, mask = cells(4), torch.zeros(1, 1, 16, 16)
    mask[:, :, :4, :8] = 1
    fine = torch.arange(4.0).view(1, 1, 2, 2).repeat(1, 2, 4, 4)  # the same in every cell
    (found,) = attention(coarse, mask, [fine])
    torch.testing.assert_close(found[:, :, :2, :4], fine[:, :, :2, :4])


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_nothing_and_everything_may_be_missing(
    attention: ContextualAttention, value: float
) -> None:
    mask = torch.full((1, 1, 16, 16), value)
    (found,) = attention(torch.zeros(1, 3, 4, 4), mask, [torch.rand(1, 2, 8, 8)])
    assert found.isfinite().all()
    assert value or found.abs().max() == 0


def test_a_network_begins_as_it_was_without() -> None:
    without, with_it = (Completion(CompletionConfig(8, 2, 4, attention=n)).eval() for n in (0, 4))
    missing, unexpected = with_it.load_state_dict(without.state_dict(), strict=False)
    assert not unexpected
    assert missing
    assert all(key.startswith("attention.") for key in missing)
    picture, mask = torch.rand(2, 3, 48, 32) * 2 - 1, torch.zeros(2, 1, 48, 32)
    mask[..., 8:30, 5:20] = 1
    with torch.no_grad():
        torch.testing.assert_close(with_it(picture, mask), without(picture, mask))


def test_what_a_hole_hides_is_not_looked_at() -> None:
    network = Completion(SMALL).eval()
    with torch.no_grad():
        for conv in network.attention.bring:  # type: ignore[union-attr]
            conv.weight.normal_()
    picture, mask = torch.rand(1, 3, 32, 32) * 2 - 1, torch.zeros(1, 1, 32, 32)
    mask[..., 8:24, 8:24] = 1
    other = torch.where(mask > 0, -picture, picture)
    with torch.no_grad():
        torch.testing.assert_close(network(picture, mask), network(other, mask))
