"""A Reading as bytes: what crosses from the child, and what is stored."""
