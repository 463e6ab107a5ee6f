"""Schemathesis asks every operation of /api/openapi.json with values of its own making: no answer is 5xx, and each is as documented."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import hypothesis
import pytest
import pytest_asyncio
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import schemas as _loaded_beforehand  # noqa: F401 - two threads that parse Python at once confuse CPython 3.11
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from tests.matrix.cases import policies

if TYPE_CHECKING:
    import httpx

    from marketplace.kernel.http.edge import Edge
    from tests.world import World

pytestmark = pytest.mark.slow
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES, LONG_EXAMPLES = 6, 60
# These end the session or change how one signs in, so they come last.
LAST = ("/api/v1/session", "/api/v1/account", "/api/v1/organisation/members")
SIDES = {"buyer_a": ("buyer",), "supplier_a": ("supplier",), "operator": ("buyer", "supplier", "operator")}
GENERATED = schemathesis.GenerationMode


@pytest_asyncio.fixture(loop_scope="session")
async def loop() -> asyncio.AbstractEventLoop:
    """Give the loop that the pool belongs to: Hypothesis calls plain functions, which ask in it."""
    return asyncio.get_running_loop()


def own_ids(world: World, caller: str) -> dict[str, str]:
    """Give an id of the caller's own for each path that takes one."""
    known: dict[str, str] = {}
    for side in SIDES[caller]:
        known |= world.own[side]
    return {policy.route.replace(":uuid", "").replace(":str", ""): known[policy.sample] for policy in policies() if policy.sample in known}


class Prober:
    """Asks one operation after the other as one caller and keeps what was wrong."""

    def __init__(self, loop: asyncio.AbstractEventLoop, client: httpx.AsyncClient, ids: dict[str, str], examples: int) -> None:
        """Take the caller's client, the ids of what it owns, and how often to ask."""
        self._loop = loop
        self._client = client
        self._ids = ids
        self._settings = hypothesis.settings(
            max_examples=examples, derandomize=True, database=None, deadline=None, phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )  # fmt: skip
        self.asked = 0
        self.wrong: list[str] = []

    def probe(self, operation: Any) -> None:
        """Ask an operation with values that fit its schema, then with values that do not."""
        for mode in (GENERATED.POSITIVE, GENERATED.NEGATIVE):
            try:
                strategy = operation.as_strategy(generation_mode=mode)
                self._settings(hypothesis.given(case=strategy, is_own=hypothesis.strategies.booleans())(self._ask))()
            except hypothesis.errors.Unsatisfiable:
                continue  # An operation without any input has no wrong one.
            except (BaseExceptionGroup, Exception) as error:  # noqa: BLE001 - the rest shall be asked too
                self.wrong.append(f"{operation.method.upper()} {operation.path} ({mode.value}): {error!r}"[:1500])

    def _ask(self, case: Any, is_own: bool) -> None:  # noqa: FBT001 - Hypothesis calls it by name
        own = self._ids.get(f"{case.method.upper()} {case.operation.path}")
        if own is not None and is_own and case.path_parameters:
            case.path_parameters[next(iter(case.path_parameters))] = own
        sent = case.as_transport_kwargs(base_url="http://127.0.0.1:8000")
        headers = {name: str(value) for name, value in (sent.pop("headers", None) or {}).items()}
        if "idempotency-key" in {name.lower() for name in headers} and is_own:
            headers = {name: value for name, value in headers.items() if name.lower() != "idempotency-key"} | {"Idempotency-Key": uuid4().hex}
        content = sent.pop("data", None)
        request = self._client.build_request(
            sent["method"], sent["url"], params=sent.get("params") or None, json=sent.get("json"), content=content,
            headers={name: value.encode("utf-8", "replace") for name, value in headers.items()},
        )  # fmt: skip
        answer = self._loop.run_until_complete(self._client.send(request))
        self.asked += 1
        case.validate_response(answer, checks=CHECKS)


def test_no_answer_is_5xx_and_each_is_as_documented(
    caller: str,
    loop: asyncio.AbstractEventLoop,
    clients: dict[str, httpx.AsyncClient],
    world: World,
    committed: object,
    request: pytest.FixtureRequest,
) -> None:
    assert committed
    app: Edge = request.getfixturevalue("app")
    # A prober asks more often a minute than anybody may.
    app.allowances.forget()
    document = loop.run_until_complete(clients["anonymous"].get("/api/openapi.json")).json()
    examples = LONG_EXAMPLES if request.config.getoption("--long") else EXAMPLES
    prober = Prober(loop, clients[caller], own_ids(world, caller), examples)
    described: Any = schemathesis.openapi.from_dict(document)
    operations = [found.ok() for found in described.get_all_operations()]
    for operation in sorted(operations, key=lambda one: (one.path.startswith(LAST) and one.method != "get", one.path, one.method)):
        prober.probe(operation)
    assert prober.wrong == [], "\n\n".join(prober.wrong)
    assert prober.asked >= 300, prober.asked


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask as each caller."""
    if "caller" in metafunc.fixturenames:
        metafunc.parametrize("caller", sorted(SIDES))
