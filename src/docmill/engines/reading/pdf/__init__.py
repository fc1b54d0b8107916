"""PDF through PDFium: characters to words, which of them nobody sees, and pages that need OCR."""
