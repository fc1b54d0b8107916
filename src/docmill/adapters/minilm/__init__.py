"""Embeddings by MiniLM in a process of its own, so that whoever asks stays small."""

from docmill.adapters.minilm.embedder import MiniLmEmbedder

__all__ = ["MiniLmEmbedder"]
