"""The most memory that this process had, in bytes: the same counts as in bench/peak-memory.ts."""

import re
import resource


def forget_peak():
    """From now on the peak counts anew. Where that is not possible, nothing happens."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="utf8") as control:
            control.write("5")
    except OSError:
        pass


def peak_bytes():
    try:
        with open("/proc/self/status", encoding="utf8") as status:
            return int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1)) * 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
