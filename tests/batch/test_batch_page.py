"""The report's pages: worst first, paged, and whatever a file is called is text there."""

import re
from html.parser import HTMLParser
from pathlib import Path

import shapefield as sf
from shapefield.batches.jobs import JOBS
from shapefield.batches.page import A_PAGE, reason_of, worst_first, write_pages
from shapefield.batches.record import Output, Record, Status


def record(name: str, status: Status, lost: float | None = None, line: str = "", reasons: tuple = ()) -> Record:
    figures = {} if lost is None else {"lost": lost}
    outputs = [Output(name, "", 0)] if status.written else []
    told = {"line": line, "reasons": [*reasons]}
    return Record(name, f"in/{name}", "repair", "", "", status, figures=figures, outputs=outputs, **told)


def test_worst_first_and_reasons_together() -> None:
    found = [
        record("a.obj", Status.DONE, 0.0),
        record("b.obj", Status.DONE, 0.2),
        record("c.obj", Status.BELOW, 0.5, "written, but lost surface: expected at most 1 %, got 50 %"),
        record("d.obj", Status.FAILED, None, "d.obj: expected faces, got a point cloud of 12 points"),
        record("e.obj", Status.FAILED, None, "e.obj: expected faces, got a point cloud of 1,900, in f.obj"),
        record("f.obj", Status.DONE, 0.0, reasons=("it is not manifold", "12 faces cross others")),
    ]
    assert [one.name[0] for one in worst_first(JOBS["repair"], found)] == ["d", "e", "c", "f", "b", "a"]
    assert reason_of(found[3]) == "failed: …: expected faces, got a point cloud of n points"
    assert reason_of(found[4]) == "failed: …: expected faces, got a point cloud of n, in f.obj"
    assert reason_of(found[5]) == "done, but it is not manifold, n faces cross others"


class Seen(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


def test_thousands_are_paged_and_hostile_names_are_text(tmp_path: Path) -> None:
    hostile = "x'><script>alert(1)</script>\u202e.obj"
    found = [record(f"a/{k:04}.obj", Status.DONE, 10.0 ** -(k % 5)) for k in range(1299)]
    found.append(record(hostile, Status.FAILED, None, "<b>no</b>: expected a mesh"))
    write_pages(tmp_path, JOBS["repair"], found)
    pages = [tmp_path / "index.html", *tmp_path.glob("index-*.html")]
    assert len(pages) == -(-1300 // A_PAGE)
    first = pages[0].read_text()
    assert "1,299" in first and "<script>" not in first and "\u202e" not in first
    assert "&lt;b&gt;no&lt;/b&gt;" in first and "script" not in Seen(first).tags
    assert max(len(page.read_bytes()) for page in pages) < 100_000
    linked = {link for page in pages for link in Seen(page.read_text()).links if re.fullmatch(r"a/\d{4}\.obj", link)}
    assert len(linked) == 1299
    assert set(Seen(first).links) >= {"index-2.html", f"index-{len(pages)}.html"}
    write_pages(tmp_path, JOBS["repair"], found[:10])
    assert not list(tmp_path.glob("index-*.html"))


def test_the_python_api_gives_records_and_rows(tree: Path, fake: None) -> None:
    heard: list[Record] = []
    batch = sf.batch("models", "out", "repair", jobs=1, mode="keep")
    assert [one.status for one in batch] == ["done", "done"] and len(batch) == 2
    again = sf.batch(["models"], "out", "repair", mode="keep", html=True, redo="all", on_result=heard.append)
    assert sorted(one.name for one in heard) == ["a/model.obj", "b/model.obj"]
    rows = again.rows()
    assert [row["name"] for row in rows] == ["a/model.obj", "b/model.obj"]
    assert rows[0]["lost"] == 0.0 and rows[0]["outputs"] == ["a/model.obj"]
    assert all(not isinstance(value, dict) for value in rows[0].values())
    assert "2 meshes, repair" in (tree / "out/index.html").read_text()
