"""What can be refused about imports."""

from dataclasses import dataclass

from stockflow.foundation.errors import Conflict, FieldError, Invalid, NotFound


@dataclass(frozen=True, slots=True)
class RowError(FieldError):
    """What is wrong with a row; `row` counts as a spreadsheet does, the header being row 1."""

    row: int
    column: str | None


def row_error(row: int, column: str | None, detail: str) -> RowError:
    """An error whose pointer names row and column, too."""
    return RowError(f"/rows/{row}/{column}" if column else f"/rows/{row}", detail, row, column)


class FileUnreadable(Invalid):
    """The file cannot be read as CSV in UTF-8 or as an XLSX workbook."""

    code = "file-unreadable"
    title = "The file cannot be read"


class ColumnsRefused(Invalid):
    """The columns of the file are not those of this kind of import."""

    code = "import-columns"
    title = "The columns do not fit"


class ImportRefused(Invalid):
    """Some rows cannot be imported, so none was; `errors` names row and column of each."""

    code = "import-refused"
    title = "Rows cannot be imported"


class ImportNotFound(NotFound):
    """There is no such import in this company."""

    code = "import-not-found"
    title = "Import not found"


class ImportedMeanwhile(Conflict):
    """The same rows have been imported meanwhile."""

    code = "imported-meanwhile"
    title = "Imported meanwhile"
    constraint = "imports_company_id_kind_digest_key"


class UploadNotFound(NotFound):
    """There is no such upload of yours: it may have been imported, discarded or given up after a day."""

    code = "upload-not-found"
    title = "Upload not found"


class UploadNotReady(Conflict):
    """The upload is not where this can be done: it is being worked on, not yet checked, or imported."""

    code = "upload-not-ready"
    title = "Not now"


class TooManyUploads(Conflict):
    """There are as many uploads as a company may have; import or discard one first."""

    code = "too-many-uploads"
    title = "Too many uploads"
