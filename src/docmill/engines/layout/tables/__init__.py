"""Tables: a header row found by its words, columns under it, rows counted and cut.

They are cut where one ends and the next begins. ``find_table`` is the way in. It knows columns by the phrases
that it is given and no language itself.
"""

from docmill.engines.layout.tables.find import find_table
from docmill.engines.layout.tables.model import Cell, ColumnWords, Form, Table, TableRow, TableWords

__all__ = ["Cell", "ColumnWords", "Form", "Table", "TableRow", "TableWords", "find_table"]
