"""Which textures' codes ship with a generator of textures."""

from __future__ import annotations

import torch

from training.texture_export import apart


def test_codes_that_are_nearly_the_same_are_taken_once():
    codes = torch.tensor([[0.0, 0], [0.1, 0], [9, 0], [9, 0.1], [0, 9]])
    assert apart(codes) == [0, 2, 4]


def test_the_first_of_equal_codes_is_taken_and_there_is_always_one():
    assert apart(torch.ones(3, 4)) == [0]
    assert apart(torch.zeros(1, 4)) == [0]
