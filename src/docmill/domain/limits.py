"""Every limit, once, with its unit last in its name.

`docs/limits.md` is made from the docstrings below the names.
"""

KIB = 1024
MIB = 1024 * KIB

# Documents
FILE_SIZE_BYTES_MAX = 50 * MIB
"""A file that is uploaded or unpacked. Code: file_too_large."""
PAGES_MAX = 2_000
"""Pages of one document. Code: too_many_pages."""
WORDS_MAX = 1_000_000
"""Words of one document, 500 on each of 2,000 pages: they are held in memory. Code: reader_limit."""
WORD_CHARS_MAX = 1_000
"""Characters of one word: what is longer is data, and is cut before patterns look at it."""
LINE_WORDS_MAX = 2_000
"""Words of one printed line in which values are looked for together; more become a line of their own."""
READING_CHARS_MAX = 100_000_000
"""Characters of all words of one document: they are held in memory. Code: reader_limit."""
PAGE_PIXELS_MAX = 50_000_000
"""Pixels of one picture or rendered page. Code: too_many_pixels."""
RENDER_PIXELS_MAX = 16_000_000
"""Pixels that a PDF page is rendered to at the most: larger pages get a smaller scale, not an error."""
RENDER_DPI = 200
"""Resolution at which a page without text is rendered for OCR; RapidOCR gains nothing above it."""
RENDER_DPI_MAX = 400
"""The highest resolution at which a page is drawn for people."""
JPEG_SCANS_MAX = 200
"""Passes of a progressive JPEG: cameras write about ten, bombs hundreds. Code: file_corrupt."""
ARCHIVE_MEMBERS_MAX = 1_000
"""Files in one archive or mail. Code: unpack_bomb."""
UNPACK_RATIO_MAX = 100
"""Unpacked bytes for one packed byte of an archive or office file. Code: unpack_bomb."""
UNPACK_SIZE_BYTES_MAX = 500 * MIB
"""Unpacked bytes of one archive or office file. Code: unpack_bomb."""
UNPACK_DEPTH_MAX = 3
"""Archives and mails within each other. Code: unpack_bomb."""
PACKAGE_PARTS_MAX = 10_000
"""Parts of an office file: text, pictures, slides. Code: unpack_bomb."""
PACKAGE_PART_BYTES_MAX = 100 * MIB
"""One unpacked part of an office file. Code: unpack_bomb."""
PACKAGE_ELEMENTS_MAX = 3_000_000
"""Elements of all XML that is read of one office file. Code: unpack_bomb."""
TABLE_CELLS_MAX = 200_000
"""Cells with something in them of one office file. Code: too_many_pages."""
TABLE_COLUMNS_MAX = 1_000
"""Columns of one table of an office file or web page. Code: too_many_pages."""
XML_DEPTH_MAX = 100
"""Nested elements of an XML file. Code: xml_forbidden."""
XML_ELEMENTS_MAX = 500_000
"""Elements and attributes of all XML in one document: about 20,000 invoice lines. Code: xml_forbidden."""
XML_NAME_CHARS_MAX = 1_000
"""The name of an XML element with its namespace. Code: xml_forbidden."""
XML_ATTRIBUTE_CHARS_MAX = 64 * KIB
"""One attribute of an XML element. Code: xml_forbidden."""
XML_TEXT_CHARS_MAX = 64 * KIB
"""Text of one XML element; longer text is a file that is packed into the XML, and is left out."""
PAGE_NAME_CHARS_MAX = 200
"""The name of a sheet or slide; longer ones are cut."""
PAGE_PATHS_MAX = 20_000
"""Shapes of one page that are asked whether they are lines; a page of more is a drawing."""
PAGE_PIECES_MAX = 20_000
"""Pieces of shapes of one page that are put together to lines."""
PAGE_STROKES_MAX = 2_000
"""Lines of one page that are kept, the longest ones."""
PAGE_CHECK_BOXES_MAX = 1_000
"""Check boxes of one page that are kept."""
TABLE_UNITS_MAX = 10_000
"""Rows times columns of one table that is found by its lines; more of them are graph paper."""
STRUCTURE_WORDS_MAX = 20_000
"""Words of one page up to which blocks, tables and pairs are looked for."""
ATTACHMENTS_MAX = 50
"""Attachments of one PDF that are looked at."""
ATTACHMENT_SIZE_BYTES_MAX = 10 * MIB
"""An attachment of a PDF; larger ones are not looked into."""
UNPACK_STEP_BYTES = 256 * KIB
"""What is unpacked at a time, and the size that every archive is taken to have for the ratio."""
ZIP_FOLDERS_PER_FILE_MAX = 20
"""Entries of a ZIP's directory for each file that it may have. Code: unpack_bomb."""
PACKED_STREAMS_MAX = 2_000
"""Streams one after the other in a gzip, bzip2 or xz file. Code: unpack_bomb."""
TAR_NOTE_BYTES_MAX = 64 * KIB
"""What a TAR notes about one file beside its header. Code: file_corrupt."""
MAIL_HEADER_BYTES_MAX = 1 * MIB
"""The header of a mail or of one of its parts. Code: file_corrupt."""
MAIL_HEADER_LINES_MAX = 5_000
"""Lines of such a header. Code: file_corrupt."""
MAIL_FIELD_CHARS_MAX = 8_000
"""Characters of one header field that are read."""
MAIL_DEPTH_MAX = 20
"""Parts of a mail within parts. Code: unpack_bomb."""
TEXT_PROBE_BYTES = 64 * 1024
"""The beginning of a text file that tells its kind and its encoding."""

