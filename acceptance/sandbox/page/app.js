// The sandbox's dashboard. The session lives in memory only; a reload asks for the password again.
const broken = new Set([]);
const has = (fault) => broken.has(fault);
const session = { token: null, user: null, wanted: null };
const pages = { "/dashboard": "Dashboard", "/orders": "Orders", "/portfolio": "Portfolio", "/settings": "Settings" };
const root = document.getElementById("root");
const live = { socket: null, stop: false, listeners: new Set() };

const el = (tag, attributes = {}, ...children) => {
  const svg = ["svg", "polyline", "line"].includes(tag);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
};
const money = (value) => Number(value).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const list = (value) => (Array.isArray(value) ? value : value && typeof value === "object" ? Object.values(value).find(Array.isArray) || [] : []);

async function api(path, options = {}) {
  const headers = { "Content-Type": "application/json" };
  if (session.token) headers.Authorization = `Bearer ${session.token}`;
  const answer = await fetch(path, { ...options, headers });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok || body.success === false) throw new Error(body.error || body.message || `HTTP ${answer.status}`);
  return body.data ?? body;
}

// Live prices: one socket, opened again a second after it was lost.
function listen() {
  if (has("page-opens-no-socket")) return;
  live.stop = false;
  live.socket = new WebSocket(`wss://${location.host}/ws`, ["bearer", session.token]);
  if (has("page-deaf-after-cut") && live.cut) return;
  live.socket.onopen = () => live.socket.send(JSON.stringify({ type: "Subscribe", symbols: ["BTCUSDT", "ETHUSDT"] }));
  live.socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.type === "MarketData") live.listeners.forEach((tell) => tell(message.data));
  };
  live.socket.onclose = () => {
    live.listeners.forEach((tell) => tell(null));
    live.cut = !live.stop;
    if (!live.stop && !has("page-never-reconnects")) setTimeout(listen, 1000);
  };
}
function silence() {
  live.stop = true;
  live.listeners.clear();
  live.socket?.close();
}

