"""docmill turns piles of documents into validated JSON, for many tenants at once."""

__version__ = "0.1.0"
