"""TLS for HTTP from files, taken up anew when they change."""

import ssl
from pathlib import Path
from typing import Any

from authsvc.errors import ConfigurationError


class HttpsContext:
    """The server's certificate. A client needs none: what is served is public. Each handshake uses the newest good set."""

    def __init__(self, certificate: Path, private_key: Path) -> None:
        """Read the files.

        Raises:
            ConfigurationError: they make no usable set.
        """
        self._files = (certificate, private_key)
        self._current = self.context = self._read()
        self.context.sni_callback = self._take_newest

    def reload(self) -> None:
        """Read the files again; what makes no usable set is left alone.

        Raises:
            ConfigurationError: they make no usable set. The one in force stays.
        """
        self._current = self._read()

    def _take_newest(self, handshake: Any, _name: str | None, _context: ssl.SSLContext) -> None:  # noqa: ANN401 (as ssl has it)
        # Called at each handshake, with or without a name.
        handshake.context = self._current

    def _read(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(*self._files)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(f"AUTHSVC_TLS_*_FILE: not usable for HTTPS ({type(error).__name__})") from None
        return context
