"""What a command works with while it runs: a client of the server, and the screen."""

from dataclasses import dataclass

from google.protobuf.message import Message

from authsvc.cli import key_views, life_views  # noqa: F401 (they teach `picture` about keys and about the life of tokens)
from authsvc.cli.client import Client
from authsvc.cli.errors import UsageError
from authsvc.cli.scope_form import ScopeForm
from authsvc.cli.screen import Screen
from authsvc.cli.views import picture, to_document


@dataclass(frozen=True, slots=True)
class Session:
    """A running command: it asks `client` and shows the answer."""

    client: Client
    screen: Screen
    as_json: bool

    def form(self, chosen: ScopeForm | None) -> ScopeForm:
        """The form in which to show scopes.

        Raises:
            UsageError: a form was chosen for JSON, where scopes stand as in the API.
        """
        if chosen is not None and self.as_json:
            raise UsageError("--scopes-as is for people; --json shows scopes as a list, as the API does")
        return chosen or ScopeForm.STRING

    def show(self, answer: Message, form: ScopeForm = ScopeForm.STRING) -> None:
        """The answer: one JSON document where that was asked for, else a picture with scopes in that form."""
        if self.as_json:
            self.screen.write_json(to_document(answer))
        else:
            self.screen.show(picture(answer, form))
