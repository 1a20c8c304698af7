"""Sums and order statistics of buffers. Restricted Python.

A sum has one order, from the first value to the last, with the rounding error of every step added
at the end (Neumaier 1974), so that no processor and no library can change a bit of it.
"""

from __future__ import annotations

from sim.numerics.arithmetic import NAN, floor

Floats = list[float]  # buffers of the caller
Ints = list[int]

BUCKETS = 512  # in which numbers are counted for their quantiles, at most
STEPS = 8  # of each number near a quantile, on average, before these are sorted by merging


def power_sum(x: Floats, first: int, end: int, centre: float, power: int) -> float:
    """Return the sum of (x - centre)**power over ``first .. end``, without what is NaN."""
    total = 0.0
    lost = 0.0
    for i in range(first, end):
        step = x[i] - centre
        if step == step:
            term = step
            for _ in range(1, power):
                term *= step
            grown = total + term
            part = grown - total
            lost += (total - (grown - part)) + (term - part)
            total = grown
    return total + lost if lost == lost else total


def known(x: Floats, first: int, end: int) -> int:
    """Return how many values are not NaN."""
    count = 0
    for i in range(first, end):
        count += 1 if x[i] == x[i] else 0
    return count


def mean(x: Floats, n: int) -> float:
    """Return the mean of the first n values."""
    return power_sum(x, 0, n, 0.0, 1) / float(n)


def variance(x: Floats, n: int, centre: float) -> float:
    """Return the variance of the first n values, two or more, around their mean."""
    return power_sum(x, 0, n, centre, 2) / float(n - 1)


def row_means(
    x: Floats, rows: int, width: int, means: Floats, counts: Floats, squares: Floats
) -> int:
    """Write means, numbers of values and sums of squares of the rows with a value; count these."""
    n = 0
    for row in range(rows):
        first = row * width
        count = known(x, first, first + width)
        if count > 0:
            counts[n] = float(count)
            means[n] = power_sum(x, first, first + width, 0.0, 1) / float(count)
            squares[n] = power_sum(x, first, first + width, means[n], 2)
            n += 1
    return n


def part_start(rows: int, parts: int, part: int) -> int:
    """Return the row with which a part begins: the first parts have a row more, as many as are left."""
    size = int(float(rows) / float(parts))
    more = rows - size * parts
    return part * size + (part if part < more else more)


def sort(x: Floats, n: int, run: int, work: Floats) -> None:
    """Sort n numbers in place, of which stretches of ``run`` are sorted already, by merging."""
    size = n if sorted_up_to(x, n, run) == n else run
    while size < n:
        merge(x, work, n, size)
        merge(work, x, n, 2 * size)
        size *= 4


def sorted_up_to(x: Floats, n: int, run: int) -> int:
    """Return up to where n numbers are sorted, of which the first ``run`` are known to be."""
    size = run
    while size < n and x[size - 1] <= x[size]:
        size += 1
    return size


def merge(x: Floats, out: Floats, n: int, run: int) -> None:
    """Merge sorted stretches in pairs."""
    end = 0
    while end < n:
        i = end
        middle = i + run if i + run < n else n
        j = middle
        k = i
        end = middle + run if middle + run < n else n
        while i < middle and j < end:
            a = x[i]
            b = x[j]
            left = a <= b
            out[k] = a if left else b
            i += 1 if left else 0
            j += 0 if left else 1
            k += 1
        while i < middle:
            out[k] = x[i]
            i += 1
            k += 1
        while j < end:
            out[k] = x[j]
            j += 1
            k += 1


def order(x: Floats, tie: Floats, n: int, places: Ints, work: Ints) -> None:
    """Write the places of n numbers in ascending order, equal ones by a second key."""
    for i in range(n):
        places[i] = i
    size = 1
    while size < n:
        merge_places(x, tie, places, work, n, size)
        merge_places(x, tie, work, places, n, 2 * size)
        size *= 4


def merge_places(x: Floats, tie: Floats, places: Ints, out: Ints, n: int, run: int) -> None:
    """Merge sorted stretches of places in pairs."""
    end = 0
    while end < n:
        i = end
        middle = i + run if i + run < n else n
        j = middle
        k = i
        end = middle + run if middle + run < n else n
        while k < end:
            left = j >= end
            if i < middle and j < end:
                a = places[i]
                b = places[j]
                left = x[a] < x[b] or (x[a] == x[b] and tie[a] <= tie[b])
            out[k] = places[i] if left else places[j]
            i += 1 if left else 0
            j += 0 if left else 1
            k += 1


def up_to(x: Floats, n: int, value: float) -> int:
    """Return how many of n sorted numbers are at most a value."""
    low = 0
    high = n
    while low < high:
        middle = (low + high) >> 1
        if x[middle] <= value:
            low = middle + 1
        else:
            high = middle
    return low


def quantile(x: Floats, n: int, level: float) -> float:
    """Return a quantile of n sorted numbers, interpolated linearly (Hyndman and Fan 1996, type 7)."""
    place = level * float(n - 1)
    low = int(floor(place))
    return between(x[low], x[low + 1 if low + 1 < n else low], place - float(low))


