"""How the two directions of a pair make one score."""

from typing import Final

# 5.2: a tie is about as healthy as its less-heard side.
_WORSE_SIDE: Final = 0.75


def side_shares(first: float | None, second: float | None) -> tuple[float, float]:
    """How much each side counts: the worse three quarters; a side of which nothing is known (None), nothing."""
    if first is None or second is None:
        return (0.0 if first is None else 1.0), (0.0 if second is None else 1.0)
    if first == second:
        return 0.5, 0.5
    return (_WORSE_SIDE, 1 - _WORSE_SIDE) if first < second else (1 - _WORSE_SIDE, _WORSE_SIDE)
