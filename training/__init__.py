"""Training of every model that ships in ``weights/``: ``python -m training.<what> --help``."""
