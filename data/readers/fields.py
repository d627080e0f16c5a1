"""Builds articles out of bare texts and of rows with named fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from data.language import foreign_language
from data.readers.source import ArticleFile, ReadOptions
from data.schema import Article, Rejection

FIELDS = ("id", "title", "text", "published", "date", "url")
EXPECTED = "text, and where known title, published (or date), url, id"


def article_from_text(text: str, article_id: str) -> Article:
    """Builds an article from bare text, whose first line that is not blank is the title; CRLF becomes LF."""
    text = _with_plain_ends(text)
    title = next((line.strip() for line in text.split("\n") if line.strip()), None)
    return Article(id=article_id, text=text, title=title)


def article_from_fields(row: Mapping[str, object], default_id: str) -> Article:
    """Builds an article from `id?, title?, text, published?` (or `date`)`, url?`.

    The article's text is the title, a blank line and the body; CRLF becomes LF.

    Raises:
        ValueError: If there is no text, or a field is not a string.
    """
    fields = {name: row.get(name) for name in FIELDS}
    if isinstance(fields["id"], int):
        fields["id"] = str(fields["id"])
    for name, value in fields.items():
        if value is not None and not isinstance(value, str):
            raise ValueError(f"expected {name} to be a string, found {type(value).__name__}")
        if value and not is_unicode(value):
            raise ValueError(f"{name} holds half a surrogate pair, which is no character")
        if value and "\x00" in value:
            raise ValueError(f"{name} holds a NUL character")
    body = _with_plain_ends(str(fields["text"] or ""))
    if not body.strip():
        raise ValueError("no text")
    title = _with_plain_ends(str(fields["title"])).strip() if fields["title"] else None
    published = fields["published"] or fields["date"]
    return Article(
        id=str(fields["id"] or default_id),
        text=f"{title}\n\n{body}" if title else body,
        title=title,
        published=str(published) if published else None,
        url=str(fields["url"]) if fields["url"] else None,
    )


def article_of_row(
    row: Mapping[str, object], file: ArticleFile, options: ReadOptions, number: int | None, line: int | None = None
) -> Article | Rejection:
    """Builds an article from a row of a file, or says why it cannot.

    Args:
        row: The row, by column.
        file: The file.
        options: Which column holds which field.
        number: The row's number in the file, from 1; None where the file is one article.
        line: The row's line, where the file has lines.
    """
    fields = {name: _plain(row.get(column)) for name, column in columns_of(options).items()}
    default = file.name if number is None else f"{file.name}#{number}"
    try:
        article = article_from_fields(fields, default)
    except ValueError as error:
        return Rejection(file.name, str(error), f"give each article {EXPECTED}", line or number)
    return checked(article, file, options, line or number)


def checked(article: Article, file: ArticleFile, options: ReadOptions, line: int | None = None) -> Article | Rejection:
    """Returns an article, or why it cannot be scored: its length or its language."""
    which = "" if article.id == file.name else f"article {article.id}: "
    if len(article.text) > options.characters:
        reason = f"{which}{len(article.text)} characters, and the limit is {options.characters}"
        return Rejection(file.name, reason, "split it, or raise --max-characters", line)
    if options.languages and (foreign := foreign_language(article.text, options.languages)):
        reason = f"{which}the language is {foreign[0]} ({foreign[1]:.0%} sure), and the model reads English"
        return Rejection(file.name, reason, "leave it out, or translate it; --any-language scores it as it is", line)
    return article


def columns_of(options: ReadOptions) -> dict[str, str]:
    """Returns the column that holds each field."""
    return {name: options.columns.get(name, name) for name in FIELDS}


def missing_text(file: ArticleFile, options: ReadOptions, columns: Iterator[str] | list[str]) -> Rejection:
    """Says that a table has no column of texts."""
    expected = columns_of(options)["text"]
    reason = f"expected a column named {expected}, found {', '.join(columns) or 'none'}"
    return Rejection(file.name, reason, f"name the columns {EXPECTED}", 1)


def is_unicode(text: str) -> bool:
    """Tells whether a string can be written as UTF-8; JSON escapes can hold half a surrogate pair."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _with_plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n")


def _plain(value: object) -> object:
    """Turns a date into its ISO form."""
    return value.isoformat() if isinstance(value, date) else value
