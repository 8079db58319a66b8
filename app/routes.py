"""Where every page lives. Links are made here, so a moved page is one line."""

from urllib.parse import urlencode

HOME = "/"
SIGN_IN = "/sign-in"
APPROVALS = "/approvals"
PROPOSALS = "/proposals"
NEW_PROPOSAL = "/proposals/new"
PROPOSAL = "/proposals/[reference]"
PROPAGATION = "/propagation"
CALENDAR = "/calendar"
PRICES = "/prices"
RULES = "/rules"
AUDIT = "/audit"
PEOPLE = "/people"
ACCOUNT = "/account"


def proposal(reference: str) -> str:
    """Return the address of one proposal's passport."""
    return f"/proposals/{reference}"


def product(sku: str) -> str:
    """Return the address of one product among the prices; a SKU may hold any sign, so it is encoded."""
    return with_query(PRICES, sku=sku)


def with_query(path: str, **parameters: str | None) -> str:
    """Return `path` with the parameters that have a value as its query string."""
    kept = {name: value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path
