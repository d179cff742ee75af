"""The description held against the service: right and wrong calls, made from the description alone."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig

from issuer.api.routes import ROUTES
from issuer.api.views import create_api_blueprint
from tests.machines import AWARD, Machine, learner, machine
from verifier.web import problems
from verifier.web.pace import Pace
from verifier.web.site import Site, open_web_app

pytestmark = pytest.mark.slow

EXAMPLES = 12
OUTCOMES = ["2xx", "404", "409", "413", "422"]
"""A call of the right form may still ask for what is not there, or for what cannot be."""
REFUSED = ["400", "401", "404", "405", "409", "413", "415", "422"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """An office whose interface keeps nobody waiting."""
    made = machine(tmp_path_factory.mktemp("office"))
    site = Site(base_url=made.office.settings.base_url)
    app = open_web_app("test", site)
    app.register_blueprint(create_api_blueprint(made.office, Pace(burst=1_000_000)))
    problems.install(app, site)
    made.client = app.test_client()
    return made


@pytest.fixture(scope="module")
def ids(desk: Machine) -> dict[str, str]:
    """Things that are there."""
    award = desk.award()
    webhook = {"url": "http://127.0.0.1:9/x", "events": ["issued"]}
    return {
        "code": AWARD["achievement"],
        "award_id": award["id"],
        "learner_id": award["learner"],
        "batch_id": desk.call("POST", "/batches", {"awards": [learner(2)]}).get_json()["id"],
        "webhook_id": desk.call("POST", "/webhooks", webhook).get_json()["id"],
        "webhook to delete": desk.call("POST", "/webhooks", webhook).get_json()["id"],
    }


@pytest.fixture(scope="module")
def api(desk: Machine) -> schemathesis.BaseSchema:
    config = SchemathesisConfig.from_dict(
        {
            "checks": {
                "positive_data_acceptance": {"expected-statuses": OUTCOMES},
                "negative_data_rejection": {"expected-statuses": REFUSED},
                "missing_required_header": {"expected-statuses": REFUSED},
            },
        }
    )
    return schemathesis.openapi.from_wsgi("/api/openapi.json", desk.client.application, config=config)


@pytest.mark.parametrize("mode", [pytest.param(mode, id=mode.value) for mode in GenerationMode])
@pytest.mark.parametrize("name", ROUTES)
def test_the_service_is_what_the_description_says(
    api: schemathesis.BaseSchema, desk: Machine, ids: dict[str, str], name: str, mode: GenerationMode
) -> None:
    """No call brings it down; every answer has a status, a type, headers and a form that the description names."""
    method, path = ROUTES[name]
    operation = api[f"/api/v1{path}"][method]
    known = {**ids, "webhook_id": ids["webhook to delete"]} if name == "deleteWebhook" else ids
    headers = {"Authorization": f"Bearer {desk.token()}"}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],  # looking for the smallest failure would take minutes
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Case) -> None:
        if mode is GenerationMode.POSITIVE:
            case.path_parameters = {part: known[part] for part in case.path_parameters or {}}
        response = case.call_and_validate(headers=headers)
        if mode is GenerationMode.POSITIVE and response.status_code == 422:
            assert response.json()["code"] != "invalid_request", "the form is right, so only the office may refuse it"

    send()
