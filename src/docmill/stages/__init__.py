"""The stages of the flow (read `flow.py` first) and the runner that alone claims, saves and retries."""
