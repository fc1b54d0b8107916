"""Stands in for torch where its CPU-only build cannot be had.

Docling and Unstructured import torch with all of their modules, also for the paths that compute nothing
with it. Whatever is asked of this module is nothing; a path that would compute would fail at once.
"""

__version__ = "0.0.0"


class _Nothing:
    def __init__(self, *_args: object, **_kwargs: object) -> None: ...

    def __call__(self, *_args: object, **_kwargs: object) -> "_Nothing":
        return _Nothing()

    def __getattr__(self, name: str) -> "_Nothing":
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing()

    def __mro_entries__(self, _bases: tuple) -> tuple:
        return (object,)

    def __or__(self, _other: object) -> "_Nothing":
        return self

    __ror__ = __or__

    def __bool__(self) -> bool:
        return False

    def __float__(self) -> float:
        raise NotImplementedError("this is not torch")

    __int__ = __index__ = __float__


def __getattr__(name: str) -> _Nothing:
    if name.startswith("__"):
        raise AttributeError(name)
    return _Nothing()
