"""Words as they are indexed and asked for: folded alike on both sides, nothing that a query parser could mistake."""

import re
import unicodedata

LONGEST_QUERY = 200
MOST_WORDS = 12
_WORD = re.compile(r"[^\W_]+")


def folded(text: str) -> str:
    """Return a text in lower case without accents, as letters and digits separated by blanks."""
    return " ".join(words(text))


def words(text: str) -> list[str]:
    """Return the words of a text, folded."""
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    return _WORD.findall(bare.casefold())


def asked(text: str) -> list[str]:
    """Return the words of a person's query, at most a dozen."""
    return words(text[:LONGEST_QUERY])[:MOST_WORDS]


def fts5_query(asked_words: list[str]) -> str:
    """Return an FTS5 query for all words, each as a beginning (letters and digits only, quoted for good measure)."""
    return " ".join(f'"{word}"*' for word in asked_words)


def tsquery(asked_words: list[str]) -> str:
    """Return the same for PostgreSQL's `to_tsquery`."""
    return " & ".join(f"'{word}':*" for word in asked_words)
