"""A worker of `npm run bench:peers`: each line on standard input is a JSON command, each answer one JSON line.

What libraries print goes to standard error, so that standard output holds answers only.
"""

import json
import os
import statistics
import sys
import time

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def serve(commands):
    """Answers commands {"do": NAME, ...} with commands[NAME](**rest) until standard input ends."""
    for line in sys.stdin:
        arguments = json.loads(line)
        answers.write(json.dumps(commands[arguments.pop("do")](**arguments)) + "\n")
        answers.flush()


def median_ms(act, seconds):
    """The median time of a call in ms over `seconds`, after a third as long to warm up; at least 10 calls."""
    times = []
    warm = time.perf_counter() + seconds / 3
    ends = warm + seconds
    while time.perf_counter() < ends or len(times) < 10:
        start = time.perf_counter()
        act()
        end = time.perf_counter()
        if start >= warm:
            times.append((end - start) * 1000)
    return statistics.median(times)


def steps_per_second(act, steps, seconds):
    """Steps per second of a call that makes `steps`, over at least `seconds`."""
    start, calls = time.perf_counter(), 0
    while time.perf_counter() < start + seconds:
        act()
        calls += 1
    return calls * steps / (time.perf_counter() - start)
