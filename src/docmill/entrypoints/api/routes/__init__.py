"""Routes by resource, one module each, all with a `router`."""