# The child that opens untrusted bytes
CHILD_MEMORY_BYTES_MAX = 1024 * MIB
"""Address space that the child may add to what the zygote had. Code: reader_limit."""
CHILD_CPU_S_MAX = 300
"""CPU time of one child, for all pages of its document. Code: reader_limit."""
CHILD_FILES_MAX = 32
"""Files and sockets that the child may hold open."""
FRAME_SIZE_BYTES_MAX = 64 * MIB
"""One message from the child: a page of words; and one page of pixels or one file. Code: reader_crashed."""
CHILD_FIRST_PAGE_WALL_S_MAX = 8.0
"""Wall time until the child has read its first page. Code: reader_limit."""
CHILD_SET_WALL_S_MAX = 30.0
"""Wall time for each set of pages. Code: reader_limit."""
PAGES_PER_SET = 20
"""Pages that are read between two looks at the clock."""
CHILD_PAGE_WALL_S_MAX = 8.0
"""Wall time for one page, so that it does not eat up its set. Code: page_failed."""
CHILD_MESSAGES_MAX = 5_000
"""Messages of one child: its pages, members and attachments, each at its most. Code: reader_crashed."""
CHILD_RESTARTS_MAX = 5
"""Pages of one document that may bring their child down before it is given up. Code: reader_crashed."""
OCR_PAGE_WALL_S_MAX = 60.0
"""Wall time for the OCR of one page. Code: page_failed."""
OCR_PAGES_PER_PROCESS = 500
"""Pages after which an OCR process is replaced by a new one."""
OCR_MEMORY_BYTES_MAX = 2_500 * MIB
"""Resident memory at which an OCR process is replaced."""
ENGINE_IDLE_S = 30.0
"""Seconds without work after which OCR and embedding processes leave."""

