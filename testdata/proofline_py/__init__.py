"""Primitives that the generator and the checker share: JSON, hashes, tree, note, DER.

Nothing here knows what a bundle is; nothing here decides.
"""
