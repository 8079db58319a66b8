"""What shops, programs and languages call the columns of a price list, the surest names first."""

import re
import unicodedata
from typing import Final

from app.intake.numbers import SIGNS, currency_of, is_currency
from app.words.money import EXPONENTS

_MARKS = re.compile(r"[\s_\-./()\[\]{}:#*\"'’]+")


def plain(text: str) -> str:
    """Return a heading without case, accents and punctuation."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(_MARKS.sub(" ", bare.casefold().replace("ß", "ss")).split())


def _names(*lines: str) -> frozenset[str]:
    return frozenset(plain(name) for line in lines for name in line.split("|"))


SKU: Final = (
    _names("sku"),
    _names(
        "product sku|item sku|sku code|sku number|sku no|variant sku|seller sku|merchant sku|article|article number",
        "article no|article code|item code|item number|item no|product code|product number|product no|stock code",
        "artikel|artikelnummer|artikel nr|artikelnr|art nr|artnr|materialnummer|produktnummer",
        "code article|reference article|reference produit|codigo de articulo|codigo articulo|codigo do produto",
        "codice articolo|codice prodotto|artikelcode|kod produktu|indeks|varenummer|varenr|artnr|tuotenumero",
        "kod zbozi|stok kodu|urun kodu|артикул|код товара|品番|商品コード|商品编码|货号|商品货号|상품코드",
    ),
    _names("id|code|ref|reference|referencia|codigo|codice|référence|kod|nummer|material"),
)
PRICE: Final = (
    _names(
        "new price|proposed price|price new|target price|new retail price|new selling price|new_price|newprice",
        "neuer preis|preis neu|vk neu|neuer vk|nouveau prix|prix nouveau|nuevo precio|precio nuevo|nuovo prezzo",
        "prezzo nuovo|novo preco|preco novo|nieuwe prijs|nowa cena|nytt pris|ny pris|uusi hinta|nova cena|yeni fiyat",
        "новая цена|新価格|新价格|새 가격",
    ),
    _names(
        "price|unit price|retail price|selling price|sales price|sale price|regular price|variant price|list price",
        "preis|vk|vk preis|verkaufspreis|listenpreis|endpreis|brutto vk|uvp|prix|prix de vente|prix ttc|precio|pvp",
        "precio de venta|prezzo|prezzo di vendita|preco|preco de venda|prijs|verkoopprijs|cena|cena sprzedazy|pris",
        "hinta|fiyat|satis fiyati|цена|価格|売価|价格|售价|가격",
    ),
)
PERCENT: Final = _names(
    "change %|% change|change in %|percent|percentage|pct|pct change|increase %|delta %|%",
    "anderung %|anderung in %|erhohung %|prozent|variation %|variacion %|variazione %|изменение %",
)
CHANGE: Final = PERCENT | _names(
    "change|increase|anderung|veranderung|erhohung|variation|hausse|variacion|variazione|variacao|wijziging|zmiana",
    "andring",
)
"""Those of them that are not in `PERCENT` may be changes in percent, or in money."""
CURRENCY: Final = _names(
    "currency|currency code|price currency|currency iso|iso currency|ccy|curr",
    "wahrung|waehrung|devise|moneda|valuta|moeda|waluta|валюта|通貨|货币",
)
TOTAL: Final = _names(
    "total|totals|sum|grand total|subtotal|sub total|summe|gesamt|gesamtsumme|zwischensumme|somme|sous total",
    "total general",
    "suma|totale|totaal|razem|summa|toplam|итого|合計|合计|总计",
)


def money_of(heading: str) -> tuple[str, str]:
    """Return a heading without the currency in it, and that currency: `Price (EUR)` is a price in EUR."""
    words = [word for word in re.split(r"[\s_()\[\]/:]+", heading) if word]
    beside = [word for n, word in enumerate(words) if _is_money(word, last=n == len(words) - 1)]
    if len(beside) != 1 or len(words) == 1:
        return plain(heading), ""
    bare = " ".join(word for word in words if word != beside[0] and word.casefold() != "in")
    return plain(bare), currency_of(beside[0])


_WORDS: Final = frozenset({"all", "cup", "mad", "pen", "top", "try"})
"""What is a word as well as the code of a currency."""


def _is_money(word: str, *, last: bool) -> bool:
    """Tell whether a word of a heading is a currency; in small letters it is one at the end only."""
    if word in SIGNS or (word in EXPONENTS and word.isupper()):
        return True
    return last and word.casefold() not in _WORDS and is_currency(currency_of(word))
