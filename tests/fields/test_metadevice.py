"""Networks of shapes alone: the same names and shapes, nothing allocated, and no compiler imported for them."""

import subprocess
import sys

import pytest

from shapefield.fields import build
from shapefield.fields.metadevice import on_meta_device
from shapefield.methods import METHODS

NAMES = sorted(name for name, entry in METHODS.items() if entry.factory is None)


@pytest.mark.parametrize("name", NAMES)
def test_a_blank_network_has_the_names_and_shapes_of_a_real_one(name):
    entry = METHODS[name]
    empty, real = on_meta_device(entry, entry.options(), inputs=2), build(entry, entry.options(), inputs=2)
    assert {k: v.shape for k, v in empty.state_dict().items()} == {k: v.shape for k, v in real.state_dict().items()}
    assert all(parameter.is_meta for parameter in empty.parameters())


def test_no_network_on_the_meta_device_imports_torch_s_compiler():
    """Drawing random numbers for a tensor without storage does; it took 1 to 3 s of every fit."""
    script = (
        "import sys; from shapefield.fields.metadevice import on_meta_device; from shapefield.methods import METHODS\n"
        "for entry in METHODS.values(): on_meta_device(entry, entry.options())\n"
        "print('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
