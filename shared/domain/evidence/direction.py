"""How much each of the two directions of a pair weighs in its score."""

from typing import Final

# 5.2: a tie is about as healthy as its less-heard direction.
_WORSE_DIRECTION: Final = 0.75


def direction_weights(first: float | None, second: float | None) -> tuple[float, float]:
    """Weights of the two directions: 0.75 for the worse one. A direction with no evidence (None) weighs nothing."""
    if first is None or second is None:
        return (0.0 if first is None else 1.0), (0.0 if second is None else 1.0)
    if first == second:
        return 0.5, 0.5
    return (_WORSE_DIRECTION, 1 - _WORSE_DIRECTION) if first < second else (1 - _WORSE_DIRECTION, _WORSE_DIRECTION)
