"""How a browser finds its way on the target's pages: by role, label and text, with alternatives for translations."""

from __future__ import annotations

from acceptance.tables import Table

Words = tuple[str, ...]


class Browser(Table):
    """The dashboard as a user meets it. Paths are relative to `[urls] base`."""

    executable: str = ""  # "" looks for Playwright's own Chromium, then the system's
    credential: str = "user"  # who logs in: [credentials.NAME]
    login_path: str = "/login"
    home: str = "/dashboard"  # the page with live cards and charts
    deep_link: str = "/dashboard"  # a guarded page that leads to log-in and then back
    user_labels: Words = ("Email", "E-mail", "Username", "Benutzer", "Tên đăng nhập", "Adresse e-mail", "邮箱")
    password_labels: Words = ("Password", "Passwort", "Mật khẩu", "Mot de passe", "密码")
    submit: Words = ("Sign in", "Log in", "Login", "Anmelden", "Đăng nhập", "Se connecter", "登录")
    menu: Words = ()  # buttons to press before log-out is in sight
    logout: Words = ("Log out", "Logout", "Sign out", "Abmelden", "Đăng xuất", "Se déconnecter", "退出")
    live_cards: Words = ("BTCUSDT",)  # symbols whose card must follow the pushed price
    charts: Words = ()  # CSS selectors of charts that are neither canvas nor SVG
    reflected: Words = ()  # paths that show an input again, with {marker} in its place
    hosts: Words = ()  # foreign hosts that the page may load from; all others are not resolved
    console_allowed: dict[str, str] = {}  # text of a console message or address → why it is allowed
