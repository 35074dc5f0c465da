"""The API of the sandbox as data: each route's guard and answer, and the OpenAPI document made from that."""

from __future__ import annotations

from typing import Any

NUMBER, TEXT, BOOL = {"type": "number"}, {"type": "string"}, {"type": "boolean"}


def thing(**properties: Any) -> dict[str, Any]:
    """An object schema in which every property is required."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def many(items: dict[str, Any]) -> dict[str, Any]:
    """An array schema."""
    return {"type": "array", "items": items}


ORDER = thing(id=TEXT, symbol=TEXT, side=TEXT, order_type=TEXT, quantity=NUMBER, status=TEXT)
CANDLE = thing(open_time={"type": "integer"}, open=NUMBER, high=NUMBER, low=NUMBER, close=NUMBER, volume=NUMBER)
USER = thing(id=TEXT, email=TEXT, role=TEXT)
LOGIN = thing(email={"type": "string", "maxLength": 254}, password={"type": "string", "maxLength": 128})
WISH = thing(
    symbol={"type": "string", "enum": ["BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT"]},
    side={"type": "string", "enum": ["buy", "sell"]},
    order_type={"type": "string", "enum": ["limit"]},
    quantity={"type": "number", "exclusiveMinimum": 0, "maximum": 1000},
    price={"type": "number", "exclusiveMinimum": 0},
)
ANY = {"type": "object"}

# method, path, guard ("" public, "user", "admin"), answer's data, body
ROUTES: tuple[tuple[str, str, str, dict[str, Any], dict[str, Any] | None], ...] = (
    ("GET", "/api/health", "", thing(status=TEXT, time=TEXT, uptime_s=NUMBER, request_id=TEXT, dependencies=ANY), None),
    ("GET", "/api/status", "", thing(services=ANY, version=TEXT, commit=TEXT, time=TEXT), None),
    ("POST", "/api/auth/login", "", thing(token=TEXT, user=USER), LOGIN),
    ("POST", "/api/auth/register", "", thing(user=USER), LOGIN),
    ("POST", "/api/auth/refresh", "user", thing(token=TEXT), None),
    ("POST", "/api/auth/logout", "user", ANY, None),
    ("GET", "/api/auth/profile", "user", USER, None),
    ("DELETE", "/api/auth/profile", "user", ANY, None),
    ("GET", "/api/market/prices", "user", {"type": "object", "additionalProperties": thing(price=NUMBER, time=TEXT)}, None),
    ("GET", "/api/market/symbols", "user", thing(symbols=many(TEXT), available_timeframes=many(TEXT)), None),
    ("GET", "/api/market/candles/{symbol}/{timeframe}", "user", many(CANDLE), None),
    ("GET", "/api/paper-trading/status", "user", thing(mode=TEXT, is_running=BOOL), None),
    ("GET", "/api/paper-trading/portfolio", "user", thing(user_id=TEXT, current_balance=NUMBER, equity=NUMBER), None),
    ("GET", "/api/paper-trading/pending-orders", "user", many(ORDER), None),
    ("POST", "/api/paper-trading/orders", "user", ORDER, WISH),
    ("DELETE", "/api/paper-trading/pending-orders/{id}", "user", ANY, None),
    ("POST", "/api/uploads", "user", thing(url=TEXT), None),
    ("POST", "/api/paper-trading/reset", "user", ANY, None),
    ("GET", "/api/strategies", "user", many(thing(id=TEXT, name=TEXT, enabled=BOOL)), None),
    ("GET", "/api/ai/info", "user", thing(model=TEXT, last_completion=TEXT), None),
    ("GET", "/api/trading/account", "user", thing(balance=NUMBER, asset=TEXT), None),
    ("GET", "/api/trading/status", "user", thing(mode=TEXT, testnet=BOOL, enabled=BOOL, open_positions=NUMBER), None),
    ("GET", "/api/monitoring/connection", "user", thing(websocket_connected=BOOL, last_message=TEXT), None),
    ("GET", "/api/monitoring/system", "user", thing(cpu_usage_percent=NUMBER, uptime_s=NUMBER), None),
    ("GET", "/api/admin/users", "admin", many(USER), None),
)  # fmt: skip

_LOCAL: dict[str, Any] = {"kind": "local"}
OPERATIONS: dict[str, Any] = {
    "health": {"path": "/api/health", "public": True, **_LOCAL},
    "status": {"path": "/api/status", "public": True, **_LOCAL},
    "login": {
        "method": "POST", "path": "/api/auth/login", "public": True, **_LOCAL,
        "fields": {"token": "data.token", "user": "data.user"},
    },
    "logout": {"method": "POST", "path": "/api/auth/logout", "acting": True, **_LOCAL},
    "refresh": {"method": "POST", "path": "/api/auth/refresh", "acting": True, "fields": {"token": "data.token"}, **_LOCAL},
    "register": {"method": "POST", "path": "/api/auth/register", "public": True, **_LOCAL},
    "remove_user": {"method": "DELETE", "path": "/api/auth/profile", "acting": True, **_LOCAL},
    "profile": {"path": "/api/auth/profile", "fields": {"id": "data.id", "user": "data.email"}, **_LOCAL},
    "ai_info": {"path": "/api/ai/info", **_LOCAL},
    "portfolio": {"path": "/api/paper-trading/portfolio", "fields": {"owner": "data.user_id", "balance": "data.current_balance"}, **_LOCAL},
    "pending_orders": {"path": "/api/paper-trading/pending-orders", "fields": {"orders": "data"}, **_LOCAL},
    "place_order": {"method": "POST", "path": "/api/paper-trading/orders", "fields": {"id": "data.id"}, **_LOCAL},
    "cancel_order": {"method": "DELETE", "path": "/api/paper-trading/pending-orders/{id}", **_LOCAL},
    "strategies": {"path": "/api/strategies", "fields": {"list": "data"}, **_LOCAL},
    "prices": {"path": "/api/market/prices", "fields": {"prices": "data"}, **_LOCAL},
    "candles": {"path": "/api/market/candles/{symbol}/{timeframe}", "fields": {"candles": "data"}, **_LOCAL},
    "account": {"path": "/api/trading/account", "fields": {"balance": "data.balance"}},
    "trading_status": {"path": "/api/trading/status", "fields": {"enabled": "data.enabled", "mode": "data.mode"}, **_LOCAL},
    "paper_status": {"path": "/api/paper-trading/status", "fields": {"mode": "data.mode"}, **_LOCAL},
    "connection": {"path": "/api/monitoring/connection", **_LOCAL},
    "admin_users": {"path": "/api/admin/users", **_LOCAL},
    "system": {"path": "/api/monitoring/system", "fields": {"cpu": "data.cpu_usage_percent"}, **_LOCAL},
}  # fmt: skip


def document(version: str) -> dict[str, Any]:
    """The OpenAPI document of these routes."""
    paths: dict[str, dict[str, Any]] = {}
    for method, path, guard, data, body in ROUTES:
        answer = {"application/json": {"schema": thing(success=BOOL, data=data)}}
        refusal = {
            "description": "refused",
            "content": {"application/json": {"schema": thing(success=BOOL, error=TEXT)}},
        }
        operation: dict[str, Any] = {
            "operationId": f"{method.lower()}{path.replace('/', '_').replace('{', '').replace('}', '')}",
            "responses": {
                ("201" if path.endswith("register") else "200"): {"description": "done", "content": answer},
                **dict.fromkeys(("400", "401", "403", "404", "405", "409", "413", "422", "429"), refusal),
            },
            "parameters": [
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in (p[1:-1] for p in path.split("/") if p.startswith("{"))
            ],
        }
        if "candles" in path:
            limit = {"type": "integer", "minimum": 1, "maximum": 500}
            operation["parameters"].append({"name": "limit", "in": "query", "schema": limit})
        if body:
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
        if guard:
            operation["security"] = [{"bearer": []}]
        paths.setdefault(path, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Bot Core (sandbox)", "version": version},
        "paths": paths,
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}},
    }
