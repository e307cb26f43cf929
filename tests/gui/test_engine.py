"""The engine process and its end in the window: commands, errors, death, and no orphans."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import fake_jobs
import pytest
from conftest import _PATH, PATIENCE
from shapefield_gui.children.engine import FINISH_NOW, PAUSE, RESUME, STOP
from shapefield_gui.engine import EngineProcess


@pytest.fixture
def engine(qtbot, clean):
    made = EngineProcess("test", main=fake_jobs.main)
    yield made
    made.close()


def test_a_job_gives_its_events_in_order_and_its_result(qtbot, engine):
    task, seen = engine.run("count", most=5), []
    task.said.connect(seen.append)
    with qtbot.waitSignal(task.done) as done:
        pass
    assert done.args == [5]
    assert [type(e).__name__ for e in seen] == ["Stage"] + ["Progress"] * 5
    assert [e.done for e in seen[1:]] == [1, 2, 3, 4, 5]


def test_pause_holds_and_finish_keeps_what_there_is(qtbot, engine):
    task, seen = engine.run("count"), []
    task.said.connect(seen.append)
    qtbot.waitUntil(lambda: len(seen) > 3)
    task.tell(PAUSE)
    _answered(qtbot, engine, "paused")
    held = len(seen)
    _answered(qtbot, engine, "still paused")
    assert len(seen) == held
    task.tell(RESUME)
    qtbot.waitUntil(lambda: len(seen) > held + 2)
    with qtbot.waitSignal(task.done) as done:
        task.tell(FINISH_NOW)
    assert held <= done.args[0] < 100_000


def _answered(qtbot, engine, question: str) -> None:
    """Wait for the answer: what was sent before the question has been heard, what was sent before the answer is here.

    While a job is paused only questions make the process do anything: one that went on would have said so by now.
    """
    with qtbot.waitSignal(engine.answered, check_params_cb=lambda answer: answer == question):
        engine.ask(question)


def test_stop_abandons(qtbot, engine):
    task = engine.run("count")
    with qtbot.waitSignal(task.said):
        pass
    with qtbot.waitSignal(task.stopped):
        task.tell(STOP)
    assert not task.running


def test_a_job_that_waits_for_its_turn_can_be_stopped(qtbot, engine):
    first, second, third = (engine.run("count", most=n) for n in (100_000, 3, 4))
    ran = []
    second.said.connect(ran.append)
    with qtbot.waitSignal(first.said):
        pass
    with qtbot.waitSignal(second.stopped):
        second.tell(STOP)
    assert first.running and not ran
    with qtbot.waitSignal(third.done):
        first.tell(STOP)


def test_an_error_is_one_line_and_a_bug_has_details(qtbot, engine):
    with qtbot.waitSignal(engine.run("refuse").failed) as failed:
        pass
    assert failed.args == ["bunny.obj: expected faces, got none: re-export it", ""]
    with qtbot.waitSignal(engine.run("bug").failed) as failed:
        pass
    assert "KeyError" in failed.args[0] and "\n" not in failed.args[0]
    assert "Traceback" in failed.args[1]


def test_questions_are_answered_while_a_job_runs_while_it_is_paused_and_after_it(qtbot, engine):
    task, counted, heard = engine.run("count", most=100_000), [], []
    task.said.connect(counted.append)
    engine.answered.connect(heard.append)
    for state, word in (("running", RESUME), ("paused", PAUSE), ("idle", FINISH_NOW)):
        task.tell(word)
        if state == "idle":
            qtbot.waitUntil(lambda: not task.running)
        engine.ask(state)
        qtbot.waitUntil(lambda state=state: state in heard)
        if state == "paused":
            held = len(counted)
            _answered(qtbot, engine, "still paused")
            assert len(counted) == held
    assert heard == ["running", "paused", "still paused", "idle"]


def test_the_newest_question_wins_and_a_job_keeps_half_of_the_time(qtbot, engine):
    task, counted, heard = engine.run("count", most=100_000), [], []
    task.said.connect(counted.append)
    engine.answered.connect(heard.append)
    qtbot.waitUntil(lambda: len(counted) > 2)
    engine.ask("slow")
    qtbot.waitUntil(lambda: heard == ["began"])
    before = len(counted)
    qtbot.waitUntil(lambda: len(counted) - before > 8 or "slow" in heard)
    assert "slow" not in heard, "the job stood still for a question"
    engine.ask("quick")
    qtbot.waitUntil(lambda: "quick" in heard)
    before = len(counted)
    qtbot.waitUntil(lambda: len(counted) - before > 8)
    assert heard == ["began", "quick"]
    with qtbot.waitSignal(engine.said) as said:
        engine.ask("bug")
    assert "KeyError" in said.args[0] and task.running


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_engine_is_noticed_and_the_next_job_runs(qtbot, engine):
    with qtbot.waitSignal(engine.run("die").failed) as failed:
        pass
    assert "killed" in failed.args[0]
    with qtbot.waitSignal(engine.run("count", most=2).done) as done:
        pass
    assert done.args == [2]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_the_children_of_a_killed_window_die(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent(
            """
            import sys, time
            from shapefield_gui.children import engine
            from shapefield_gui.children.process import Child

            if __name__ == "__main__":
                child = Child(engine.main, "orphan", print, print)
                print(child.pid, flush=True)
                time.sleep(60)
            """
        )
    )
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": _PATH}
    )
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + PATIENCE / 1000
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().split(")")[-1].split()[0] != "Z"
    except FileNotFoundError:
        return False