# The flow
ATTEMPTS_MAX = 5
"""Tries of one message in one stage, answered by an error or by a death, before it is a dead letter."""
BACKOFF_FIRST_S = 0.5
"""Wait before the second try; each further one doubles it."""
BACKOFF_MAX_S = 60.0
"""The longest wait between two tries."""
LEASE_S = 30.0
"""A claim whose holder has not given a heartbeat for so long is taken by another worker."""
HEARTBEAT_S = 10.0
"""Interval of heartbeats."""
SEQUENCE_BATCH_EVENTS = 500
"""Journal rows that get their position in one transaction."""
STOP_WALL_S_MAX = 15.0
"""Seconds between SIGTERM and the last process gone."""
IDEMPOTENCY_KEY_HOURS = 24
"""How long an Idempotency-Key is remembered."""
IDEMPOTENCY_KEY_CHARS_MAX = 200
"""Length of an Idempotency-Key. Code: request_invalid."""
BLOB_GRACE_HOURS = 24
"""Age at which a blob that nothing refers to is collected."""
CLAIMS_KEPT_DAYS = 30
"""How long it is remembered that a stage has answered a message of a run that has ended."""
COLLECT_INTERVAL_S = 3_600.0
"""Pause between two rounds of collecting what nobody needs any more."""
COLLECT_FIRST_S = 60.0
"""Wait before the first round, so that a platform that has just been started does its work first."""
COLLECT_RECHECK_S = 60.0
"""Pause, more than SAVE_WALL_S_MAX, before it is asked again whether really nothing refers to a blob."""
COLLECT_BLOBS_MAX = 10_000
"""Blobs that one round collects; when there are more, the next round follows at once."""
COLLECT_ASKED_BLOBS = 500
"""Blobs whose references are looked up in one statement."""
FORGET_ROWS_MAX = 1_000
"""Rows of each kind that one transaction of the housekeeping deletes."""

# The API
PAGE_SIZE_DEFAULT = 50
"""Items of a list when `limit` is not given."""
PAGE_SIZE_MAX = 200
"""The largest `limit`. Code: request_invalid."""
VALUE_FILTERS_MAX = 20
"""Filters by extracted value in one request; planning 1,000 takes seconds. Code: request_invalid."""
UPLOAD_FILES_MAX = 100
"""Files in one request. Code: request_invalid."""
REQUEST_SIZE_BYTES_MAX = 500 * MIB
"""Bytes of one request. Code: file_too_large."""
FILE_NAME_CHARS_MAX = 255
"""Length of a file's name; longer ones are cut."""
WAIT_S_MAX = 60.0
"""The longest `Prefer: wait=`."""
RETRY_AFTER_S = 2
"""What 202 and 503 answer as Retry-After."""
EXPORT_ROWS_MAX = 100_000
"""Documents in one export; a longer one is cut off in a way that no client takes for the whole."""
JSON_BODY_BYTES_MAX = 1 * MIB
"""A type, a set of rules or a search sent as JSON. Code: file_too_large."""
JSON_DEPTH_MAX = 64
"""Objects and lists within each other in JSON that is sent. Code: request_invalid."""
FORM_FIELD_BYTES_MAX = 4 * KIB
"""A field of an upload form that is not a file. Code: request_invalid."""
BATCH_ID_CHARS_MAX = 100
"""Length of a batch id. Code: request_invalid."""
PREVIEW_DPI_DEFAULT = 100
"""Resolution of a page's picture when `dpi` is not given."""
PREVIEW_DPI_MAX = 300
"""The largest `dpi` of a page's picture. Code: request_invalid."""

# Rules
RULES_PER_TYPE_MAX = 200
"""Rules of one type. Code: rule_invalid."""
RULE_CHARS_MAX = 2_000
"""Length of one expression, table cell or message. Code: rule_invalid."""
RULE_TABLE_ROWS_MAX = 500
"""Rows of one decision table. Code: rule_invalid."""
RULE_LOOPS_MAX = 2
"""Loops (`map`, `filter`, `all` …) in one expression: each may run over every row of a list. Code:
rule_invalid."""
TYPES_CACHED_MAX = 256
"""Parsed versions of tenants' document types that a process keeps."""
SCHEMA_PARTS_MAX = 20_000
"""Parts of a type's JSON Schema with its references written out; larger ones keep them."""
CATALOGS_CACHED_MAX = 256
"""Tenants whose newest types and rules a worker process keeps, each until its catalog changes."""
RULE_SETS_CACHED_MAX = 256
"""Compiled rule sets that a process keeps."""
BLOCKERS_PER_RULE_MAX = 20
"""Blockers that one rule or the schema gives for one document; the last one says that there are more."""
CONFIDENCE_MIN = 0.5
"""Confidence below which a required field blocks, unless its annotation has a ``confidence_min`` (0 to 1)."""

