"""Runs a command in a process of its own: how long it takes, and the peak of its resident memory.

    python process_worker.py COMMAND...    prints {"seconds": ..., "megabytes": ...}; ends with the command's exit code
"""

import json
import resource
import subprocess
import sys
import time

start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({"seconds": seconds, "megabytes": peak * (1 if sys.platform == "darwin" else 1024) / 1e6}))
sys.exit(done.returncode)
