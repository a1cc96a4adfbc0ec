"""What ImageHash and cleanlab find, for bench/check.ts: JSON in, JSON out.

    python check_peers.py duplicates|labels
"""

import json
import sys

import numpy as np

document = json.load(sys.stdin)
if sys.argv[1] == "duplicates":
    import imagehash
    from PIL import Image

    hashes = np.stack([imagehash.phash(Image.open(file)).hash.ravel() for file in document["files"]]).astype(np.int16)
    distances = hashes.shape[1] - (hashes @ hashes.T + (1 - hashes) @ (1 - hashes).T)
    print(json.dumps(np.argwhere(np.triu(distances <= 10, 1)).tolist()))
else:
    from cleanlab.filter import find_label_issues

    labels = np.array(document["labels"])
    probabilities = np.array(document["probabilities"]).reshape(len(labels), -1)
    print(json.dumps(find_label_issues(labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1).tolist()))
