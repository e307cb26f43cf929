"""Compiled loops work where their cache cannot be kept."""

from numba.core import caching

from shapefield.machine.compiling import compiled


def test_without_any_folder_for_its_cache(monkeypatch):
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])

    @compiled
    def total(numbers):
        found = 0
        for number in numbers:
            found += number
        return found

    assert total((1, 2, 3)) == 6
