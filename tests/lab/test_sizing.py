"""Networks of a given size: counted without being made, as large as the limit allows."""

import pytest

from shapefield.errors import UsageError
from shapefield.fields import build
from shapefield.lab.sizing import largest_within, parameters_of
from shapefield.methods import METHODS, SirenOptions

LIMIT = 132_000


def test_the_size_of_a_network_is_counted_without_making_it():
    found = parameters_of(METHODS["siren"], SirenOptions(width=10, depth=2), inputs=2, outputs=3)
    assert found == (2 * 10 + 10) + (10 * 10 + 10) + (10 * 3 + 3)


def test_a_base_grid_counts():
    entry = METHODS["hybrid"]
    options = entry.options(base=24)
    module = build(entry, options)
    trained = sum(p.numel() for p in module.parameters())
    assert parameters_of(entry, options, inputs=3, outputs=1) == trained + 24**3


@pytest.mark.parametrize("name", list(METHODS))
def test_every_method_fills_the_limit_and_keeps_within_it(name):
    entry = METHODS[name]
    found = largest_within(entry, entry.options(), LIMIT, inputs=3, outputs=1)
    count = parameters_of(entry, found, inputs=3, outputs=1)
    assert 0.9 * LIMIT < count <= LIMIT


def test_one_unit_more_would_not_fit():
    entry = METHODS["siren"]
    found = largest_within(entry, entry.options(), LIMIT, inputs=3, outputs=1)
    wider = entry.options(width=found.width + 1)
    assert parameters_of(entry, wider, inputs=3, outputs=1) > LIMIT


def test_too_small_a_limit_is_refused_with_the_least_that_fits():
    with pytest.raises(UsageError, match=r"room for at least \d+ parameters, got 10"):
        largest_within(METHODS["siren"], SirenOptions(), 10, inputs=3, outputs=1)
