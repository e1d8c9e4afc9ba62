"""Checks of plain numbers that every tool makes; the answer is a clean value or an InputError."""

from __future__ import annotations

from collections.abc import Iterable

from .errors import InputError


def whole(code: str, value: object, least: int, most: int) -> int:
    """A whole number in [least, most], from an int, a float without fraction, or such text.

    Raises InputError(code) with what was found and ``most``.
    """
    try:
        if isinstance(value, bool):
            raise ValueError
        number = int(value) if isinstance(value, str) else value
        if number != int(number) or not least <= number <= most:  # type: ignore[call-overload]
            raise ValueError
        return int(number)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(code, found=value, most=most) from error


def real(code: str, value: object, least: float, most: float) -> float:
    """A number in [least, most]; NaN is none. Raises InputError(code) with what was found
    and ``most``."""
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(value)  # type: ignore[arg-type]
        if not least <= number <= most:
            raise ValueError
        return number
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(code, found=value, most=most) from error


def one_of(code: str, value: object, known: Iterable[str]) -> str:
    """One of the names that are ``known``. Raises InputError(code) with these."""
    names = list(known)
    if not isinstance(value, str) or value not in names:
        raise InputError(code, found=value, known=", ".join(names))
    return value
