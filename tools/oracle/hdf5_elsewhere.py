"""
Writes tests/golden/weights/elsewhere/*.h5: files of weights in Keras' legacy layout whose one kernel is not in the file
itself but in package.json, which stands in the folder that the tests run in.

    python tools/oracle/hdf5_elsewhere.py
"""

from pathlib import Path

import h5py
import numpy

FOLDER = Path("tests/golden/weights/elsewhere")
TARGET = "package.json"


def write(name, put):
    with h5py.File(FOLDER / f"{name}.h5", "w") as file:
        file.attrs["layer_names"] = numpy.array(["out"], "S")
        group = file.create_group("out")
        group.attrs["weight_names"] = numpy.array(["out/kernel:0"], "S")
        put(group.create_group("out"))


def external_storage(group):
    group.create_dataset("kernel:0", (8,), "<f4", external=[(TARGET, 0, 32)])


def virtual(group):
    layout = h5py.VirtualLayout((8,), "<f4")
    layout[:] = h5py.VirtualSource("other.h5", "secret", (8,))
    group.create_virtual_dataset("kernel:0", layout, fillvalue=7)


def external_link(group):
    group["kernel:0"] = h5py.ExternalLink("other.h5", "secret")


def soft_link(group):
    group["kernel:0"] = h5py.SoftLink("/not/there")


FOLDER.mkdir(parents=True, exist_ok=True)
for put in (external_storage, virtual, external_link, soft_link):
    write(put.__name__, put)

# The group of a layer behind a link, in Keras 3's layout.
with h5py.File(FOLDER / "external_group.h5", "w") as file:
    file.create_group("layers")["dense"] = h5py.ExternalLink("other.h5", "/layers/dense")
