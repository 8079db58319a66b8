"""Why a draft is not kept or not submitted. Nothing was changed then."""

from app.lifecycle.errors import Refused, SeenContentChanged


class DraftSubmitted(Refused):
    """Somebody works on a draft that has become a proposal in another window."""

    code, title = "draft_submitted", "Submitted already"

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"This draft was submitted from another window: it became {reference}."
            " Nothing was submitted twice or changed; read that proposal.",
            extra={"proposal": reference},
        )
        self.reference = reference


class DraftDiscarded(Refused):
    """Somebody works on a draft that was discarded in another window."""

    code, title = "draft_discarded", "Discarded already"

    def __init__(self) -> None:
        super().__init__("This draft was discarded in another window. Take it back there, or begin a new one.")


class DraftChangedElsewhere(SeenContentChanged):
    """Something else stands in a draft by now than the window shows."""

    code, title = "draft_changed", "This draft was changed in another window"


class TooManyDrafts(Refused):
    """A person has as many open drafts as anybody may have."""

    code, title = "too_many_drafts", "Too many drafts"

    def __init__(self, most: int) -> None:
        super().__init__(f"You have {most} open drafts, and no more are kept. Submit or discard one, then go on here.")


class TooLongToKeep(Refused):
    """More was typed into a field than is kept while it is typed."""

    code, status, title = "too_long_to_keep", 413, "Too long to keep"

    def __init__(self, what: str, most: int) -> None:
        super().__init__(
            f"{what} is longer than the {most:,} characters that are kept while they are typed. Check the lines: then"
            " they are kept as rows. Or bring them as a file."
        )
