"""Runs one command and writes what it cost to a file: wall and CPU milliseconds, and the peak of the largest process.

Usage: measure.py RESULT COMMAND [ARGUMENT ...]
A small process of its own, because a child inherits the peak of whoever started it, and Node's would hide curl's.
"""

import json
import os
import sys
import time

result, *command = sys.argv[1:]
devnull = os.open(os.devnull, os.O_RDONLY)
began = time.perf_counter()
pid = os.posix_spawnp(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, devnull, 0)])
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - began
with open(result, "w", encoding="utf-8") as file:
    json.dump(
        {
            "wall": wall * 1000,
            "cpu": (usage.ru_utime + usage.ru_stime) * 1000,
            "peak": usage.ru_maxrss / 1024,
            "exit": os.waitstatus_to_exitcode(status),
        },
        file,
    )
