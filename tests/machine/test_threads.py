"""Parts done side by side come back in order, and a closed iterator leaves the rest undone."""

import os
import sys
import threading

import pytest

from shapefield.machine.threads import side_by_side, thread_count, wait_briefly


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_answers_are_in_order(threads):
    assert list(side_by_side(lambda k: k * k, range(50), threads)) == [k * k for k in range(50)]


def test_parts_really_run_beside_each_other():
    both = threading.Barrier(2, timeout=600)
    assert list(side_by_side(lambda k: both.wait() * 0 + k, range(2), 2)) == [0, 1]


def test_closing_leaves_the_rest_undone_and_errors_arrive():
    begun = []
    work = side_by_side(lambda k: begun.append(k), range(1000), 2)
    next(work)
    work.close()
    assert len(begun) < 1000
    with pytest.raises(ZeroDivisionError):
        list(side_by_side(lambda k: 1 // k, [1, 0], 2))


def test_count_follows_openmp(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert thread_count() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "nonsense")
    assert thread_count() >= 1


def test_waits_are_brief_unless_the_user_said_otherwise_or_torch_is_loaded(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setitem(sys.modules, "torch", threading)
    wait_briefly()
    assert "OMP_WAIT_POLICY" not in os.environ
    monkeypatch.delitem(sys.modules, "torch")
    wait_briefly()
    assert (os.environ["OMP_WAIT_POLICY"], os.environ["GOMP_SPINCOUNT"]) == ("PASSIVE", "10000")
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.delenv("GOMP_SPINCOUNT")
    wait_briefly()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE" and "GOMP_SPINCOUNT" not in os.environ