function login() {
  silence();
  const labelled = !has("login-unlabelled");
  const email = el("input", { id: "email", name: "email", type: "email", autocomplete: "username", required: "" });
  const password = el("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: "" });
  const alert = el("p", { role: "alert" });
  const form = el("form", { onsubmit: submit },
    labelled ? el("label", { for: "email" }, "Email") : el("p", {}, "Email"), email,
    labelled ? el("label", { for: "password" }, "Password") : el("p", {}, "Password"), password,
    el("button", { type: "submit" }, "Sign in"), alert);
  async function submit(event) {
    event.preventDefault();
    if (has("login-button-dead")) return;
    alert.textContent = "";
    try {
      const body = JSON.stringify({ email: email.value, password: password.value });
      const answer = await api("/api/auth/login", { method: "POST", body });
      session.token = answer.token;
      session.user = answer.user;
      if (has("token-in-local-storage") || has("logout-keeps-storage")) localStorage.setItem("authToken", answer.token);
      go(has("deep-link-forgotten") ? "/dashboard" : session.wanted || "/dashboard", true);
      session.wanted = null;
    } catch (problem) {
      alert.textContent = `Sign-in failed: ${problem.message}`;
    }
  }
  root.replaceChildren(el("main", { class: "narrow" }, el("h1", {}, "Sign in to Bot Core"), form));
  document.title = "Sign in · Bot Core";
}

async function logout() {
  if (!has("logout-stays-in-browser")) await api("/api/auth/logout", { method: "POST", body: "{}" }).catch(() => {});
  if (!has("logout-keeps-storage")) localStorage.clear();
  if (!has("back-shows-data")) Object.assign(session, { token: null, user: null });
  else session.left = true;
  silence();
  history.pushState({}, "", "/login");
  login();
}

function frame(path, ...content) {
  const links = Object.entries(pages).map(([to, name]) =>
    el("li", {}, el("a", { href: to, ...(to === path ? { "aria-current": "page" } : {}) }, name)));
  if (has("dead-link") || has("dead-link-goes-home")) links.push(el("li", {}, el("a", { href: "/reports" }, "Reports")));
  const head = el("header", {}, el("span", { class: "brand" }, "Bot Core"), el("nav", { "aria-label": "Main" }, el("ul", {}, ...links)),
    el("button", { class: "quiet end", type: "button", onclick: logout }, "Log out"));
  root.replaceChildren(head, el("main", {}, el("h1", {}, pages[path] || "Page not found"), ...content));
  document.title = `${pages[path] || "Page not found"} · Bot Core`;
}

const card = (title, ...content) => el("section", { class: "card", "aria-label": title }, el("h2", {}, title), ...content);

function priceCard(symbol, first) {
  const value = el("p", { class: "value", "aria-live": "off" }, first === undefined ? "–" : `$${money(first)}`);
  const note = el("p", { class: "note status" }, "connecting");
  live.listeners.add((tick) => {
    if (tick === null) note.textContent = "reconnecting";
    else if (tick.symbol === symbol) {
      if (!has("prices-hard-coded")) value.textContent = `$${money(tick.price)}`;
      note.textContent = `live · ${new Date(Number(tick.timestamp)).toISOString().slice(11, 19)}`;
    }
  });
  return card(symbol, value, note);
}

function candleChart(candles) {
  const canvas = el("canvas", { role: "img", "aria-label": `BTCUSDT, ${candles.length} candles of one minute` });
  requestAnimationFrame(() => {
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    canvas.width = width * scale;
    canvas.height = height * scale;
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    pen.strokeStyle = "#8899a6";
    pen.strokeRect(0.5, 0.5, width - 1, height - 1);
    if (has("charts-empty")) return;
    const low = Math.min(...candles.map((c) => Number(c.low)));
    const high = Math.max(...candles.map((c) => Number(c.high)));
    const y = (price) => height - 8 - ((price - low) / (high - low || 1)) * (height - 16);
    const step = (width - 16) / candles.length;
    candles.forEach((c, i) => {
      const [open, close] = [Number(c.open), Number(c.close)];
      pen.fillStyle = close >= open ? "#0a8f57" : "#c43d33";
      const x = 8 + i * step;
      pen.fillRect(x + step / 2 - 0.75, y(Number(c.high)), 1.5, Math.max(1, y(Number(c.low)) - y(Number(c.high))));
      pen.fillRect(x + step * 0.15, Math.min(y(open), y(close)), step * 0.7, Math.max(2, Math.abs(y(open) - y(close))));
    });
  });
  return canvas;
}

function lineChart(candles) {
  const chart = el("svg", { class: "chart", viewBox: "0 0 600 140", preserveAspectRatio: "none", role: "img", "aria-label": "Closing prices" });
  chart.append(el("line", { class: "axis", x1: 0, y1: 139, x2: 600, y2: 139 }), el("line", { class: "axis", x1: 1, y1: 0, x2: 1, y2: 140 }));
  if (has("charts-empty")) return chart;
  const closes = candles.map((c) => Number(c.close));
  const [low, high] = [Math.min(...closes), Math.max(...closes)];
  const points = closes.map((close, i) => `${(i * 590) / Math.max(1, closes.length - 1) + 5},${130 - ((close - low) / (high - low || 1)) * 120}`);
  chart.append(el("polyline", { class: "line", points: points.join(" ") }));
  return chart;
}

async function dashboard() {
  frame("/dashboard", el("p", { class: "loading" }, "Loading…"));
  const [prices, candles, portfolio] = await Promise.all([
    api("/api/market/prices"), api("/api/market/candles/BTCUSDT/1m?limit=50"), api("/api/paper-trading/portfolio")]);
  if (location.pathname !== "/dashboard" || !session.token) return;
  live.listeners.clear();
  const priceOf = (symbol) => list(prices).find((p) => p.symbol === symbol)?.price ?? prices[symbol]?.price ?? prices[symbol];
  const series = list(candles);
  frame("/dashboard", el("div", { class: "grid" },
    priceCard("BTCUSDT", priceOf("BTCUSDT")), priceCard("ETHUSDT", priceOf("ETHUSDT")),
    card("Balance", el("p", { class: "value" }, `$${money(portfolio.balance ?? portfolio.current_balance ?? portfolio.total_value ?? 0)}`),
      el("p", { class: "note" }, "paper trading")),
    el("section", { class: "card wide", "aria-label": "Price chart" }, el("h2", {}, "BTCUSDT, one minute"), candleChart(series)),
    el("section", { class: "card wide", "aria-label": "Closing prices" }, el("h2", {}, "Closing prices"), lineChart(series))));
  if (has("page-type-error")) setTimeout(() => undefined.price, 0);
  if (has("page-script-blocked")) document.head.append(el("script", { src: "https://cdn.example.com/track.js" }));
  if (live.socket?.readyState !== WebSocket.OPEN) listen();
}

async function orders() {
  frame("/orders", el("p", { class: "loading" }, "Loading…"));
  const rows = list(await api("/api/paper-trading/pending-orders"));
  const query = new URLSearchParams(location.search).get("q") || "";
  const heading = el("p", { class: "note" });
  if (has("search-reflected")) heading.innerHTML = query ? `Orders matching ${query}` : "";
  else heading.textContent = query ? `Orders matching ${query}` : "";
  const field = el("input", { id: "search", name: "q", type: "search", value: query });
  const find = el("form", { role: "search", action: "/orders", onsubmit: (event) => {
    event.preventDefault();
    go(`/orders?q=${encodeURIComponent(field.value)}`);
  } }, el("label", { for: "search" }, "Search orders"), field, el("button", { type: "submit" }, "Search"));
  const table = el("table", has("table-forces-scroll") ? { class: "forced" } : {},
    el("thead", {}, el("tr", {}, ...["Symbol", "Side", "Quantity", "Price"].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, ...rows.map((order) => el("tr", {},
      ...[order.symbol, order.side ?? order.order_type ?? "", order.quantity ?? "", order.price ?? order.entry_price ?? ""].map((cell) => el("td", {}, String(cell)))))));
  frame("/orders", card("Pending orders", find, heading,
    el("div", has("table-forces-scroll") ? {} : { class: "scroll" }, table), el("p", { class: "note" }, `${rows.length} pending`)));
}

async function portfolio() {
  frame("/portfolio", el("p", { class: "loading" }, "Loading…"));
  const data = await api("/api/paper-trading/portfolio");
  const rows = Object.entries(data).filter(([, value]) => typeof value !== "object");
  frame("/portfolio", card("Paper portfolio", el("div", { class: "scroll" }, el("table", {}, el("tbody", {},
    ...rows.map(([name, value]) => el("tr", {}, el("th", { scope: "row" }, name.replaceAll("_", " ")), el("td", {}, String(value)))))))));
}

function settings() {
  frame("/settings", card("Account", el("p", {}, session.user?.full_name || session.user?.email || "Signed in"),
    el("p", { class: "note" }, "Trading is off until it is released.")),
    ...(has("tiny-targets") ? [card("More", el("button", { class: "tiny", type: "button" }, "x"))] : []));
}

function show() {
  if (has("page-root-blank")) return root.replaceChildren();
  if (has("page-error-boundary")) return root.replaceChildren(el("main", {}, el("h1", {}, "Something went wrong"), el("p", {}, "Reload the page.")));
  const path = location.pathname === "/" ? "/dashboard" : location.pathname;
  if (path === "/login" && !session.token) return login();
  if (!session.token) {
    session.wanted = location.pathname === "/" ? null : path + location.search;
    history.replaceState({}, "", "/login");
    return login();
  }
  const draw = { "/dashboard": dashboard, "/orders": orders, "/portfolio": portfolio, "/settings": settings }[path];
  if (!draw && has("dead-link-goes-home")) return go("/dashboard", true);
  if (!draw) return frame(path, el("p", {}, "404 – there is nothing at this address."));
  return Promise.resolve(draw()).catch((problem) => frame(path, el("p", { role: "alert" }, problem.message)));
}

function go(to, instead = false) {
  history[instead ? "replaceState" : "pushState"]({}, "", to);
  if (!to.startsWith("/dashboard")) silence();
  show();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='/']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(link.getAttribute("href"));
});
window.addEventListener("popstate", show);
show();

if (has("slow-load")) document.head.append(el("script", { src: "/assets/slow.js?0" }));
if (has("long-task")) window.addEventListener("load", () => setTimeout(() => {
  const end = performance.now() + 2000;
  while (performance.now() < end);
}, 1500));
