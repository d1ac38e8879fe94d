"""Every sentence the reading of rosters can say, by code. English ids with named placeholders, for translation."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext


def gettext_noop(message: str) -> str:
    """Mark a sentence for extraction. Unlike Django's own it needs no settings, so reading works without a project."""
    return message


class RosterFileError(Exception):
    """A file that cannot be read as a roster, with the sentence that says why and what to do next.

    `code` names the reason, `message` is the English id, `params` its placeholders.
    """

    def __init__(self, code: str, params: Mapping[str, object] | None = None) -> None:
        self.code = code
        self.message = FILE_ERRORS[code]
        self.params = dict(params or {})
        super().__init__(self.message % self.params)

    def sentence(self) -> str:
        """The sentence in the language now active."""
        return gettext(self.message) % self.params


FILE_ERRORS: dict[str, str] = {
    "empty_file": gettext_noop("The file is empty. Open it once more on your computer, save it and upload it again."),
    "too_large": gettext_noop(
        "The file is larger than %(limit)s MB. Remove pictures and sheets that are not the roster, or split it."
    ),
    "damaged": gettext_noop("The file is damaged. Open it in Excel, save it again as .xlsx and upload that."),
    "unpacks_too_large": gettext_noop(
        "Unpacked, the file is far larger than a roster ever is. Copy the table into a new workbook and upload that."
    ),
    "too_many_parts": gettext_noop(
        "The file holds too many parts for a roster. Copy the table into a new workbook and upload that."
    ),
    "macros": gettext_noop("The file holds macros (small programs). Save it as .xlsx without macros and upload that."),
    "external_links": gettext_noop(
        "The file is linked to other files. In Excel choose Data, Edit Links, Break Link, then save and upload again."
    ),
    "embedded_objects": gettext_noop(
        "The file holds embedded objects or controls. Copy only the table into a new workbook and upload that."
    ),
    "encrypted": gettext_noop("The file is locked with a password. Save it without a password and upload it again."),
    "html": gettext_noop(
        "This is a web page with the name of an Excel file. Open it in Excel, choose Save As .xlsx and upload that."
    ),
    "not_spreadsheet": gettext_noop(
        "This is not a spreadsheet but %(kind)s. Upload the roster as .xlsx, .xls, .ods or .csv."
    ),
    "binary_workbook": gettext_noop(
        "Files of the kind .xlsb are not read. In Excel choose Save As .xlsx and upload that."
    ),
    "unknown_kind": gettext_noop("The kind of file is not known. Upload the roster as .xlsx, .xls, .ods or .csv."),
    "too_slow": gettext_noop(
        "Reading the file took too long. Copy only the table into a new workbook, without formatting, and upload that."
    ),
    "too_much_memory": gettext_noop(
        "The file needs too much memory. A cell far below or far to the right of the table may be filled: "
        "copy only the table into a new workbook and upload that."
    ),
    "unreadable": gettext_noop("The file could not be read. Open it in Excel, save it again as .xlsx and upload that."),
    "too_many_rows": gettext_noop(
        "Sheet “%(sheet)s” has more than %(limit)s rows. Remove what is not the roster, or split the file."
    ),
    "too_many_columns": gettext_noop(
        "Sheet “%(sheet)s” has more than %(limit)s columns. Remove the columns that are not the roster."
    ),
    "too_many_sheets": gettext_noop("The file has more than %(limit)s sheets. Upload the sheets of the roster only."),
    "no_rows": gettext_noop("There is nothing in the file. Choose the file that holds the roster."),
    "no_header": gettext_noop(
        "No row with column headings was found in the first %(limit)s rows of sheet “%(sheet)s”. "
        "The headings must name at least the full name and one more column, such as address or telephone."
    ),
    "no_name_column": gettext_noop("No column is chosen for the full name. Choose it, then go on."),
    "bad_mapping": gettext_noop("The choice of columns does not fit this file. Choose the columns again."),
    "no_officers": gettext_noop("Sheet “%(sheet)s” has no columns for the neighbourhood and the area officer."),
    "no_members": gettext_noop("Sheet “%(sheet)s” has no column with the members' display names."),
}

