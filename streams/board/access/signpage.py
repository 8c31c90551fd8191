"""The page to sign in on: plain HTML without any script, made here, so that it works before anything else does."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from rules.alert import Text
from streams.board.access.wording import ACCOUNT, AT_PROVIDER, BOARD, OTHER_LANGUAGE, PASSWORD, SIGN_IN, WITH
from streams.language import Lang

SIGN_IN_PATH, SIGN_OUT_PATH, LANGUAGE_PATH = "/sign-in", "/sign-out", "/language"
OIDC_PATH, OIDC_RETURN_PATH = "/sign-in/oidc", "/sign-in/oidc/return"

_STYLE = """
:root{color-scheme:dark}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:#0b0f14;color:#e6edf3;
font:1.125rem/1.6 "Noto Sans CJK SC","PingFang SC","Microsoft YaHei",system-ui,sans-serif}
main{width:min(26rem,100vw - 2rem);margin:1rem 0;padding:2rem;background:#141b23;
border:1px solid #2a3542;border-radius:.75rem}
h1{margin:0 0 1.5rem;font-size:1.5rem;line-height:1.3}
label{display:block;margin:1rem 0 .25rem;color:#9aa7b4}
input{width:100%;padding:.7rem .8rem;font:inherit;color:inherit;background:#0b0f14;
border:1px solid #5b6b7c;border-radius:.5rem}
button,.button{display:block;width:100%;margin-top:1.5rem;padding:.75rem;font:inherit;font-weight:600;text-align:center;
text-decoration:none;color:#0b0f14;background:#4aa8ff;border:0;border-radius:.5rem;cursor:pointer}
.button{color:#e6edf3;background:#243140;border:1px solid #5b6b7c}
.plain{width:auto;margin:1.5rem auto 0;padding:.5rem 1rem;font-weight:400;color:#9aa7b4;background:none}
:focus-visible{outline:3px solid #ffd43b;outline-offset:2px}
.told{margin:0 0 1rem;padding:.75rem 1rem;border-left:.35rem solid #4aa8ff;background:#1b2530}
.told.wrong{border-color:#ff9a3c}
"""


class SignPage(NamedTuple):
    """What the page shows.

    Parameters
    ----------
    lang
        In which language.
    token
        Of its forms.
    target
        Where to go after signing in.
    nonce
        Of its style.
    told
        A sentence above the form, and whether something went wrong.
    account
        What stands in the field already: an account that exists.
    passwords
        Whether there are any: else there is no form.
    oidc
        What the button of the OpenID provider says, ``None`` without one.
    leave
        Address at which one signs out of the provider too; empty for none.

    """

    lang: Lang
    token: str
    target: str
    nonce: str
    told: Text | None = None
    wrong: bool = False
    account: str = ""
    passwords: bool = True
    oidc: Text | None = None
    leave: str = ""

    def html(self) -> str:
        """Return the page."""
        parts = [*self._told(), *self._form(), *self._oidc(), *self._leave(), self._language()]
        return page(self.lang, self.nonce, self._say(BOARD), parts)

    def _say(self, text: Text) -> str:
        return text.zh if self.lang == "zh" else text.en

    def _told(self) -> Iterable[str]:
        if self.told is not None:
            kind, role = ("told wrong", "alert") if self.wrong else ("told", "status")
            yield f'<p class="{kind}" role="{role}">{escape(self._say(self.told))}</p>'

    def _hidden(self, **more: str) -> str:
        fields = {"token": self.token, "next": self.target, **more}
        return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())

    def _form(self) -> Iterable[str]:
        if self.passwords:
            first, second = ("", " autofocus") if self.account else (" autofocus", "")
            yield (
                f'<form method="post" action="{SIGN_IN_PATH}">{self._hidden()}'
                f'<label for="account">{self._say(ACCOUNT)}</label><input id="account" name="account" required'
                f' maxlength="128" autocomplete="username" autocapitalize="none" spellcheck="false"'
                f' value="{escape(self.account)}"{first}>'
                f'<label for="password">{self._say(PASSWORD)}</label><input id="password" name="password" required'
                f' type="password" maxlength="256" autocomplete="current-password"{second}>'
                f"<button>{self._say(SIGN_IN)}</button></form>"
            )

    def _oidc(self) -> Iterable[str]:
        if self.oidc is not None:
            says, where = self._say(WITH).format(name=self._say(self.oidc)), quote(self.target, safe="")
            yield f'<a class="button" href="{OIDC_PATH}?next={where}">{escape(says)}</a>'

    def _leave(self) -> Iterable[str]:
        if self.leave:
            yield f'<a class="button" href="{escape(self.leave)}" rel="noreferrer">{self._say(AT_PROVIDER)}</a>'

    def _language(self) -> str:
        other: Lang = "en" if self.lang == "zh" else "zh"
        return (
            f'<form method="post" action="{LANGUAGE_PATH}">{self._hidden(to=other, back=SIGN_IN_PATH)}'
            f'<button class="plain" lang="{_TAGS[other]}">{self._say(OTHER_LANGUAGE)}</button></form>'
        )


def page(lang: Lang, nonce: str, title: str, parts: Iterable[str]) -> str:
    """Return a page in the board's look; `parts` are HTML, the title is text."""
    return (
        f'<!doctype html><html lang="{_TAGS[lang]}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title>'
        f'<link rel="icon" href="data:,"><style nonce="{nonce}">{_STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1>{''.join(parts)}</main></body></html>"
    )


_TAGS: dict[Lang, str] = {"zh": "zh-CN", "en": "en"}
