"""The benchmark model as a bare loop over a heap, written for this model alone."""

from __future__ import annotations

from heapq import heappop, heappush

from peers.world import HORIZON, World

(
    RAID,
    REST,
    REPAIR,
    REPORT,
    REORDER,
    DELIVERY,
    ALARM,
    ALARM_OFF,
    TALKS,
    TALKS_END,
    BREAK,
    SHOCK,
) = range(12)


def replicate(seed: int, keyed: bool = False) -> tuple[list[float], int]:
    w = World(seed, keyed)
    heap: list[tuple[float, int, int, int]] = []
    order = 0
    rates = {TALKS: 0.0, BREAK: 0.0}
    versions = {TALKS: 0, BREAK: 0}
    truths = {REORDER: False, ALARM: False}
    renewals = {RAID: (w.raid_gap, w.raid), REST: (w.rest_gap, w.rest)}
    renewals |= {REPAIR: (w.repair_gap, w.repair), REPORT: (w.week, w.report)}
    for event, (gap, _) in renewals.items():
        order += 1
        heappush(heap, (gap(), order, event, 0))
    heappush(heap, (60.0, 0, SHOCK, 0))
    now = 0.0
    while True:
        for event, rate in ((TALKS, w.talks_hazard()), (BREAK, w.break_hazard())):
            if rate != rates[event]:
                rates[event] = rate
                versions[event] += 1
                if rate > 0.0:
                    order += 1
                    time = now + w.rng.exponential(1.0 / rate)
                    heappush(heap, (time, order, event, versions[event]))
        for event, holds in ((REORDER, w.short()), (ALARM, w.alarming())):
            if holds and not truths[event]:
                order += 1
                heappush(heap, (now, order, event, 0))
            truths[event] = holds
        time, _, event, version = heappop(heap)
        if time > HORIZON:
            return w.outcomes(), w.events
        if event in versions and version != versions[event]:
            continue
        now = time
        w.account(now)
        order += 1
        if event in renewals:
            gap, action = renewals[event]
            action()
            heappush(heap, (now + gap(), order, event, 0))
        elif event == REORDER:
            heappush(heap, (now + w.reorder(), order, DELIVERY, 0))
        elif event == DELIVERY:
            w.delivery()
        elif event == ALARM:
            heappush(heap, (now + w.alarm(), order, ALARM_OFF, 0))
        elif event == ALARM_OFF:
            w.alarm_off()
        elif event == TALKS:
            heappush(heap, (now + w.talks_open(), order, TALKS_END, 0))
        elif event == TALKS_END:
            w.talks_end(now)
        elif event == BREAK:
            w.truce_break()
        else:
            w.shock()
