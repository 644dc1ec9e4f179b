"""Edits and the libcst transformers that carry them out; nothing here decides what should change."""
