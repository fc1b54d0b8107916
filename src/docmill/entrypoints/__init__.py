"""Where processes start: the API, the workers, the embedded platform and the command line."""
