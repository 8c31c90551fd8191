"""The inner loops of `detectors.postings` and `detectors.vocabulary`: arrays in, arrays changed."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from detectors.compiled import compiled

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# A term of more matters than this opens no new candidate, it only weighs those other terms have found.
_CROWDED = 200
_INDEX, _SLOTS = "UniTuple(i4[::1], 4)", "Tuple((f8[::1], f8[::1], f8[::1], i4[::1]))"
_CLOSE = 1e-6  # by which the logarithms of compiled code surely differ less from those that decide


@compiled("(f8[::1], i4[::1], i8)")
def rarest(weights: Floats, numbers: Ints, most: int) -> Ints:
    """Return the `most` lightest of `numbers` in their order; of equally light ones those that come first."""
    chosen = weights[numbers]
    ranked = np.sort(chosen)
    bound = ranked[most - 1]
    ties = most - np.searchsorted(ranked, bound)
    kept = np.empty(most, np.int32)
    n = 0
    for k in range(len(numbers)):
        if chosen[k] == bound:
            if ties == 0:
                continue
            ties -= 1
        elif chosen[k] > bound:
            continue
        kept[n] = numbers[k]
        n += 1
    return kept


@compiled("(f8[::1], b1[::1], i4[::1], f8)")
def learn(weights: Floats, touched: Flags, numbers: Ints, unit: float) -> int:
    """Add `unit` to the weights of `numbers`; return how many of them weighed nothing before."""
    fresh = 0
    for number in numbers:
        fresh += weights[number] == 0.0
        weights[number] += unit
        touched[number] = True
    return fresh


@compiled(f"(i4[::1], f8[::1], UniTuple(f8, 2), {_INDEX}, f8[::1], {_SLOTS}, UniTuple(f8, 3))")
def candidates(
    numbers: Ints,
    weights: Floats,
    smoothing: tuple[float, float],
    index: tuple[Ints, Ints, Ints, Ints],
    sights: Floats,
    slots: tuple[Floats, Floats, Floats, Ints],
    limits: tuple[float, float, float],
) -> list[tuple[int, float]]:
    """Return the slots of `detectors.postings.Postings.candidates`, each with its factor.

    Parameters
    ----------
    numbers
        Of the text's terms.
    weights, smoothing
        Of all terms; what to add to each, and the sum of all.
    index
        First node and number of nodes of each term; term and next node of each node.
    sights
        Of each node.
    slots
        Log weight and sights of each slot; factors, all 1, and room for as many slots.
    limits
        Strength, trust and least, as there.

    """
    unseen, total = smoothing
    heads, sizes, _, after = index
    standing, lengths, shared, found = slots
    strength, trust, least = limits
    width = len(sights) // len(standing)
    n = 0
    for crowded in (False, True):
        for term in numbers:
            if (sizes[term] > _CROWDED) != crowded:
                continue
            scale = total / (weights[term] + unseen) / strength
            node = heads[term]
            while node >= 0:
                slot = node // width
                if shared[slot] == 1.0 and not crowded:
                    found[n] = slot
                    n += 1
                if shared[slot] != 1.0 or not crowded:
                    shared[slot] *= 1.0 + sights[node] * scale
                node = after[node]
    likely = []
    for slot in found[:n]:
        ratio = math.log(shared[slot]) - len(numbers) * math.log(1.0 + lengths[slot] / strength)
        if trust * ratio + standing[slot] > least - _CLOSE:
            likely.append((int(slot), shared[slot]))
        shared[slot] = 1.0
    return likely


@compiled(f"(i8, i4[::1], f8[::1], {_INDEX}, i4[::1], f8[::1], i4[::1])")
def append(
    slot: int,
    numbers: Ints,
    seen: Floats,
    index: tuple[Ints, Ints, Ints, Ints],
    before: Ints,
    sights: Floats,
    used: Ints,
) -> None:
    """Give a slot terms it does not have, each with its sights."""
    heads, sizes, terms, after = index
    base = slot * (len(sights) // len(used))
    for k in range(len(numbers)):
        term = numbers[k]
        node = base + used[slot]
        used[slot] += 1
        terms[node], sights[node] = term, seen[k]
        first = heads[term]
        before[node], after[node] = -1, first
        if first >= 0:
            before[first] = node
        heads[term] = node
        sizes[term] += 1


@compiled(f"(i8, i4[::1], {_INDEX}, i4[::1], f8[::1], i4[::1], b1[::1])")
def add(
    slot: int,
    numbers: Ints,
    index: tuple[Ints, Ints, Ints, Ints],
    before: Ints,
    sights: Floats,
    used: Ints,
    mark: Flags,
) -> int:
    """Give a slot one more sight of each of `numbers`; return how many terms it has then."""
    terms = index[2]
    base = slot * (len(sights) // len(used))
    for number in numbers:
        mark[number] = True
    for node in range(base, base + used[slot]):
        if mark[terms[node]]:
            mark[terms[node]] = False
            sights[node] += 1.0
    fresh = np.empty(len(numbers), np.int32)
    n = 0
    for number in numbers:
        if mark[number]:
            mark[number] = False
            fresh[n] = number
            n += 1
    append(slot, fresh[:n], np.ones(n), index, before, sights, used)
    return int(used[slot])


@compiled(f"(i8, {_INDEX}, i4[::1], i8, i4[::1])")
def clear(slot: int, index: tuple[Ints, Ints, Ints, Ints], before: Ints, width: int, used: Ints) -> None:
    """Take all terms from a slot."""
    heads, sizes, terms, after = index
    for node in range(slot * width, slot * width + used[slot]):
        term = terms[node]
        sizes[term] -= 1
        if after[node] >= 0:
            before[after[node]] = before[node]
        if before[node] >= 0:
            after[before[node]] = after[node]
        else:
            heads[term] = after[node]
    used[slot] = 0
