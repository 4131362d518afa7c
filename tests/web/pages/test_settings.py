"""`/settings`: what can be chosen, and where metrics are sent."""

from tests.web.pages.conftest import Look, words


def test_every_zone_there_is_can_be_chosen(look: Look) -> None:
    html = look("/settings", tz="Europe/Berlin")
    assert "<option selected>Europe/Berlin</option>" in html
    assert html.count("<option") > 300


def test_the_addresses_to_send_to_are_this_servers(look: Look) -> None:
    text = words(look("/settings"))
    assert "Prometheus remote write http://localhost/api/v1/write" in text
    assert "burnline deploy mark checkout v2.43 --url http://localhost" in text
