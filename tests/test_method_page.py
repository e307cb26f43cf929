"""docs/methods.md says of every method what the registry says; only its figures come from elsewhere."""

import re
from pathlib import Path

import pytest

from shapefield.methods import METHODS

ROOT = Path(__file__).resolve().parent.parent
NAMES = [m.name for m in METHODS.values() if m.factory is None]


@pytest.fixture(scope="module")
def pages() -> tuple[list[str], list[str]]:
    """Sections of the page as it lies in docs, and as it would be made now."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT)
        from benchmarks.methodpage import page

        made = page([])
    kept = (ROOT / "docs/methods.md").read_text(encoding="utf-8")
    return tuple(re.split(r"^## ", text, flags=re.MULTILINE) for text in (kept, made))  # type: ignore[return-value]


def test_the_page_is_the_registry_s(pages: tuple[list[str], list[str]]) -> None:
    kept, made = pages
    assert [s.split("\n")[0] for s in kept[1:]] == ["Measured", *NAMES]
    for ours, fresh in zip(kept, made, strict=True):
        if not fresh.startswith("Measured"):
            assert ours.strip() == fresh.strip(), "run: python -m benchmarks methods --page docs/methods.md"


def test_every_method_was_measured(pages: tuple[list[str], list[str]]) -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", pages[0][1], re.MULTILINE)) == set(NAMES)
