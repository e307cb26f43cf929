"""What all tests share: central skips, and the ball that several of them fit."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked gpu skip here, in one place, where there is no CUDA device."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked:
        import torch

        if not torch.cuda.is_available():
            for item in marked:
                item.add_marker(pytest.mark.skip(reason="no CUDA device"))


@pytest.fixture(scope="session")
def ball():
    """A sphere of radius 2 about (10, 0, -5)."""
    from shapes import sphere

    return sphere(2.0, (10.0, 0.0, -5.0), cells=24)
