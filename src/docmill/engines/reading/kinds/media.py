"""Media types of the files that docmill knows, and which of them are alike."""

PDF = "application/pdf"
JPEG = "image/jpeg"
PNG = "image/png"
TIFF = "image/tiff"
XML = "application/xml"
ZIP = "application/zip"
TAR = "application/x-tar"
GZIP = "application/gzip"
BZIP2 = "application/x-bzip2"
XZ = "application/x-xz"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
RTF = "application/rtf"
EML = "message/rfc822"
MSG = "application/vnd.ms-outlook"
HTML = "text/html"
CSV = "text/csv"
TEXT = "text/plain"
WEBP = "image/webp"
HEIC = "image/heic"
AVIF = "image/avif"
LOCKED = "application/x-ole-storage; encrypted"  # an office file that needs a password to be told further
UNKNOWN = "application/octet-stream"

PICTURES = (JPEG, PNG, TIFF, WEBP, AVIF)
OFFICE = (DOCX, XLSX, PPTX, ODT, RTF)
MAILS = (EML, MSG)
PACKED = (GZIP, BZIP2, XZ)
ARCHIVES = (ZIP, TAR, *PACKED)
MARKUP = (HTML, CSV, TEXT)