# What a file turned out to be; shown inside "not_spreadsheet".
FILE_KINDS: dict[str, str] = {
    "pdf": gettext_noop("a PDF document"),
    "picture": gettext_noop("a picture"),
    "word": gettext_noop("a Word document"),
    "slides": gettext_noop("a presentation"),
    "archive": gettext_noop("an archive of files"),
    "program": gettext_noop("a program"),
}

# Problems of single cells and rows. A refused row is not imported; a warning says what of a row is not kept.
ROW_PROBLEMS: dict[str, str] = {
    "name_missing": gettext_noop("The name is missing."),
    "name_unusable": gettext_noop("“%(value)s” is not a name."),
    "neighbourhood_missing": gettext_noop("The row names no neighbourhood."),
    "birth_impossible": gettext_noop("“%(value)s” is not a possible year of birth (%(first)s to %(last)s)."),
    "no_household": gettext_noop("The person stands above the first household of the list."),
    "duplicate_row": gettext_noop("The same person stands in row %(first)s already."),
    "birth_unreadable": gettext_noop("“%(value)s” cannot be read as a year of birth; the year is not kept."),
    "phone_no_digits": gettext_noop("“%(value)s” is not a telephone number; the telephone is not kept."),
    "phone_length": gettext_noop("“%(value)s” has too few or too many digits; the telephone is not kept."),
    "phone_prefix": gettext_noop("“%(value)s” does not begin like a Vietnamese number; the telephone is not kept."),
    "phone_rounded": gettext_noop(
        "“%(value)s” was rounded by the spreadsheet; the telephone is not kept. Format the column as text."
    ),
    "second_number": gettext_noop("Two telephone numbers in one cell; the first is kept."),
    "landline": gettext_noop("“%(value)s” is a landline; it can be called but has no Zalo."),
    "old_prefix_converted": gettext_noop("“%(value)s” has a prefix from before 2018; the new prefix is used."),
    "tick_unreadable": gettext_noop("“%(value)s” is neither a tick nor a “no”; it is read as not known."),
    "role_unknown": gettext_noop("“%(value)s” is not a role the portal keeps; it is left out."),
    "role_of_child": gettext_noop(
        "The person is under 16 and is counted without a name, so the role is not kept. Is the year of birth right?"
    ),
    "note_not_kept": gettext_noop("The note is not kept: it names no reason from the list."),
    "text_shortened": gettext_noop("“%(value)s” is too long and was shortened."),
    "footer_differs": gettext_noop("The file itself states %(stated)s households, but %(counted)s were read."),
    "footer_people_differ": gettext_noop("The file itself states %(stated)s people, but %(counted)s were read."),
    "second_head": gettext_noop("The household has a head in row %(first)s already; this person is kept as a member."),
    "officer_missing": gettext_noop("The row names no area officer."),
    "date_unreadable": gettext_noop("“%(value)s” is not a date; it is left out."),
    "neighbourhood_twice": gettext_noop("The neighbourhood stands in row %(first)s already."),
    "display_name_missing": gettext_noop("The display name is missing."),
}

# Why a row of the sheet is not data.
IGNORED_ROWS: dict[str, str] = {
    "title": gettext_noop("title above the headings"),
    "header": gettext_noop("column headings"),
    "repeated_header": gettext_noop("column headings repeated"),
    "column_numbers": gettext_noop("numbers of the columns"),
    "blank": gettext_noop("empty row"),
    "section": gettext_noop("heading of a section"),
    "total": gettext_noop("total"),
    "signature": gettext_noop("place, date or signature below the list"),
}

# Reasons a note may stand for; every other note is dropped.
NOTE_REASONS: dict[str, str] = {
    "no_smartphone": gettext_noop("no smartphone"),
    "no_zalo": gettext_noop("does not use Zalo"),
    "declines": gettext_noop("does not wish to join"),
    "moved": gettext_noop("has moved away"),
    "deceased": gettext_noop("deceased"),
    "empty_house": gettext_noop("house stands empty"),
    "away": gettext_noop("away for long"),
}
