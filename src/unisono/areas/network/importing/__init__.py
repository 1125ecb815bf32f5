"""Import of member files: from a CSV or XLSX file to records, previewed, decided, applied at once, undoable.

A batch goes through four steps: the file is read (`start_import`), its columns are mapped (`set_mapping`, which
queues the check), doubtful rows are decided and wrong ones mended (`decide_row`, `decide_rows`, `fix_row`), and all
of it is written in one transaction (`apply_import`). A check without an apply is the dry run.
"""

from unisono.areas.network.importing.actions import (
    apply_import,
    decide_row,
    decide_rows,
    fix_row,
    read_again,
    remove_import,
    set_mapping,
    start_import,
    undo_import,
)
from unisono.areas.network.importing.queries import (
    LaterEdit,
    batches_of,
    counts_of,
    get_batch,
    job_of,
    later_edits_of,
    new_people_in,
    row_of,
    rows_numbered,
    rows_of,
    wrong_rows_csv,
)
from unisono.areas.network.importing.row_kinds import label_of_rows
from unisono.areas.network.importing.suggestions import (
    ColumnSuggestion,
    Suggestion,
    preview,
    suggested_columns,
    suggested_mapping,
    targets_of,
)

__all__ = [
    "ColumnSuggestion",
    "LaterEdit",
    "Suggestion",
    "apply_import",
    "batches_of",
    "counts_of",
    "decide_row",
    "decide_rows",
    "fix_row",
    "get_batch",
    "job_of",
    "label_of_rows",
    "later_edits_of",
    "new_people_in",
    "preview",
    "read_again",
    "remove_import",
    "row_of",
    "rows_numbered",
    "rows_of",
    "set_mapping",
    "start_import",
    "suggested_columns",
    "suggested_mapping",
    "targets_of",
    "undo_import",
    "wrong_rows_csv",
]