# The CLI
CLIENT_FIRST_PATIENCE_S = 5.0
"""How long a command tries to reach an API that has not answered it yet."""
CLIENT_PATIENCE_S = 300.0
"""How long a command repeats a request to an API that has answered before: it is being restarted."""
CLIENT_TIMEOUT_S = 120.0
"""How long a command waits for one answer."""
UPLOADS_AT_ONCE = 4
"""Files that `docmill submit` uploads at the same time."""
WATCH_PAUSE_S = 0.5
"""Pause between two looks of `docmill submit --watch`."""

# Search
CHUNK_WORDS = 120
"""Words of one chunk."""
CHUNK_OVERLAP_WORDS = 20
"""Words that a chunk shares with the one before it."""
CHUNKS_PER_DOCUMENT_MAX = 4_000
"""Chunks of one document that are indexed; the first pages win."""
EMBED_TOKENS_MAX = 256
"""Tokens of a chunk that the embedding model sees."""
EMBED_TEXTS_PER_CALL = 64
"""Texts that go to the embedding process at once; between two calls another document may have its turn."""
EMBED_CALL_WALL_S_MAX = 120.0
"""Wall time of one such call, after which the process is taken for dead and replaced."""
TERM_CHARS_MAX = 64
"""Length of a word in full-text search; longer ones are not looked for."""
PREFIX_CHARS_MIN = 4
"""Length from which a word of a query also finds the words that begin with it."""
SEARCH_DEPTH = 100
"""Chunks that each of the two searches brings into the fusion, at least."""
SEARCH_RANKED_CHUNKS_MAX = 2_000
"""Chunks that match the words of a query and are ranked; of more, any so many."""
SEARCH_EXACT_CHUNKS_MAX = 20_000
"""Chunks of a tenant up to which all are compared with the query (about 25 ms); above it the approximate
index is asked."""
SEARCH_SCANNED_CHUNKS_MAX = 50_000
"""Chunks, other tenants' included, that the approximate index looks at before the exact scan takes over."""
SEARCH_HITS_MAX = 100
"""Hits of one search."""
SEARCH_SIMILARITY_MIN = 0.3
"""Cosine of query and chunk below which meaning alone makes no hit. Measured with the shipped model on 67
chunks of the example pile: the best chunk of 10 queries about something else had 0.09 to 0.29, that of 10
fitting ones 0.23 to 0.62."""
SEARCH_HITS_PER_DOCUMENT = 3
"""Hits of one document in a search that does not ask for more."""
QUERY_CHARS_MAX = 400
"""Length of a search. Code: request_invalid."""

# The platform's processes
BLOBS_AT_ONCE = 8
"""Members of an archive that are written to the blob store at the same time."""
MESSAGES_AT_ONCE = 4
"""Messages that one worker process has in hand: while one waits for a child or the database, another
computes."""
OUTAGE_RETRY_S = 3.0
"""Wait before a message is tried again that failed because a disk is full or a server is away; not counted
as a try."""
SAVE_WALL_S_MAX = 25.0
"""How long an answer is kept for a database that is away, before the claim's lease ends anyway."""
CONFLICT_RETRIES_MAX = 5
"""How often a stage is asked again at once because the run changed under its hands."""
IDLE_POLL_S = 1.0
"""Interval at which an idle worker looks for work that no notification announces: ended leases and
backoffs."""
READING_BYTES_PER_WORD = 32
"""What a word takes in an encoded reading, about."""
INLINE_READING_BYTES_MAX = 24 * 1024
"""Encoded readings up to which a stage computes in the event loop: three pages, or 30 ms."""
TAKE_GATHER_S = 0.01
"""Pause of a busy worker between the end of a message and the next take, to take several."""
FOLLOW_BATCH_EVENTS = 500
"""Journal rows that a following stage reads at a time."""
DRAIN_WALL_S_MAX = 6.0
"""How long a worker that was told to stop goes on with the messages in hand; what is left is given back."""
RESTART_FIRST_S = 0.1
"""Wait before a process that died is started again; doubled each time that it dies soon after."""
RESTART_MAX_S = 5.0
"""The longest wait before a process that died is started again."""
WORKERS_MAX = 16
"""Worker processes of one `docmill up`."""

