"""What pages of every kind share: words on lines, pieces joined to strokes, boxes to tick."""
