"""Documents to try docmill with, and the demo that does."""
