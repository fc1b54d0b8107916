"""Finding values, cheapest method first; ``layered`` puts the methods together."""
