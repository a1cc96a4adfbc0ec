"""
Writes FOLDER/NETWORK.h5 and FOLDER/NETWORK.weights.h5: the first network of each family of keras_recent_networks.py,
saved by Keras in its two HDF5 layouts, with the weights of its fixture. tools/check-recent-h5.ts reads them.

    KERAS_BACKEND=tensorflow python tools/oracle/keras_recent_h5.py FOLDER
"""

import sys
from pathlib import Path

from keras_recent_networks import FAMILIES, build, set_formula_weights

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for name, family in FAMILIES.items():
    model = build(next(iter(family["networks"].values())), family["small"])
    set_formula_weights(model)
    model.save(folder / f"{name}.h5")
    model.save_weights(folder / f"{name}.weights.h5")
    print(name, (folder / f"{name}.h5").stat().st_size, flush=True)
