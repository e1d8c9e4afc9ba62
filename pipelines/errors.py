"""What can go wrong with a request, as one tree.

    PipelineError
    +-- InputError      a setting that cannot be used (seed, count, label, truncation ...)
    +-- PictureError    a file or picture that cannot be used
    +-- CardError       a model that cannot be used (card, weights)

Every error has a ``code`` and ``fields``. ``str(error)`` is the English sentence; the page builds
the same sentence in other languages from the code and the fields.
"""

from __future__ import annotations

from typing import Any

SENTENCES: dict[str, str] = {
    "seed": "The seed {found} cannot be used. Enter a whole number from 0 to {most}.",
    "seeds_empty": "There is no seed to draw. Give at least one whole number from 0 to {most}.",
    "count": "{found} is not a possible number of pictures. Choose a whole number from 1 to"
    " {most}.",
    "best_of": "Best of {found} is not possible. Choose a whole number from 1 to {most}.",
    "truncation": "The truncation {found} cannot be used. Choose a number from 0 to 1.",
    "radius": "The radius {found} cannot be used. Choose a number above 0 and up to 1.",
    "variation": "The variation {found} cannot be drawn. Give up to {most} pairs of a radius"
    " (above 0, up to 1) and an index (a whole number from 0).",
    "label": "The model {model} has no class {found}. It knows: {known}.",
    "model": "There is no model {found} for this. Installed: {known}.",
    "rivals": "{found} models cannot be compared at once. Choose 1 to {most}.",
    "critic": "The model {model} has no critic, so its pictures cannot be ranked."
    " Set best of to 1.",
    "no_critic": "The model {model} has no critic to look into. Choose a model that has one.",
    "layer": "There is no layer {found}. Choose a whole number from 0 to {most}.",
    "unit": "There is no unit {found}. This layer has those from 0 to {most}.",
    "place": "The place {found} is not in the picture. Give x and y as numbers from 0 to 1.",
    "no_layers": "The network of {model} cannot be looked into layer by layer. Choose a model that"
    " is installed here; what decides a label can be asked of this one too.",
    "keys": "A film needs {least} to {most} key frames, not {found}. Add some, or take some away.",
    "key_model": "This key frame was made by the model {found}, but the film is one of {model}."
    " Choose that model, or take the key frame out.",
    "frames": "{found} frames per leg are not possible. Choose a whole number from 1 to {most}.",
    "fps": "{found} frames per second are not possible. Choose a whole number from 1 to {most}.",
    "method": "There is no path {found}. Choose one of: {known}.",
    "easing": "There is no easing {found}. Choose one of: {known}.",
    "refine": "{found} refinement steps are not possible. Choose a whole number from 0 to {most}.",
    "encoder": "The model {model} has no encoder, so it cannot find a photo again. Choose a model"
    " that has one.",
    "photo_small": "The photo has {found} pixels. At least {least} on each side are needed.",
    "directions": "The model {model} has no latent directions. Choose a model that has some.",
    "shift": "The shift {found} cannot be used. Give a method, the number of a direction of this"
    " model, and an amount from -{most} to {most}.",
    "latent": "The latent of this key frame ({found}) does not fit the model {model}. Take the key"
    " frame out.",
    "no_key": "There is no key frame to change. Add one first.",
    "no_film": "There is no film yet. Make one first.",
    "no_pictures": "There are no pictures yet. Generate some first.",
    "scale": "The size of objects {found} cannot be used. Choose a number from 0.25 to {most}.",
    "scale_large": "At this size of objects the picture would have {found} million pixels. At most"
    " {most} million can be looked at: choose a smaller size of objects.",
    "threshold": "The threshold {found} cannot be used. Choose a number from 0 to 1.",
    "truth": "The true labels ({found}) cannot be used. Give a picture whose values are the indices"
    " of the model's classes.",
    "mask": "{found} is not a mask. Use a picture that is white where something is to be filled,"
    " and black elsewhere.",
    "mask_large": "The painted mask has {found} pixels, and at most {most} on each side are"
    " possible. Open the picture again, and paint it anew.",
    "mask_empty": "Nothing is marked, so there is nothing to fill. Paint over what should go, or"
    " add a margin. In an uploaded mask, grey levels of 128 and more count.",
    "mask_full": "Everything is marked, so there is nothing left to go by. Leave a part of the"
    " picture free.",
    "fill_method": "There is no method {found}. Choose one of: {known}.",
    "variants": "{found} variants are not possible. Choose a whole number from 1 to {most}.",
    "sampling_steps": "{found} steps are not possible. Choose a whole number from 1 to {most}.",
    "sampler": "There is no sampler {found}. Choose one of: {known}.",
    "grow": "The mask cannot grow by {found} pixels. Choose a whole number from -{most} (it"
    " shrinks) to {most}.",
    "feather": "The mask cannot be feathered by {found} pixels. Choose a whole number from 0 to"
    " {most}.",
    "margins": "The margins {found} cannot be added. Give four whole numbers from 0 to {most}:"
    " left, top, right and bottom.",
    "canvas": "With these margins the picture would have {found} million pixels. At most {most}"
    " million are possible: choose smaller margins.",
    "prompt": "The prompt has {found} characters. At most {most} can be read: make it shorter.",
    "strength": "The strength {found} cannot be used. Choose a number above 0 and up to 1.",
    "guidance": "The guidance {found} cannot be used. Choose a number from 0 to {most}.",
    "no_fill": "There is no texture to fill with. Give a picture of one.",
    "no_result": "There is no result yet. Paint over what should go, and press Inpaint.",
    "texture_size": "A texture of {found} pixels cannot be made. Give width and height, whole"
    " numbers from 16 to {most}.",
    "textures": "{found} textures cannot be mixed. Give one or two.",
    "block": "Blocks of {found} pixels are not possible. Choose a whole number from 4 to {most}.",
    "style": "There is no built-in style {found}. Give a picture, or one of: {known}.",
    "styles": "{found} styles cannot be mixed. Give one or two.",
    "style_picture": "The slow way needs a picture of a style, and {found} is none: built-in"
    " styles are kept as codes. Give a picture, or choose the fast way.",
    "style_strength": "The strength {found} cannot be used. Choose a number from 0 to {most}.",
    "blend": "The blend {found} cannot be used. Choose a number from 0 (the first) to 1 (the"
    " second).",
    "styled_size": "The size {found} cannot be used. Choose a whole number of pixels from 16 to"
    " {most}.",
    "style_mask": "The mask leaves nothing to be restyled. Paint where the style should go, or"
    " leave the mask out.",
    "strokes": "There are no strokes {found}. Choose one of: {known}.",
    "style_refine": "{found} steps of refining are not possible. Choose a whole number from 0 to"
    " {most}.",
    "iterations": "{found} iterations are not possible. Choose a whole number from 50 to {most}.",
    "vgg_offline": "The slow way needs VGG-19 ({most} MB), which could not be downloaded: {found}."
    " Check the connection and try again, or choose the fast way.",
    "no_styling": "There is no restyled photo yet. Drop a photo, and click a style.",
    "no_texture": "There is no texture yet. Choose a class, or drop a picture of one.",
    "region": "The part {found} cannot be cut out. Give left, top, right and bottom, whole numbers"
    " of pixels inside the picture.",
    "no_photo": "There is no photo yet. Drop one, or choose one of the examples.",
    "file_missing": "The file {found} cannot be read. Choose it again.",
    "file_large": "The file is {found} MB. At most {most} MB can be opened: make it smaller first.",
    "not_a_picture": "{found} is not a picture that can be opened. Use a PNG, JPEG or WebP file.",
    "pixels": "The picture has {found} million pixels. At most {most} million can be opened:"
    " make it smaller first.",
    "files": "{found} files cannot be taken at once. Choose 1 to {most}.",
    "collection_none": "There is no picture to learn from yet. Choose {least} or more, or a ZIP of"
    " them.",
    "collection_files": "{found} files cannot be taken at once. Choose up to {most}, or pack them"
    " as a ZIP.",
    "collection_few": "Only {found} pictures can be used ({left_out} could not be opened). At least"
    " {least} are needed: add some.",
    "collection_many": "{found} pictures are too many to learn from here. Choose up to {most}.",
    "collection_classes": "The pictures lie in {found} folders, each of which would become a class."
    " At most {most} are possible: put them into fewer folders, or all into one.",
    "zip_large": "The ZIP {name} has {found} MB. At most {most} MB can be taken: make its pictures"
    " smaller first.",
    "zip_unpacked": "Unpacked, the ZIP {name} would have {found} MB. At most {most} MB are"
    " possible: make its pictures smaller first.",
    "zip_broken": "{name} cannot be read as a ZIP. Pack the pictures again.",
    "zip_locked": "The ZIP {name} is locked with a password. Pack the pictures again without one.",
    "zip_path": "The ZIP {name} holds a file that would lie outside it ({found}). Pack the pictures"
    " again.",
    "zip_empty": "The ZIP {name} holds no picture. Pack pictures as PNG, JPEG or WebP, or folders"
    " of them, one for each class.",
    "trained_side": "A GAN for pictures of {found} pixels cannot be trained here. Choose one of:"
    " {known}.",
    "trained": "{found} pictures to show are not possible. Choose a whole number from 200 to"
    " {most}.",
    "target": "The quality {found} cannot be a target. Enter a number from 1 (as good as real"
    " pictures) to {most}, or 0 for none.",
    "family": "No network {found} can be trained here. Choose one of: {known}.",
    "loss": "There is no loss {found}. Choose one of: {known}.",
    "norm": "There is no normalisation {found}. Choose one of: {known}.",
    "training_start": "A training cannot begin with the model {found}. Choose one of: {known}.",
    "training_busy": "A training is under way already, begun at {found}. Watch it below; whoever"
    " wants to begin another stops it first.",
    "training_idle": "No training is under way. Start one first.",
    "training_unsaved": "There is nothing to save yet. Start a training, and pause or stop it when"
    " you like what it draws.",
    "training_unpaused": "The training is still changing the model. Pause it or stop it, then save"
    " it.",
    "model_name": "{found} cannot be the name of a model. Use lower-case letters, digits and"
    " dashes, up to {most} of them, such as my-flowers.",
    "model_taken": "There is a model {found} already. Choose another name.",
    "model_export": "The model could not be saved ({found}). Go on for a while, and try again.",
    "corners": "The outlines have {found} million corners. At most {most} million can be written:"
    " smooth the picture or make it smaller first.",
    "no_settings": "This picture carries no Pentimento settings. Only PNG files that were"
    " downloaded here, and not changed since, remember how they were made.",
    "bad_settings": "The settings in this picture are damaged ({found}). Download it again, or"
    " enter the settings by hand.",
    "unknown_tab": "This picture was made by a tool that is not installed here ({found}). Update"
    " Pentimento to open it.",
    "device": "The device {found} is not available. Use {known}.",
    "card_missing": "The model {model} has no card: {found} does not exist.",
    "card_invalid": "The card of the model {model} is not valid: {found}. Install it again.",
    "weights_missing": "The weights of the model {model} are missing: {found} does not exist."
    " Install the model again.",
    "weights_hash": "The weights of the model {model} do not match their card (hash {found},"
    " expected {expected}). Install the model again.",
    "weights_mismatch": "The weights of the model {model} do not fit its network: {found}."
    " Install the model again.",
    "hub_name": "{found} is not the name of a model in the Hugging Face Hub. Write it as"
    " owner/name.",
    "hub_offline": "The Hugging Face Hub did not answer, so {model} cannot be had now. Check the"
    " connection, or choose a model that is installed.",
    "hub_missing": "The Hugging Face Hub has no public model {model}. Check its name.",
    "hub_files": "The model {model} has no {found}. Choose one that segmentation_models_pytorch has"
    " saved with safetensors.",
    "hub_large": "The weights of {model} have {found} MB. At most {most} MB can be opened: choose a"
    " smaller model.",
    "hub_config": "The model {model} cannot be built ({found}). Choose one that"
    " segmentation_models_pytorch has saved for RGB pictures.",
    "pipeline_files": "The model {model} has no {found}. Choose a Stable Diffusion model that"
    " diffusers has saved with safetensors.",
    "pipeline_kind": "The model {model} cannot be used to inpaint ({found}). Choose a Stable"
    " Diffusion model that diffusers has saved with safetensors.",
    "hub_memory": "The model {model} needs about {found} GB of memory, and {most} GB are free."
    " Close other programs, or choose a smaller model or a method that is installed.",
    "hub_exhausted": "The memory did not suffice. Close other programs, or choose a smaller model"
    " or a method that is installed.",
    "hub_refused": "The model's own filter does not let this picture through. Choose another seed"
    " or other words.",
}


