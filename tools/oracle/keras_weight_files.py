"""
Writes files of weights as Keras itself saves them, with the formula's weights, for parity.ts to read: FOLDER/ID.h5
(legacy, the whole model), FOLDER/ID.weights.h5 and FOLDER/ID.keras. They are large, and not kept.

    KERAS_BACKEND=tensorflow python tools/oracle/keras_weight_files.py FOLDER [ID ...]
"""

import sys
from pathlib import Path

from keras_networks import FAMILIES, build, set_formula_weights

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for family in FAMILIES.values():
    for name, network in family["networks"].items():
        if len(sys.argv) > 2 and name not in sys.argv[2:]:
            continue
        first = build(network, **family["computed"])
        set_formula_weights(first)
        # Automatic names go on counting in the second network, as they do in people's own programs.
        model = network(weights=None, input_shape=first.input_shape[1:], include_top=False)
        model.set_weights(first.get_weights())
        for ending in (".h5", ".weights.h5", ".keras"):
            path = folder / f"{name}{ending}"
            (model.save_weights if ending == ".weights.h5" else model.save)(path)
            print(path, path.stat().st_size, flush=True)