# PostgreSQL
SOCKET_PATH_BYTES_MAX = 107
"""Length of a Unix socket's path, as the kernel allows it; longer ones move to a short private folder."""
DATABASE_CONNECTIONS_MAX = 100
"""Connections to the embedded database, over all processes."""
DATABASE_POOL_CONNECTIONS_MAX = 5
"""Connections of one process for its work; one more listens for new work."""
DATABASE_CONNECT_S_MAX = 5.0
"""Wait for a connection. Code: unavailable."""
DATABASE_STATEMENT_S_MAX = 30.0
"""Run time of one statement. Code: unavailable."""
DATABASE_START_WALL_S_MAX = 60.0
"""Wait for the embedded database to start, recovery after a crash included. Code: unavailable."""
DATABASE_STOP_WALL_S_MAX = 5.0
"""Wait for the embedded database to obey each of: stop, stop at once, SIGKILL."""
DATABASE_LOG_BYTES_MAX = 10 * MIB
"""Size at which the embedded database's log is put aside when it starts."""
DATABASE_TRIES_MAX = 3
"""Tries of a statement that loses a deadlock or a serialization race. Code: unavailable."""
FIELD_VALUE_CHARS_MAX = 400
"""Characters of an extracted value that filters compare."""
FIELD_PATH_CHARS_MAX = 200
"""Length of a path that can be filtered by."""
EXPORT_PAGE_DOCUMENTS = 20
"""Documents that an export holds in memory at a time."""
KEY_CACHE_S = 5.0
"""How long a process may go on accepting a key that was revoked elsewhere."""
KEY_CACHE_ENTRIES_MAX = 10_000
"""Keys that a process remembers."""

# What `docmill doctor` warns about
DISK_FREE_BYTES_LOW = 2_048 * MIB
"""Free disk space below which the doctor warns."""
MEMORY_BYTES_LOW = 3_500 * MIB
"""Memory below which the doctor warns."""
REQUESTS_DRAIN_WALL_S_MAX = 5
"""How long the API goes on with requests that were begun when it was told to stop."""
OUTAGE_TOLD_S = 60.0
"""Interval at which a process logs that the same server still does not answer."""
BLOB_READ_AT_ONCE_BYTES_MAX = 256 * 1024
"""Local blobs up to which the event loop reads them itself."""
BLOB_PROBE_BYTES = 64 * KIB
"""What `/health/ready` writes to a local blob store, and deletes, to know that uploads can be stored."""
HEALTH_WALL_S_MAX = 2.0
"""How long `docmill doctor` waits for whoever listens on the API's port."""
STOP_CHILDREN_WALL_S_MAX = 9.0
"""How long `docmill up` waits for its processes before it kills them; the database stops after them."""
LOOK_S = 0.2
"""Interval at which `docmill up` looks whether the database still runs."""
WORKER_CONNECTIONS_MAX = 3
"""Database connections of one worker process, beside the one that hears of new work."""
API_CONNECTIONS_MAX = 8
"""Database connections of the API process."""
EMBED_NICENESS = 10
"""Niceness of the engine that makes vectors for the index, so that it only gets what nobody else needs."""
COMPARED_WORDS_MAX = 2_000
"""Words of one document's values that are compared with the picture of their page; the first ones."""
COMPARED_CHARS_MAX = 64
"""Characters of a word that are compared with its picture."""
COMPARED_BY_OCR_MAX = 40
"""Doubtful words of one document that OCR is asked about; the others stay unsure."""
