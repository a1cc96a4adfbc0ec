"""Loads exported classifiers with MediaPipe's ImageClassifier: what the metadata in a .tflite file is held to.

    pip install mediapipe==1.2.3
    python tools/oracle/mediapipe_classify.py REQUEST.json

The request: [{"path": a .tflite file, "image": {"shape": [H, W, 3], "data": base64 of uint8}}]. Printed as JSON, in the same
order: what the metadata says, read by MediaPipe's schema, and of the image the classes with their scores, the best first.
"""

import base64
import json
import os
import sys
import zipfile

os.environ.setdefault("GLOG_minloglevel", "2")

import mediapipe
import numpy as np
from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata_schema
from mediapipe.tasks.metadata import schema_py_generated as model_schema
from mediapipe.tasks.python import vision
from mediapipe.tasks.python.core.base_options import BaseOptions


def read_metadata(path):
    with open(path, "rb") as file:
        model = model_schema.ModelT.InitFromObj(model_schema.Model.GetRootAs(file.read(), 0))
    (entry,) = [each for each in model.metadata if each.name == b"TFLITE_METADATA"]
    content = bytes(model.buffers[entry.buffer].data)
    assert metadata_schema.ModelMetadata.ModelMetadataBufferHasIdentifier(content, 0)
    return metadata_schema.ModelMetadataT.InitFromObj(metadata_schema.ModelMetadata.GetRootAs(content, 0))


def answer(path, image):
    (subgraph,) = read_metadata(path).subgraphMetadata
    (taken,) = subgraph.inputTensorMetadata
    (given,) = subgraph.outputTensorMetadata
    (unit,) = taken.processUnits
    properties = taken.content.contentProperties
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    pixels = np.frombuffer(base64.b64decode(image["data"]), np.uint8).reshape(image["shape"])
    options = vision.ImageClassifierOptions(BaseOptions(model_asset_path=path))
    with vision.ImageClassifier.create_from_options(options) as classifier:
        result = classifier.classify(mediapipe.Image(mediapipe.ImageFormat.SRGB, pixels.copy()))
    (classifications,) = result.classifications
    return {
        "version": mediapipe.__version__,
        "files": files,
        "labelFiles": [[each.name.decode(), each.type] for each in given.associatedFiles],
        "normalization": [np.ravel(unit.options.mean).tolist(), np.ravel(unit.options.std).tolist()],
        "image": [properties.colorSpace, properties.defaultSize.width, properties.defaultSize.height],
        "stats": [[np.ravel(each.stats.min).tolist(), np.ravel(each.stats.max).tolist()] for each in (taken, given)],
        "classes": [
            {"index": each.index, "name": each.category_name, "score": float(each.score)}
            for each in classifications.categories
        ],
    }


def main():
    with open(sys.argv[1]) as file:
        requests = json.load(file)
    print(json.dumps([answer(request["path"], request["image"]) for request in requests], ensure_ascii=False))


main()
