"""What a card says in words about the models that this repository ships."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Description:
    """Names, sources and terms that no file of a run knows."""

    name: str
    summary: str
    data: str
    """Name of the data set."""
    source: str
    """Where the data comes from, and how others get it."""
    data_terms: str
    terms: str
    """Terms of the weights."""


DESCRIPTIONS: dict[str, Description] = {
    "cifar10-dcgan": Description(
        name="CIFAR-10 DCGAN",
        summary="The classic DCGAN, told which of ten classes to draw: small photos of animals"
        " and vehicles, 32 pixels wide.",
        data="CIFAR-10",
        source="CIFAR-10 (Krizhevsky 2009), re-encoded as JPEG; users get the original with"
        " torchvision.datasets.CIFAR10(download=True)",
        data_terms="Its authors state no licence and ask to cite Krizhevsky, Learning Multiple"
        " Layers of Features from Tiny Images, 2009.",
        terms="Apache-2.0, as the code; the terms of the training data are its own.",
    ),
    "scenes": Description(
        name="Scenes",
        summary="Landscapes of five kinds: buildings, forest, glacier, mountain and sea. It also"
        " finds the latent of a photo of your own.",
        data="Intel Image Classification",
        source="Intel Image Classification, published on Kaggle; pictures cropped to squares of"
        " 128 pixels",
        data_terms="Data files (c) original authors; for research.",
        terms="The encoder's frozen layers are an ImageNet MobileNetV2 (Apache-2.0). The weights"
        " are Apache-2.0, as the code; the terms of the training data are its own.",
    ),
}


def describe(model: str, data: str) -> Description:
    """The description of ``model``; of a person's own model one made from the data's file name."""
    return DESCRIPTIONS.get(model) or Description(
        name=model.replace("-", " ").capitalize(),
        summary=f"Trained on {data}.",
        data=data,
        source="A person's own collection of pictures.",
        data_terms="Those of the pictures.",
        terms="Those of the pictures it was trained on.",
    )
