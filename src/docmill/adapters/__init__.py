"""One module or package per external system, named after it; each translates its own errors in one place."""
