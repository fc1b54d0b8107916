"""Pictures: decoded, upright, with the lines and boxes that are drawn on them."""
