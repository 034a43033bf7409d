"""Trains fashion/1 on Fashion-MNIST and writes its package; README.md says how to fetch the data."""

from pathlib import Path

from torch import Tensor

import augment
from card import CardText
from recipe import Recipe, run
from training import Plan


def _augment(images: Tensor) -> Tensor:
    return augment.erase(augment.shift(augment.flip(images), most=2), share=0.3, least=4, most=12)


RECIPE = Recipe(
    name="fashion",
    version="1",
    description="Names the kind of garment, one of ten, in a 28x28 grey image of one article on a black ground.",
    license="MIT",
    labels=["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
    samples=["t-shirt-top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot"],
    data=Path("/usr/share/datasets/fashion-mnist"),
    suffix=".gz",
    widths=(16, 48, 128),
    dropout=0.2,
    plan=Plan(
        epochs=30, batch=128, peak_rate=0.1, weight_decay=5e-4, label_smoothing=0.05, mean=0.286, std=0.353, augment=_augment),
    seed=20261123,
    required_accuracy=0.935,
    text=CardText(
        title="fashion",
        summary="Says which of ten kinds of garment, shoe or bag a 28×28 grey image of a single article shows.",
        intended_use="""Catalogue pictures of single articles brought to Fashion-MNIST's form: grey, a light article on a black ground, upright, centred,
the longer side filling the 28 pixels, shoes seen from the side. It suits demonstrations, tests and a first sorting that a person checks.""",
        limits="""- **An ordinary photograph is not what it was trained on.** The service scales any image to 28×28 grey and the network will answer, but a
  colour photograph with a room, a person or a white wall in it is far from the training data, and neither the label nor the
  score means much there. Cut the article out, and invert a picture that has a white ground. (A package of one's own with `scale`
  -0.00392156862745098 and `mean` [-0.714] in `image`, and golden examples to match, turns white to black on the way in.)
- It always answers with one of its ten classes: a hat, a chair or a face gets one too, at times with a high score.
- Shirts are the weak class: at 28×28 they look like T-shirts, pullovers and coats (see the table). Where the best two scores are close, show both.
- One article an image; nothing is located, counted or matched to a brand, size or colour.
- The articles are those one European shop sold until 2017.""",
        data="""Fashion-MNIST (H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms",
arXiv:1708.07747): 70,000 pictures of Zalando articles, 60,000 to train on and 10,000 to test on, 7,000 of each class. Read from the Debian
package dataset-fashion-mnist 0.0~git20200523. The images under `samples/` are from its test split.""",
        licence="The weights are MIT, as the rest of this project. Fashion-MNIST is MIT, copyright 2017 Zalando SE; so are the images under `samples/`.",
        augmentation="Augmentation: mirror image, shift (2 pixels), and in 30 % of the images a blank rectangle with sides of 4 to 12 pixels."))

if __name__ == "__main__":
    run(RECIPE)
