"""Concentration where not every firm is listed: the least and the most that a measure can be.

Shares run from 0 to 1. The Herfindahl–Hirschman index is the sum of squared shares (Hirschman 1964, American Economic
Review 54, 761); it is convex, so it is least where what isn't listed is spread thinly, and most where as many firms as
possible are as large as they may be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from lithflow.errors import InputError

__all__ = ["hhi_bounds", "hhi_bounds_from_top_share", "top_share_bounds", "top_share_bounds_from_top_share"]

Bounds = tuple[float, float]

ROUNDING = 1e-9


def hhi_bounds(shares: Sequence[float], rest_at_most: float | None = None) -> Bounds:
    """Bound the Herfindahl–Hirschman index by the shares of the listed firms.

    Parameters
    ----------
    shares
        Shares of the listed firms, 0 to 1; what is missing to 1 belongs to firms that aren't listed.
    rest_at_most
        The largest share that a firm may have that isn't listed; the smallest listed one unless given, as of a
        ranking.

    Returns
    -------
    tuple of float
        Least (approached where the rest is spread over ever more firms) and most; equal where all are listed.

    Raises
    ------
    InputError
        If a share is outside 0 to 1, they add up to more than 1, or the rest may have no share at all.

    Examples
    --------
    >>> [round(bound, 3) for bound in hhi_bounds([0.5, 0.2])]     # the rest: one firm of 0.2, one of 0.1
    [0.29, 0.34]
    """
    rest, most = _rest(shares, rest_at_most)
    listed = math.fsum(share * share for share in shares)
    if rest == 0.0:
        return listed, listed
    full = math.floor(rest / most + ROUNDING)
    left = max(rest - full * most, 0.0)
    return listed, listed + full * most * most + left * left


def top_share_bounds(shares: Sequence[float], count: int, rest_at_most: float | None = None) -> Bounds:
    """Bound the share of the largest firms (CR1, CR3, CR5 …) by the shares of the listed firms.

    Parameters
    ----------
    shares, rest_at_most
        As for `hhi_bounds`.
    count
        How many of the largest firms.

    Returns
    -------
    tuple of float
        Least and most; equal where the firms in question are all listed.

    Raises
    ------
    InputError
        As for `hhi_bounds`, or if `count` is below 1.
    """
    _counted(count)
    rest, most = _rest(shares, rest_at_most)
    # with a rest that may be larger than some listed firms, it may take their places
    least = math.fsum(sorted(shares, reverse=True)[:count])
    full = math.floor(rest / most + ROUNDING) if rest else 0
    others = [most] * min(full, count) + [max(rest - full * most, 0.0)]
    return least, min(math.fsum(sorted([*shares, *others], reverse=True)[:count]), 1.0)


def hhi_bounds_from_top_share(share: float, largest: int, *, at_least: bool = False) -> Bounds:
    """Bound the Herfindahl–Hirschman index where only the joint share of the largest firms is known.

    Parameters
    ----------
    share
        What the largest firms hold together, 0 to 1.
    largest
        How many they are.
    at_least
        True where the share was printed as "more than": then nothing but a monopoly is the upper bound.

    Returns
    -------
    tuple of float
        Least: all of the largest alike, the rest spread thinly, share² / largest. Most: share², one firm with nearly
        all of it; for shares below 1 / largest, share / largest, which all firms of one size would give.

    Raises
    ------
    InputError
        If the share is outside 0 to 1 or `largest` is below 1.

    Examples
    --------
    >>> [round(bound, 3) for bound in hhi_bounds_from_top_share(0.8, 5)]
    [0.128, 0.64]
    """
    _checked_share(share)
    _counted(largest)
    return share * share / largest, 1.0 if at_least else max(share * share, share / largest)


def top_share_bounds_from_top_share(share: float, largest: int, count: int, *, at_least: bool = False) -> Bounds:
    """Bound the share of the largest `count` firms where only that of another number of firms is known.

    Parameters
    ----------
    share, largest, at_least
        As for `hhi_bounds_from_top_share`.
    count
        How many of the largest firms are asked for.

    Returns
    -------
    tuple of float
        Least and most.

    Raises
    ------
    InputError
        As for `hhi_bounds_from_top_share`, or if `count` is below 1.

    Examples
    --------
    >>> top_share_bounds_from_top_share(0.5, 5, 1)
    (0.1, 0.5)
    """
    _checked_share(share)
    _counted(largest)
    _counted(count)
    if count <= largest:
        return share * count / largest, 1.0 if at_least else share
    return share, 1.0 if at_least else min(share * count / largest, 1.0)


def _rest(shares: Sequence[float], rest_at_most: float | None) -> Bounds:
    """Give what isn't listed, and how large one firm of it may be."""
    for share in shares:
        _checked_share(share)
    rest = 1.0 - math.fsum(shares)
    if rest < -ROUNDING:
        raise InputError(f"shares: expected at most 1 together, got {1.0 - rest:.6g}")
    rest = rest if rest > ROUNDING else 0.0
    most = min(shares, default=1.0) if rest_at_most is None else rest_at_most
    if rest and not 0.0 < most <= 1.0:
        raise InputError(
            f"rest_at_most: {rest:.3g} belongs to firms that aren't listed, so one may have more than 0 and up to 1, "
            f"got {most:.3g}; leave out listed shares of 0"
        )
    return rest, most


def _checked_share(share: float) -> None:
    if not 0.0 <= share <= 1.0 + ROUNDING:
        raise InputError(f"share: expected 0 to 1, got {share:.6g}; divide percent by 100")


def _counted(count: int) -> None:
    if count < 1:
        raise InputError(f"number of firms: expected 1 or more, got {count}")
