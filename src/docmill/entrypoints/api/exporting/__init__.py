"""Documents as CSV, XLSX and JSON lines, streamed."""
