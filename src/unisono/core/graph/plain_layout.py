"""Plain twin of the compiled layout: every pair of nodes, for small components and for tests."""

import numpy as np
from numpy.typing import NDArray

from unisono.core.graph.arrays import Scores

# Keeps the push of nodes in the same place finite.
SOFT = 0.01
# Holds what no tie holds.
GRAVITY = 0.02


def pushes(x: Scores, y: Scores) -> tuple[Scores, Scores]:
    """Push on each node by all others, 1 / distance each."""
    across, along = x[:, None] - x, y[:, None] - y
    square = across * across + along * along + SOFT
    return (across / square).sum(axis=1), (along / square).sum(axis=1)


def settled(
    place: Scores,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    pull: Scores,
    group: NDArray[np.int64],
    cohesion: float,
    rounds: int,
) -> Scores:
    """Places after `rounds` in which ties have pulled and nodes have pushed, in ever smaller steps.

    A tie pulls with `pull` times the square of its length, so that two tied nodes alone stand 1 apart; each node is
    drawn to the middle of its `group` (0 .. groups - 1) by `cohesion` times the distance.
    """
    x, y = place[:, 0].copy(), place[:, 1].copy()
    n = len(x)
    sizes = np.bincount(group)
    for turn in range(rounds):
        move_x, move_y = pushes(x, y)
        across, along = x[end] - x[start], y[end] - y[start]
        strength = pull * np.sqrt(across * across + along * along)
        move_x += np.bincount(start, weights=strength * across, minlength=n) - GRAVITY * (x - x.mean())
        move_y += np.bincount(start, weights=strength * along, minlength=n) - GRAVITY * (y - y.mean())
        move_x += cohesion * ((np.bincount(group, weights=x) / sizes)[group] - x)
        move_y += cohesion * ((np.bincount(group, weights=y) / sizes)[group] - y)
        size = np.sqrt(move_x * move_x + move_y * move_y) + 1e-12
        step = np.minimum(size, heat(n, turn, rounds)) / size
        x, y = x + step * move_x, y + step * move_y
    return np.stack((x, y), axis=1)


def heat(n: int, turn: int, rounds: int) -> float:
    """Longest step of a round."""
    return float(0.1 * n**0.5 * (1 - turn / rounds) ** 2 + 0.01)


def spread(place: Scores, gap: float, rounds: int) -> Scores:
    """Places after nodes nearer than `gap` have stepped apart."""
    x, y = place[:, 0].copy(), place[:, 1].copy()
    # Nodes in the same place part along directions of their own.
    turn = np.arange(len(x)) * 2.4
    for _ in range(rounds):
        across, along = x[:, None] - x, y[:, None] - y
        distance = np.sqrt(across * across + along * along)
        near = distance < gap
        np.fill_diagonal(near, False)
        if not near.any():
            break
        same = near & (distance < 1e-9)
        across = np.where(same, 1e-9 * np.cos(turn)[:, None], across)
        along = np.where(same, 1e-9 * np.sin(turn)[:, None], along)
        distance = np.where(same, 1e-9, distance)
        share = np.where(near, (gap - distance) / np.where(near, distance, 1.0) / 2, 0.0)
        x, y = x + (share * across).sum(axis=1) * 0.9, y + (share * along).sum(axis=1) * 0.9
    return np.stack((x, y), axis=1)
