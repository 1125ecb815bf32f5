"""Compiled layout: distant nodes push as one, from cells of a pyramid of grids."""

import numpy as np
from numpy.typing import NDArray

from unisono.core.compiling import compiled
from unisono.core.graph.arrays import Scores
from unisono.core.graph.plain_layout import GRAVITY, SOFT


@compiled
def pushes(x: Scores, y: Scores) -> tuple[Scores, Scores]:
    """Push on each node: near nodes one by one, the cells beyond by their centers, the coarser the farther away.

    At each level a node meets the cells that are no neighbors of its own cell but whose parents are, at most 27.
    """
    n = len(x)
    levels = 2
    while 4**levels * 2 < n and levels < 11:
        levels += 1
    side = 1 << levels
    left, low = x.min(), y.min()
    width = max(x.max() - left, y.max() - low) * 1.000001 + 1e-9
    first = np.zeros(levels + 2, np.int64)
    for level in range(levels + 1):
        first[level + 1] = first[level] + 4**level
    mass, sum_x, sum_y = np.zeros(first[-1]), np.zeros(first[-1]), np.zeros(first[-1])
    column, line = np.empty(n, np.int64), np.empty(n, np.int64)
    begin = np.zeros(side * side + 1, np.int64)
    for v in range(n):
        column[v] = int((x[v] - left) / width * side)
        line[v] = int((y[v] - low) / width * side)
        cell = line[v] * side + column[v]
        begin[cell + 1] += 1
        mass[first[levels] + cell] += 1
        sum_x[first[levels] + cell] += x[v]
        sum_y[first[levels] + cell] += y[v]
    for cell in range(side * side):
        begin[cell + 1] += begin[cell]
    filled = begin[:-1].copy()
    members = np.empty(n, np.int64)
    for v in range(n):
        cell = line[v] * side + column[v]
        members[filled[cell]] = v
        filled[cell] += 1
    for level in range(levels - 1, -1, -1):
        wide = 1 << level
        for row in range(wide):
            for col in range(wide):
                here = first[level] + row * wide + col
                for child in range(4):
                    below = first[level + 1] + (2 * row + child // 2) * 2 * wide + 2 * col + child % 2
                    mass[here] += mass[below]
                    sum_x[here] += sum_x[below]
                    sum_y[here] += sum_y[below]
    for cell in range(first[-1]):
        if mass[cell] > 0:
            sum_x[cell] /= mass[cell]
            sum_y[cell] /= mass[cell]
    push_x, push_y = np.zeros(n), np.zeros(n)
    for i in range(n):
        v = members[i]
        total_x, total_y = 0.0, 0.0
        for level in range(2, levels + 1):
            wide = 1 << level
            col, row = column[v] >> (levels - level), line[v] >> (levels - level)
            for r in range(max(0, (row // 2 - 1) * 2), min(wide, (row // 2 + 2) * 2)):
                for c in range(max(0, (col // 2 - 1) * 2), min(wide, (col // 2 + 2) * 2)):
                    cell = first[level] + r * wide + c
                    if mass[cell] > 0 and (abs(r - row) > 1 or abs(c - col) > 1):
                        across, along = x[v] - sum_x[cell], y[v] - sum_y[cell]
                        strength = mass[cell] / (across * across + along * along + SOFT)
                        total_x += strength * across
                        total_y += strength * along
        for r in range(max(0, line[v] - 1), min(side, line[v] + 2)):
            near, far = max(0, column[v] - 1), min(side, column[v] + 2)
            for j in range(begin[r * side + near], begin[r * side + far]):
                w = members[j]
                across, along = x[v] - x[w], y[v] - y[w]
                strength = 1.0 / (across * across + along * along + SOFT)
                total_x += strength * across
                total_y += strength * along
        push_x[v], push_y[v] = total_x, total_y
    return push_x, push_y


@compiled
def settled(
    place: Scores,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    pull: Scores,
    group: NDArray[np.int64],
    cohesion: float,
    rounds: int,
) -> Scores:
    """As its plain twin; a node may not move farther than the heat of the round."""
    n = len(place)
    x, y = place[:, 0].copy(), place[:, 1].copy()
    sizes = np.bincount(group)
    center_x, center_y = np.empty(len(sizes)), np.empty(len(sizes))
    for turn in range(rounds):
        move_x, move_y = pushes(x, y)
        for e in range(len(start)):
            v, w = start[e], end[e]
            across, along = x[w] - x[v], y[w] - y[v]
            strength = pull[e] * np.sqrt(across * across + along * along)
            move_x[v] += strength * across
            move_y[v] += strength * along
        middle_x, middle_y = x.mean(), y.mean()
        center_x[:] = 0.0
        center_y[:] = 0.0
        for v in range(n):
            center_x[group[v]] += x[v] / sizes[group[v]]
            center_y[group[v]] += y[v] / sizes[group[v]]
        heat = 0.1 * n**0.5 * (1 - turn / rounds) ** 2 + 0.01
        for v in range(n):
            to_x = move_x[v] - GRAVITY * (x[v] - middle_x) + cohesion * (center_x[group[v]] - x[v])
            to_y = move_y[v] - GRAVITY * (y[v] - middle_y) + cohesion * (center_y[group[v]] - y[v])
            size = np.sqrt(to_x * to_x + to_y * to_y) + 1e-12
            step = min(size, heat) / size
            x[v] += step * to_x
            y[v] += step * to_y
    moved = np.empty((n, 2))
    moved[:, 0], moved[:, 1] = x, y
    return moved


@compiled
def spread(place: Scores, gap: float, rounds: int) -> Scores:
    """As its plain twin, looking only into neighboring cells as wide as `gap`."""
    n = len(place)
    x, y = place[:, 0].copy(), place[:, 1].copy()
    move_x, move_y = np.zeros(n), np.zeros(n)
    key, cell = np.empty(n, np.int64), np.empty(n, np.int64)
    for _ in range(rounds):
        left, low = x.min(), y.min()
        wide = int((x.max() - left) / gap) + 3
        for v in range(n):
            key[v] = (int((y[v] - low) / gap) + 1) * wide + int((x[v] - left) / gap) + 1
        order = np.argsort(key, kind="mergesort")
        for i in range(n):
            cell[i] = key[order[i]]
        touched = 0
        for i in range(n):
            v = order[i]
            for down in range(2):
                # The cell itself and its right neighbor, then the three cells of the next row.
                begin, until = (i + 1, cell[i] + 1) if not down else (0, cell[i] + wide + 1)
                if down:
                    begin = np.searchsorted(cell, cell[i] + wide - 1)
                j = begin
                while j < n and cell[j] <= until:
                    w = order[j]
                    across, along = x[v] - x[w], y[v] - y[w]
                    square = across * across + along * along
                    if square < gap * gap:
                        touched += 1
                        distance = np.sqrt(square)
                        if distance < 1e-9:
                            distance = 1e-9
                            across, along = distance * np.cos(v * 2.4), distance * np.sin(v * 2.4)
                        share = 0.45 * (gap - distance) / distance
                        move_x[v] += share * across
                        move_y[v] += share * along
                        move_x[w] -= share * across
                        move_y[w] -= share * along
                    j += 1
        if not touched:
            break
        for v in range(n):
            x[v] += move_x[v]
            y[v] += move_y[v]
            move_x[v] = move_y[v] = 0.0
    moved = np.empty((n, 2))
    moved[:, 0], moved[:, 1] = x, y
    return moved
