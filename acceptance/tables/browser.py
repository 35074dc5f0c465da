"""How a browser finds its way on the target's pages: by role, label and text, with alternatives for translations."""

from __future__ import annotations

from pydantic import Field

from acceptance.tables import Table

Words = tuple[str, ...]


def words(*default: str) -> Words:
    """A list of alternatives, any of which fits."""
    made: Words = Field(default=default, strict=False)
    return made


class Browser(Table):
    """The dashboard as a user meets it. Paths are relative to `[urls] base`."""

    executable: str = ""  # "" looks for Playwright's own Chromium, then the system's
    credential: str = "user"  # who logs in: [credentials.NAME]
    login_path: str = "/login"
    deep_link: str = "/dashboard"  # a guarded page that leads to log-in and then back
    user_labels: Words = words("Email", "E-mail", "Username", "Benutzer", "Tên đăng nhập", "Adresse e-mail", "邮箱")
    password_labels: Words = words("Password", "Passwort", "Mật khẩu", "Mot de passe", "密码")
    submit: Words = words("Sign in", "Log in", "Login", "Anmelden", "Đăng nhập", "Se connecter", "登录")
    menu: Words = words()  # buttons to press before log-out is in sight
    logout: Words = words("Log out", "Logout", "Sign out", "Abmelden", "Đăng xuất", "Se déconnecter", "退出")
    live_cards: Words = words("BTCUSDT")  # symbols whose card must follow the pushed price
    charts: Words = words()  # CSS selectors of charts that are neither canvas nor SVG
    reflected: Words = words()  # paths that show an input again, with {marker} in its place
    hosts: Words = words()  # foreign hosts that the page may load from; all others are not resolved
    console_allowed: dict[str, str] = {}  # text of a console message or address → why it is allowed