def between(low: float, high: float, part: float) -> float:
    """Return a number between two; never a negative zero, so the order of equal numbers has no say."""
    gap = high - low
    found = low + gap * part if part < 0.5 else high - gap * (1.0 - part)
    return found + 0.0


def quantiles_of(
    x: Floats, n: int, levels: Floats, out: Floats, first: int, step: int, work: Floats
) -> None:
    """Write quantiles of n numbers, which lose their places, at every ``step``-th slot.

    ``work`` has two slots for each number.
    """
    if sorted_up_to(x, n, 1) == n or not gathered(x, n, levels, out, first, step, work):
        sort(x, n, 1, work)
        for k in range(len(levels)):
            out[first + k * step] = quantile(x, n, levels[k])


def gathered(
    x: Floats, n: int, levels: Floats, out: Floats, first: int, step: int, work: Floats
) -> bool:
    """Write the same where only numbers near a quantile are sorted; whether that is possible.

    All are counted in buckets by how far they lie between the least and the greatest; those of a
    bucket with a quantile are laid side by side, then moved into place one by one.
    """
    low = x[0]
    high = x[0]
    for i in range(1, n):
        low = x[i] if x[i] < low else low
        high = x[i] if x[i] > high else high
    size = n >> 1 if n < 2 * BUCKETS else BUCKETS
    scale = float(size - 1) / (high - low) if high > low else 0.0
    if not 0.0 < scale < 1e300:  # equal, infinite or few numbers
        return False
    for b in range(2 * size):
        work[b] = 0.0
    for i in range(n):
        work[int((x[i] - low) * scale)] += 1.0
    for b in range(1, size):
        work[b] += work[b - 1]
    for k in range(len(levels)):
        rank = int(floor(levels[k] * float(n - 1)))
        work[size + up_to(work, size, float(rank))] = 1.0
        if rank + 1 < n:
            work[size + up_to(work, size, float(rank + 1))] = 1.0
    left_out = 0.0  # numbers of lower buckets that are not kept
    for b in range(size):
        if work[size + b] > 0.0:
            work[size + b] = (work[b - 1] if b > 0 else 0.0) - left_out + 1.0
        else:
            left_out += work[b] - work[b - 1] if b > 0 else work[b]
    for k in range(len(levels)):
        rank = int(floor(levels[k] * float(n - 1)))
        b = up_to(work, size, float(rank))
        out[first + k * step] = work[size + b] - 1.0 + float(rank)
        out[first + k * step] -= work[b - 1] if b > 0 else 0.0
    for i in range(n):
        b = size + int((x[i] - low) * scale)
        if work[b] > 0.0:
            work[n - 1 + int(work[b])] = x[i]
            work[b] += 1.0
    kept = n - int(left_out)
    steps = STEPS * kept
    for i in range(kept):
        value = work[n + i]
        j = i
        while j > 0 and x[j - 1] > value and steps > 0:
            x[j] = x[j - 1]
            j -= 1
            steps -= 1
        x[j] = value
    if steps == 0:
        sort(x, kept, 1, work)
    for k in range(len(levels)):
        place = levels[k] * float(n - 1)
        rank = int(floor(place))
        at = int(out[first + k * step])
        out[first + k * step] = between(
            x[at], x[at + 1 if rank + 1 < n else at], place - float(rank)
        )
    return True


def bands(
    x: Floats, rows: int, width: int, levels: Floats, out: Floats, row: Floats, work: Floats
) -> None:
    """Write quantiles of each row: ``float64[level, row]``; NaN where a value is NaN.

    ``row`` has ``width`` slots, and ``work`` twice as many.
    """
    for r in range(rows):
        first = r * width
        if width > 0 and known(x, first, first + width) == width:
            for i in range(width):
                row[i] = x[first + i]
            quantiles_of(row, width, levels, out, r, rows, work)
        else:
            for k in range(len(levels)):
                out[k * rows + r] = NAN


def moments(x: Floats, rows: int, width: int, means: Floats, squares: Floats) -> None:
    """Write the mean of each row and the sum of squares around it; NaN where a value is NaN."""
    for r in range(rows):
        first = r * width
        whole = width > 0 and known(x, first, first + width) == width
        means[r] = power_sum(x, first, first + width, 0.0, 1) / float(width) if whole else NAN
        squares[r] = power_sum(x, first, first + width, means[r], 2) if whole else NAN


def half_sums(x: Floats, rows: int, width: int, half: Ints, out: Floats) -> None:
    """Write the sums of two halves of each row: ``float64[half, row]``; NaN where a value is NaN."""
    for side in range(2):
        for r in range(rows):
            total = 0.0
            lost = 0.0
            for i in range(width):
                if half[i] == side:
                    term = x[r * width + i]
                    grown = total + term
                    part = grown - total
                    lost += (total - (grown - part)) + (term - part)
                    total = grown
            out[side * rows + r] = total + lost