class PipelineError(Exception):
    """A request that cannot be served; ``code`` is a key of SENTENCES, ``fields`` fill it."""

    def __init__(self, code: str, **fields: object) -> None:
        self.code = code
        self.fields = {name: short(value) for name, value in fields.items()}
        super().__init__(self.sentence(SENTENCES[code]))

    def __reduce__(self) -> tuple[Any, ...]:
        # ZeroGPU sends errors between processes; Exception's own way would lose the fields.
        return _again, (type(self), self.code, self.fields)

    def sentence(self, template: str) -> str:
        """The fields put into a template of any language."""
        return template.format_map(self.fields)


class InputError(PipelineError):
    """A setting that cannot be used."""


class PictureError(PipelineError):
    """A file or picture that cannot be used."""


class CardError(PipelineError):
    """A model whose card or weights cannot be used."""


def _again(kind: type[PipelineError], code: str, fields: dict[str, object]) -> PipelineError:
    return kind(code, **fields)


def short(value: object, most: int = 120) -> str:
    """A value as a person should see it: never empty, and not much longer than a line."""
    if value is None or (isinstance(value, str) and not value):  # arrays compare by element
        return "(empty)"
    try:
        text = str(value)
    except ValueError:  # an int too long for Python to write out
        text = "(very long)"
    return text if len(text) <= most else text[: most - 1] + "…"
