"""Owns what can go wrong with an import as a whole; what is wrong with a line goes into its report instead."""

from marketplace.kernel.errors import DomainError


class FileUnreadable(DomainError):
    """The file cannot be read"""

    status = 422
    code = "file-unreadable"
    message = "{name} cannot be read: {reason}. It takes CSV, XLSX or JSON lines (.jsonl), one product a line; JSON lines may be gzipped (.jsonl.gz)."


class ImportRunning(DomainError):
    """This file is being imported already"""

    status = 409
    code = "import-running"
    message = "Another process is importing {name} just now; wait until it has finished."


class NothingToApply(DomainError):
    """The file changes nothing"""

    status = 409
    code = "nothing-to-apply"
    message = "Every product stands as the file says; there is nothing to apply."
