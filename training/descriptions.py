"""What a card says in words about the models that this repository ships."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Segments:
    """How a segmenter is used; see ``pipelines.cards.Segmenting``."""

    colors: tuple[str, ...]
    long_side: tuple[int, int] | None = None
    counts: str | None = None
    larger: float = 1.0
    """How many times larger than in training pictures are seen, where that measures better."""
    closer: float | None = None
    """The same of small pictures."""


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
    segments: Segments | None = None


BACKBONE = (
    "The encoder began as an ImageNet MobileNetV2 (Apache-2.0). The weights are Apache-2.0, as"
    " the code; the terms of the training data are its own."
)

PHOTOS = (
    "Intel Image Classification, published on Kaggle; flower photos (TensorFlow's flower_photos);"
    " Imagenette (fast.ai), a subset of ImageNet of everyday photos, short side 176 pixels at most"
)
PHOTOS_TERMS = (
    "Intel Image Classification: data files (c) original authors, for research. Flower photos:"
    " CC BY 2.0, photographers named in the data set. Imagenette: non-commercial research and"
    " education."
)

TEXTURES = (
    "Describable Textures Dataset (Cimpoi et al. 2014): 1,100 pictures of ten of its classes, short"
    " side 224 pixels at most"
)
TEXTURES_TERMS = "Describable Textures Dataset: for research."


def _cifar(name: str, summary: str) -> Description:
    """Of a generator trained on CIFAR-10."""
    return Description(
        name=name,
        summary=summary,
        data="CIFAR-10",
        source="CIFAR-10 (Krizhevsky 2009), re-encoded as JPEG; users get the original with"
        " torchvision.datasets.CIFAR10(download=True)",
        data_terms="Its authors state no licence and ask to cite Krizhevsky, Learning Multiple"
        " Layers of Features from Tiny Images, 2009.",
        terms="Apache-2.0, as the code; the terms of the training data are its own.",
    )


DESCRIPTIONS: dict[str, Description] = {
    "cifar10-dcgan": _cifar(
        "CIFAR-10 DCGAN",
        "The classic DCGAN, told which of ten classes to draw: small photos of animals and"
        " vehicles, 32 pixels wide.",
    ),
    # Five ways to a generator, on the same pictures and as many of them, to be compared.
    "small-dcgan": _cifar(
        "Small DCGAN",
        "To be compared: a critic tells its pictures from real ones, and it learns to be taken for"
        " real (Goodfellow et al. 2014; Radford et al. 2015).",
    ),
    "small-wgan-gp": _cifar(
        "Small WGAN-GP",
        "To be compared: its critic measures how far its pictures are from real ones, with a slope"
        " that is held near one (Gulrajani et al. 2017).",
    ),
    "small-sngan": _cifar(
        "Small SNGAN",
        "To be compared: the layers of its critic are divided by their spectral norms, so that no"
        " step can be steep (Miyato et al. 2018).",
    ),
    "small-vae": _cifar(
        "Small VAE",
        "To be compared: no critic; it learns to draw photos again from a short code and a little"
        " noise (Kingma and Welling 2014).",
    ),
    "small-lstm": _cifar(
        "Small LSTM",
        "To be compared: a recurrent network draws line after line from the top to the bottom and"
        " knows what is above by its memory alone; its critic is that of the SNGAN.",
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
    "road": Description(
        name="Road",
        summary="Street scenes as seen from a car: sky, building, pole, road, pavement, tree,"
        " sign, fence, car, pedestrian, bicyclist.",
        data="CamVid",
        source="CamVid (Brostow et al. 2009) as prepared for SegNet: 480x360 pixels, 11 classes",
        data_terms="Personal and research use.",
        terms=BACKBONE,
        segments=Segments(
            colors=(
                *("#7fd1ff", "#a9745b", "#00c2a8", "#8e5bd0", "#f06ec8", "#4fa83d"),
                *("#f2d600", "#c4a484", "#2f6bff", "#e5233d", "#ff8a1f"),
            ),
            long_side=(480, 720),
        ),
    ),
    "aerial": Description(
        name="Aerial",
        summary="Cities and land from above: water, land, road, building, vegetation.",
        data="Semantic segmentation of aerial imagery",
        source="Semantic segmentation of aerial imagery, Humans in the Loop: satellite pictures"
        " of Dubai",
        data_terms="CC0.",
        terms=BACKBONE,
        segments=Segments(("#2f80ed", "#e0a96d", "#8e5bd0", "#e5484d", "#4fa83d"), larger=1.4),
    ),
    "nuclei": Description(
        name="Nuclei",
        summary="Cell nuclei in microscope pictures, fluorescent or stained, counted one by one.",
        data="Data Science Bowl 2018",
        source="Data Science Bowl 2018, BBBC038 of the Broad Bioimage Benchmark Collection:"
        " crops of 96x96 pixels",
        data_terms="CC0.",
        terms=BACKBONE,
        segments=Segments(("#2b3240", "#3ddc58"), counts="nucleus", larger=0.5, closer=1.0),
    ),
    "completion": Description(
        name="Completion",
        summary="Fills holes in photos in one pass, and extends their canvas.",
        data="Intel Image Classification, flower photos, Imagenette",
        source=PHOTOS,
        data_terms=PHOTOS_TERMS,
        terms="Its critic stood on an ImageNet MobileNetV2 (Apache-2.0) and its perceptual loss on"
        " a distilled VGG-19 (MIT); nothing of them is part of the file. The weights are"
        " Apache-2.0, as the code; the terms of the training data are their own.",
    ),
    "style": Description(
        name="Style",
        summary="Paints any photo in the style of any picture, in one pass.",
        data="Intel Image Classification, flower photos, Imagenette; paintings; Describable"
        " Textures Dataset",
        source=PHOTOS + "; eleven paintings by van Gogh, Hokusai, Munch, Kandinsky, Delaunay and"
        f" Mondrian; {TEXTURES}",
        data_terms=f"{PHOTOS_TERMS} Paintings: public domain. {TEXTURES_TERMS}",
        terms="The first layers of a distilled VGG-19 (MIT), which look at styles, are part of the"
        " file. The weights are Apache-2.0, as the code; the terms of the training data are their"
        " own.",
    ),
    "textures": Description(
        name="Textures",
        summary="Draws textures of ten kinds, of any size and without seams.",
        data="Describable Textures Dataset",
        source=TEXTURES,
        data_terms=TEXTURES_TERMS,
        terms="Its critic stood on an ImageNet MobileNetV2 (Apache-2.0), its loss and its encoder"
        " on a distilled VGG-19 (MIT); nothing of them is part of the file. The weights are"
        " Apache-2.0, as the code; the terms of the training data are their own.",
    ),
    "diffusion": Description(
        name="Diffusion",
        summary="Fills holes in photos step by step, with other details from every seed.",
        data="Intel Image Classification, flower photos, Imagenette",
        source=PHOTOS,
        data_terms=PHOTOS_TERMS,
        terms="Its perceptual loss stood on a distilled VGG-19 (MIT); nothing of it is part of the"
        " file. The weights are Apache-2.0, as the code; the terms of the training data are their"
        " own.",
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
