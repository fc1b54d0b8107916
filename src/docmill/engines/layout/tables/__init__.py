"""Tables: a header row found by its words, columns under it, rows counted and cut.

They are cut where one ends and the next begins. ``find_table`` is the way in where only words and their
places are known, ``celled_table`` where the cells are. It knows columns by the phrases
that it is given and no language itself.
"""

from docmill.engines.layout.tables.celled import celled_table
from docmill.engines.layout.tables.find import find_table
from docmill.engines.layout.tables.model import Cell, ColumnWords, Form, Table, TableRow, TableWords

__all__ = ["Cell", "ColumnWords", "Form", "Table", "TableRow", "TableWords", "celled_table", "find_table"]
