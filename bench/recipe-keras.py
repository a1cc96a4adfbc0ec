"""The recipe as the text writes it, in Keras with TensorFlow. Started by bench/recipe.ts:

    python bench/recipe-keras.py DATA WEIGHTS EPOCHS none|book

DATA has train/ and val/. The frozen network runs in every epoch. Prints one line of JSON.
"""

import json
import os
import sys
import time

import tensorflow as tf
from tensorflow.keras import Model, layers
from tensorflow.keras.applications.inception_v3 import InceptionV3
from tensorflow.keras.optimizers import RMSprop
from tensorflow.keras.preprocessing.image import ImageDataGenerator

from inception_weights import load_keras

data, weights, epochs, augmentation = sys.argv[1:5]

pre_trained_model = InceptionV3(input_shape=(150, 150, 3), include_top=False, weights=None)
load_keras(pre_trained_model, weights)
for layer in pre_trained_model.layers:
    layer.trainable = False
last_output = pre_trained_model.get_layer("mixed7").output
x = layers.Flatten()(last_output)
x = layers.Dense(1024, activation="relu")(x)
x = layers.Dropout(0.2)(x)
x = layers.Dense(1, activation="sigmoid")(x)
model = Model(pre_trained_model.input, x)
model.compile(optimizer=RMSprop(learning_rate=0.0001), loss="binary_crossentropy", metrics=["accuracy"])

changes = {}
if augmentation == "book":
    changes = {
        "rotation_range": 40,
        "width_shift_range": 0.2,
        "height_shift_range": 0.2,
        "shear_range": 0.2,
        "zoom_range": 0.2,
        "horizontal_flip": True,
    }
folder = {"batch_size": 20, "class_mode": "binary", "target_size": (150, 150)}
with open(os.devnull, "w", encoding="utf8") as silence:
    out, sys.stdout = sys.stdout, silence
    train = ImageDataGenerator(rescale=1.0 / 255.0, **changes).flow_from_directory(os.path.join(data, "train"), **folder)
    validation = ImageDataGenerator(rescale=1.0 / 255.0).flow_from_directory(os.path.join(data, "val"), **folder)
    sys.stdout = out


class Clock(tf.keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.started)


clock = Clock()
history = model.fit(train, validation_data=validation, epochs=int(epochs), verbose=0, callbacks=[clock]).history
print(
    json.dumps(
        {"epochSeconds": clock.seconds, "accuracy": history["accuracy"], "validationAccuracy": history["val_accuracy"]}
    )
)
