import itertools

import pytest

from app.demo import deploys
from app.demo.cast import COMPANY
from app.demo.company import Service
from app.demo.deploys import STEP
from app.demo.traffic import DAY

SEED = 11
MONTH = range(29_500_000, 29_500_000 + 30 * DAY)

services = pytest.mark.parametrize("service", COMPANY, ids=lambda service: service.slug)


@services
def test_a_service_is_deployed_every_other_day_or_so(service: Service) -> None:
    assert 8 <= len(deploys.between(SEED, service, MONTH.start, MONTH.stop)) <= 32


@services
def test_a_span_has_the_deploys_of_its_parts(service: Service) -> None:
    middle = MONTH.start + 17_001
    parts = deploys.between(SEED, service, MONTH.start, middle) + deploys.between(SEED, service, middle, MONTH.stop)
    assert parts == deploys.between(SEED, service, MONTH.start, MONTH.stop)


@services
def test_every_process_lives_less_than_three_days_and_starts_on_a_full_step(service: Service) -> None:
    for instance in range(service.instances):
        starts = deploys.restarts(SEED, service, instance, MONTH.start, MONTH.stop)
        ages = [later - earlier for earlier, later in itertools.pairwise(starts)]
        assert max(ages) < deploys.LOOK_BACK * DAY
        assert all(start % STEP == 0 for start in starts)
        assert deploys.process_start(SEED, service, instance, starts[3]) == starts[3]
        assert deploys.process_start(SEED, service, instance, starts[3] - 1) == starts[2]


def test_a_bad_deploy_is_rolled_back_to_the_version_before_it() -> None:
    found = [one for service in COMPANY for one in deploys.between(SEED, service, MONTH.start, MONTH.stop)]
    bad = [one for one in found if one.bad_minutes]
    assert bad
    for deploy in bad:
        undone = [
            one for one in found if one.title == f"Rollback of {deploy.version}" and one.service == deploy.service
        ]
        assert [one.minute - deploy.minute for one in undone] == [deploy.bad_minutes]
        assert undone[0].version != deploy.version


def test_versions_only_grow_but_for_rollbacks() -> None:
    for service in COMPANY:
        found = deploys.between(SEED, service, MONTH.start, MONTH.stop)
        numbers = [int(one.version.split(".")[1]) for one in found if not one.title]
        assert numbers == sorted(set(numbers))
