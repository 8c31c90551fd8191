"""Headers on every response: what a browser may do with it."""

from __future__ import annotations

from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

_FEATURES = (
    *(b"accelerometer", b"camera", b"display-capture", b"geolocation", b"gyroscope", b"hid"),
    *(b"magnetometer", b"microphone", b"midi", b"payment", b"serial", b"usb", b"xr-spatial-tracking"),
)
_ALWAYS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (
        b"permissions-policy",
        b", ".join(feature + b"=()" for feature in _FEATURES),
    ),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"x-robots-tag", b"noindex, nofollow"),
]
_OPENER = (b"cross-origin-opener-policy", b"same-origin")
_HSTS = (b"strict-transport-security", b"max-age=31536000")
_OURS = {name for name, _ in _ALWAYS} | {_OPENER[0], _HSTS[0], b"server"}
_NEVER = b"access-control-"
_CLOSED = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def board_policy(nonce: str, host: str, *, secure: bool) -> str:
    """Return the policy of the board's pages.

    Scripts are files of the board, or carry the nonce of the response. 'unsafe-eval' has to stay: Vue compiles the
    templates of components in the browser, and NiceGUI runs what the server sends over the websocket with eval. It
    lets scripts that run already make code of text; it lets nothing in a page become a script. Styles are written into
    elements by Vue and Quasar, so that they cannot carry a nonce.

    Parameters
    ----------
    nonce
        Of this response.
    host
        The Host header, already checked: some browsers do not take a websocket for 'self'.
    secure
        The page came over HTTPS.

    """
    socket = f"{'wss' if secure else 'ws'}://{host}"
    return (
        f"{_CLOSED}; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; script-src-attr 'none'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; media-src 'self'; "
        f"connect-src 'self' {socket}; object-src 'none'; worker-src 'none'; frame-src 'none'"
    )


def plain_policy(nonce: str) -> str:
    """Return the policy of pages without any script: to sign in, and refusals."""
    return f"{_CLOSED}; style-src 'nonce-{nonce}'; img-src data:"


def guarded(headers: Iterable[tuple[bytes, bytes]], policy: str, *, secure: bool) -> Headers:
    """Return the headers of a response with ours in place of its own.

    Parameters
    ----------
    headers
        As the application sends them. What lets other sites read it is taken out.
    policy
        The Content-Security-Policy; one of the response's own holds too.
    secure
        It goes over HTTPS: the browser is told to stay with that.

    """
    kept = [(name.lower(), value) for name, value in headers]
    kept = [(name, value) for name, value in kept if name not in _OURS and not name.startswith(_NEVER)]
    kept += [*_ALWAYS, (b"content-security-policy", policy.encode())]
    if secure:
        kept += [_OPENER, _HSTS]  # browsers complain of the first where they do not trust the way
    page = any(name == b"content-type" and value.strip().lower().startswith(b"text/html") for name, value in kept)
    if page or all(name != b"cache-control" for name, _ in kept):
        kept = [(name, value) for name, value in kept if name != b"cache-control"]
        kept.append((b"cache-control", b"no-store"))
    return kept
