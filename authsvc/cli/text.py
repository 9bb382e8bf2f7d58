"""Text that is safe to show: no control characters that could drive a terminal, and never a token."""

import re
import unicodedata

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})

# The header of a JWT is a JSON object, so its text begins with the base64url of '{"', which is "eyJ".
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}(?:[.=][A-Za-z0-9._=-]*)?")

ADVICE = (
    "put the token into a file and use --token-file FILE, or pipe it in and use `-`, or set AUTHSVC_TOKEN; "
    "an API key goes into --api-key-file FILE or AUTHSVC_API_KEY"
)


def visible(text: str) -> str:
    """The text with every control, format and separator character escaped, so that it stays on its line."""
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _HIDDEN_CATEGORIES
        else character
        for character in text
    )


def holds_token(text: str) -> bool:
    """True when the text holds something that looks like a token, whole or cut off."""
    return _TOKEN.search(text) is not None


def without_tokens(text: str) -> str:
    """The text with everything that looks like a token replaced."""
    return _TOKEN.sub("[token]", text)
