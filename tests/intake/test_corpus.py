"""Files as people really have them: the reading, or the refusal, that stands beside each in the corpus.

A file `x.csv` has its expectation in `x.csv.json`: how it is read and what of each row, or why it is refused and which
readings are offered. `pasted-….txt` are texts for the paste field, and in `product-….csv` every SKU is a product's.
"""

import json
from pathlib import Path

import pytest

from app.intake.price_file import Read, no_products, read_file, read_typed
from app.intake.unreadable import UnreadableFile

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(file for file in CORPUS.iterdir() if file.suffix != ".json")


_COUNTS = ("titles", "totals", "empty", "hidden", "unseen", "other_sheets", "hidden_sheets")


def reading_of(file: Path) -> dict[str, object]:
    try:
        if file.name.startswith("pasted-"):
            return _told(read_typed(file.read_text(), []))
        products = frozenset if file.name.startswith("product-") else no_products
        return _told(read_file(file.read_bytes(), products=products))
    except UnreadableFile as refused:
        offered = [f"{way['setting']}={way['value']}" for way in refused.extra.get("readings", ())]
        return {"refused": refused.code, "says": refused.detail, "offers": offered}


def _told(read: Read) -> dict[str, object]:
    how = read.reading
    counted = {name: getattr(how, name) for name in _COUNTS if getattr(how, name)}
    counted = {name: list(said) if isinstance(said, tuple) else said for name, said in counted.items()}
    columns = f"{how.headings[how.sku]} | {how.headings[how.price]}{' (change)' if how.change else ''}"
    rows = [
        [row.row, row.sku, row.defect or row.doubt or f"{row.value or f'no number: {row.price}'}"]
        + [f"{name}: {said}" for name, said in (("currency", row.currency), ("holds", row.held)) if said]
        for row in read.rows
    ]
    return {
        "sheet": how.sheet, "delimiter": how.delimiter, "decimal": how.decimal, "heading": how.heading,
        "columns": columns, **counted, "rows": rows,
    }  # fmt: skip


def test_there_are_eighty_files_and_each_has_its_expectation() -> None:
    assert len(FILES) >= 80
    assert {f"{file.name}.json" for file in FILES} == {file.name for file in CORPUS.glob("*.json")}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_of_the_corpus_is_read_as_it_says_or_refused(file: Path) -> None:
    assert reading_of(file) == json.loads((CORPUS / f"{file.name}.json").read_text())
