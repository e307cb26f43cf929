"""How much memory there is, whether a stage's forecast fits into it, and which exceptions mean that it did not.

A stage says what it will need before it allocates; an allocation that fails all the same is recognised by
`is_shortage`, for every library has its own exception for it. Bytes throughout.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from shapefield.errors import ResourceError
from shapefield.machine.cgroups import group_room

RESIDENT = 350_000_000
"""Measured: what Python, torch, libigl and numba hold before the first sample."""
ADDRESSES = 1_250_000_000
"""Measured: the address space they map, which is what `ulimit -v` counts."""
ADDRESSES_FOR_MESHES = 550_000_000
"""The same without torch. Measured: with 0.42 GB a library waits for memory for ever, with 0.6 GB all is well."""
ADDRESSES_A_THREAD = 80 << 20
"""Of every thread: 8 MiB of stack, and an arena that the C library reserves without using it."""

_ARENAS = -8
"""M_ARENA_MAX of GNU's malloc.h."""
STACKS = 192 << 20
"""Address space for the threads that a library starts for one call; at most 180 MB were measured."""

_SPOKEN = re.compile(
    r"not enough memory|out of memory|can.?t allocate memory|cannot allocate memory|unable to allocate|bad_alloc|"
    r"bad allocation|failed to map segment|can.?t start new thread|failed to (?:create|start) (?:a )?thread|"
    r"resource temporarily unavailable|allocation failed|failed to allocate|std::length_error|"
    r"could not find/load shared object",
    re.IGNORECASE,
)


def free_bytes() -> int:
    """The least of the machine's available memory and what the control groups and the process may still take."""
    return int(min(_available(), group_room(), address_room()))


def _available() -> int:
    """Of the whole machine; on Linux without a library, which might not load any more."""
    with contextlib.suppress(OSError):
        found = re.search(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text())
        if found:
            return int(found[1]) << 10
    import psutil

    return psutil.virtual_memory().available


def _mapped() -> int:
    """Address space that this process has."""
    with contextlib.suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    import psutil

    return psutil.Process().memory_info().vms


def address_room() -> float:
    """What the process's own limit (`ulimit -v`) still lets it map; infinity without one."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return float("inf")
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY:
        return float("inf")
    return max(0.0, soft - _mapped())


def require(needed: float, what: str, remedy: str) -> None:
    """Raise ResourceError, with both figures, unless `needed` bytes are free."""
    free = free_bytes()
    if needed > free:
        raise ResourceError(f"{what}: expected {_spoken(needed)} of free memory, got {_spoken(free)}: {remedy}")


def require_stacks(what: str) -> None:
    """Raise ResourceError unless a library may start threads: one that cannot be had ends the whole process."""
    room = address_room()
    if room < STACKS:
        raise ResourceError(
            f"{what}: expected {_spoken(STACKS)} of address space for threads, got {_spoken(room)}: "
            "raise the limit (ulimit -v), or simplify the mesh"
        )


def require_libraries(addresses: int = ADDRESSES) -> None:
    """Raise ResourceError unless there is room for the libraries: theirs abort the process where there is not.

    Under a limit of the address space all threads share one arena of the C library from here on: it would reserve
    64 MiB for each of up to eight a core (measured: 1 GB in the report of a fit, hardly any of it used).
    """
    threads = os.cpu_count() or 1
    if address_room() < float("inf"):
        _share_one_arena()
    mapped = addresses + ADDRESSES_A_THREAD * threads
    room = address_room()
    if mapped > room:
        raise ResourceError(
            f"expected {_spoken(mapped)} of address space for the libraries and {threads} threads, got "
            f"{_spoken(room)}: raise the limit (ulimit -v)"
        )
    require(RESIDENT, "the libraries", "close other programs")


def _share_one_arena() -> None:
    os.environ.setdefault("MALLOC_ARENA_MAX", "1")  # for the processes that this one starts
    with contextlib.suppress(OSError, AttributeError):  # another C library than GNU's
        ctypes.CDLL(None).mallopt(_ARENAS, 1)


def give_back() -> None:
    """Give what was freed back to the system: GNU's allocator keeps much of it, and a day's fits would seem to grow."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def is_shortage(error: BaseException) -> bool:
    """Whether an exception means that memory, or a thread's stack, could not be had."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    return isinstance(error, RuntimeError | ImportError | OSError | SystemError) and bool(_SPOKEN.search(str(error)))


@contextlib.contextmanager
def shortages_told(what: str = "the job") -> Iterator[None]:
    """Turn whatever a library raises where memory runs out into a ResourceError of one line."""
    try:
        yield
    except Exception as error:
        if isinstance(error, ResourceError) or not is_shortage(error):
            raise
        raise ResourceError(shortage_line(error, what)) from error


def shortage_line(error: BaseException, what: str = "the job") -> str:
    """What was needed, as far as the library said so, what is there, and the remedy."""
    asked = re.search(r"allocate ([\d.]+ ?[KMGT]?i?B|\d+ bytes)", str(error))
    needed = f"room for another {asked.group(1)}" if asked else "more memory"
    return (
        f"out of memory: expected {needed} for {what}, got {_spoken(free_bytes())} free: "
        "ask for less (a lower resolution, fewer samples, smaller pictures, a simpler mesh), or allow more"
    )


def _spoken(count: float) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e8 else f"{count / 1e6:.0f} MB"
