"""Seeded randomness. Every part of the world draws from a stream of its own.

So a story changes only the streams of the people in it, and the same seed without the story is its counterfactual.
`random.Random` hashes a text seed with SHA-512, which is the same on every machine and run.
"""

import math
import random
from typing import Final

LONGEST_DELAY_HOURS: Final = 80.0  # two working weeks: beyond that nobody is still going to answer


def stream(seed: int, *names: str | int) -> random.Random:
    """Random stream of one part of the world. Equal arguments give equal streams."""
    return random.Random(":".join(map(str, (seed, *names))))  # noqa: S311 - a reproducible world, not cryptography


def poisson(rng: random.Random, mean: float) -> int:
    """Draw a count with the given mean, by Knuth's product of uniforms: right for means below about 30."""
    limit = math.exp(-mean)
    count = 0
    product = rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def delay_seconds(rng: random.Random, *, median_hours: float, spread: float = 0.9) -> int:
    """Draw a log-normal delay in seconds of working time; `spread` is the standard deviation of its logarithm.

    It is log-normal because people's reply times are: most come within hours, some after days.
    """
    hours = median_hours * math.exp(rng.gauss(0.0, spread))
    return int(min(hours, LONGEST_DELAY_HOURS) * 3600) + 20
