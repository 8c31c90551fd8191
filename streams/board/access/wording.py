"""What the pages around signing in say, in both languages."""

from __future__ import annotations

from rules.alert import Text

BOARD = Text("烽火 值班台", "Fenghuo duty board")
SIGN_IN = Text("登录", "Sign in")
ACCOUNT = Text("账号", "Account")
PASSWORD = Text("密码", "Password")
WITH = Text("使用{name}登录", "Sign in with {name}")
OTHER_LANGUAGE = Text("English", "中文")
SIGNED_OUT = Text("您已退出登录。", "You have signed out.")
ENDED = Text(
    "登录已失效，请重新登录。长时间未操作、退出登录或账号变更后会出现此提示。",
    "You are no longer signed in: nothing was done for a long time, you signed out, or the account has changed.",
)
WRONG = Text("账号或密码不正确。", "The account or the password is not right.")
WAIT = Text("登录失败次数过多，请{wait}后再试。", "Too many attempts have failed: try again in {wait}.")
BUSY = Text("正在登录的人较多，请稍等几秒再试。", "Many people are signing in just now: try again in a few seconds.")
STALE = Text("页面停留过久，请再试一次。", "The page was open for too long: please try again.")
ELSEWHERE = Text(
    "此账号由统一身份认证识别，但值班台尚未为其开通权限，请联系管理员。",
    "You are known to the single sign-on, but have no account here: ask your administrator.",
)
OIDC_DOWN = Text("统一身份认证暂时不可用，请稍后再试。", "The single sign-on does not answer: try again in a moment.")
OIDC_FAILED = Text("统一身份认证未完成，请重新登录。", "The single sign-on was not completed: please sign in again.")
AT_PROVIDER = Text("同时退出统一身份认证", "Sign out of the single sign-on too")
OUT_BY_PROXY = Text(
    "登录由单位的统一入口完成，请在该入口退出。",
    "Signing in is done by the portal in front: sign out there.",
)
BY_PROXY = Text(
    "登录由单位的统一入口完成：请从该入口进入。如仍看到本页，说明您的账号尚未开通值班台权限，请联系管理员。",
    "Signing in is done by the portal in front: come in through that. If you still see this page, your account has not "
    "been given access to the board: ask your administrator.",
)
REFUSED: dict[int, Text] = {
    400: Text("请求无法识别。", "This request cannot be understood."),
    401: Text("请先登录。", "Sign in first."),
    403: Text("该请求来自其他网站，已被拒绝。", "This request came from another site and was refused."),
    404: Text("没有这个页面。", "There is no such page."),
    405: Text("不支持该请求方式。", "This is not how the page is asked for."),
    408: Text("请求发送超时。", "The request took too long to arrive."),
    413: Text("请求内容过大。", "The request is too large."),
    421: Text(
        "值班台不以此域名提供服务。管理员可在访问配置（--access）的 hosts 中添加该域名。",
        "The board does not answer to this host name: an administrator adds it to hosts in the access file.",
    ),
}


def seconds_in_words(seconds: float) -> Text:
    """Return how long to wait, never too short."""
    whole = int(seconds) + 1
    if whole < 60:  # noqa: PLR2004 - a minute
        return Text(f"{whole}秒", f"{whole} second{'s' * (whole > 1)}")
    minutes = -(-whole // 60)
    return Text(f"{minutes}分钟", f"{minutes} minute{'s' * (minutes > 1)}")
