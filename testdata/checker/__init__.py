"""A second reader of docs/format.md §10–§12: decides about one bundle under one policy."""
