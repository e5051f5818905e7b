"""What a read finds: columns instead of objects."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Row

Columns = Row[*tuple[Any, ...]]
"""One row found: its columns by place and by name."""


Rows = Sequence[Columns]
