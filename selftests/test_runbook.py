"""What the record hands to whoever is on call."""

from __future__ import annotations

from acceptance.record.runbook import commands, contacts, endpoints
from acceptance.target import Target


def test_the_six_commands_use_the_production_profile() -> None:
    rows = commands("v2.3.0")
    assert [row.name for row in rows] == ["Status", "Logs", "Restart", "Stop", "Start", "Rollback"]
    assert all("docker compose --profile prod" in row.value for row in rows)
    assert rows[-1].value.startswith("git checkout v2.3.0 &&")
    assert commands()[-1].value == "no version is stated"


def test_contacts_stand_in_the_checklists_order() -> None:
    rows = contacts({"security": "security@example.com", "on_call": "on-call@example.com"})
    assert [(row.name, row.value) for row in rows] == [
        ("On-call engineer", "on-call@example.com"),
        ("Security", "security@example.com"),
    ]


def test_endpoints_are_those_that_the_target_names() -> None:
    target = Target.model_validate(
        {
            "name": "prod",
            "urls": {
                "base": "https://app.example.com",
                "plain": "http://app.example.com",
                "api": "https://api.example.com",
                "ws": "wss://api.example.com/ws",
                "dashboard": "https://app.example.com/dashboard",
            },
            "operations": {"health": {"path": "/api/health"}},
        }
    )
    assert {row.name: row.value for row in endpoints(target)} == {
        "Page": "https://app.example.com",
        "Dashboard": "https://app.example.com/dashboard",
        "API": "https://api.example.com",
        "WebSocket": "wss://api.example.com/ws",
        "Health": "https://api.example.com/api/health",
        "API docs": "https://api.example.com/api/docs/openapi.json",
    }
