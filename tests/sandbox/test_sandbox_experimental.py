"""Everything below /experimental: fixed answers, parameters in the query or the body, with or without a site."""

from __future__ import annotations

import pytest

SCRIPT = "Hi <script>alert(1)</script>you"


def ask(api, path, *, method="post", **parameters):
    """Ask with parameters in the query and an empty body that is declared as JSON, as Python and n8n do."""
    headers = {"Content-Type": "application/json"}
    answer = api.session.request(method, api.base + path, params=parameters, headers=headers, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("email", "valid"),
    [
        ("ada@example.com", True),
        ("Ada@Mail.Example.org", True),
        ("ada@example", False),
        ("ada", False),
        ("", False),
        ("a b@x.com", False),
        ("ada@x.invalid", False),
        ("ada@MAILINATOR.com", False),
    ],
)
def test_an_address_is_valid_or_not(api, email, valid):
    """In the query string or in the body."""
    assert ask(api, "/experimental/validation", email=email) == {"valid": valid}
    assert api.post("/experimental/validation", {"email": email, "name": "x", "ip": None}).json() == {"valid": valid}


@pytest.mark.parametrize(
    ("parameters", "reasons"),
    [
        ({"email": "ada@x.com"}, []),
        ({"email": "nonsense"}, ["email is invalid"]),
        ({"email": "info@yopmail.com"}, ["domain is disposable", "address is a role, not a person"]),
        ({"email": "info@x.com", "wiggleroom": True}, []),
        ({"email": "ada@gmail.com"}, []),
        ({"email": "ada@gmail.com", "block_free_providers": True}, ["domain is a free provider"]),
    ],
)
def test_the_ruleset_says_why_not(api, parameters, reasons):
    """An empty list is good; flags in JSON or as text."""
    assert api.post("/experimental/jesses_ruleset", parameters).json() == {"reasons": reasons}
    as_text = {key: str(value).lower() if value is True else value for key, value in parameters.items()}
    assert ask(api, "/experimental/jesses_ruleset", **as_text) == {"reasons": reasons}


@pytest.mark.parametrize("path", ["/experimental/blacklist", "/experimental/blacklist.json"])
@pytest.mark.parametrize(
    ("parameter", "value", "listed"),
    [
        ("domain", "x.com", set()),
        ("domain", "spam.test", {"spamhaus", "nordspam", "spfbl", "sorbs", "abusix"}),
        ("ip", "192.0.2.1", set()),
        ("ip", "127.0.0.2", {"spamhaus", "nordspam", "spfbl", "sorbs", "abusix"}),
        ("ip_address", "127.0.0.2", {"spamhaus", "nordspam", "spfbl", "sorbs", "abusix"}),
    ],
)
def test_blacklists_contain_their_test_entries(api, path, parameter, value, listed):
    """Those that RFC 5782 demands of real ones."""
    answer = ask(api, path, method="get", **{parameter: value})
    assert answer["query"] == value
    assert {name for name, found in answer["results"].items() if found} == listed
    assert ("just_registered" in answer["results"]) == (parameter == "domain")


def test_a_blacklist_can_be_asked_by_post(api):
    """As Elixir does."""
    answer = api.post("/experimental/blacklist", {"domain": "spam.test"})
    assert answer.json()["results"]["spamhaus"] is True


def test_a_blacklist_needs_a_domain_or_an_address(api):
    """400, for there is no answer."""
    assert api.get("/experimental/blacklist").status_code == 400


@pytest.mark.parametrize("path", ["/experimental/content_moderation", "/experimental/moderation"])
@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        ("Hello", {"valid": True, "reasons": [], "safe_original_content": "Hello"}),
        ("Casino!", {"valid": False, "reasons": ["Content contains: casino"], "safe_original_content": "Casino!"}),
        (SCRIPT, {"valid": False, "reasons": ["Content contains a script"], "safe_original_content": "Hi you"}),
        (" ", {"valid": False, "reasons": ["Content is required"]}),
    ],
)
def test_content_is_moderated(api, path, content, verdict):
    """An empty content is an answer, not an error."""
    assert api.post(path, {"content": content}).json() == ask(api, path, content=content) == verdict


def test_laravel_s_mock_has_the_verdict_below_data(api, sandbox):
    """In the profile of that name only."""
    sandbox.control.set(profile="laravel")
    assert api.post("/experimental/content_moderation", {"content": "x"}).json()["data"]["valid"] is True


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("Jesse Hanley", {"gender": "male", "confidence": 0.99}),
        ("ADA", {"gender": "female", "confidence": 0.99}),
        ("Xyz", {"gender": "unknown", "confidence": None}),
        ("", {"gender": "unknown", "confidence": None}),
    ],
)
def test_gender_is_guessed_from_a_small_table(api, name, guess):
    """Others are unknown; n8n sends the name in both places."""
    assert ask(api, "/experimental/gender", name=name) == guess
    assert api.post("/experimental/gender", {"name": name}, params={"name": name}).json() == guess


def test_a_place_is_no_longer_told(api, sandbox):
    """It was until 2026; 400 for what is no address."""
    assert ask(api, "/experimental/geolocation", method="get", ip="192.0.2.1") == {}
    assert api.get("/experimental/geolocation", params={"ip": "2001:db8::1"}).json() == {}
    for parameters in ({"ip": "x"}, {}):
        answer = api.get("/experimental/geolocation", params=parameters)
        assert (answer.status_code, answer.json()) == (400, {"error": "Invalid IP"})
    sandbox.control.set(profile="2024")
    place = api.get("/experimental/geolocation", params={"ip": "192.0.2.1"}).json()
    assert (place["ip"], place["country_code2"]) == ("192.0.2.1", "JP")


def test_in_2021_even_these_had_the_status_201(api, sandbox):
    """As the recorded fixtures show."""
    sandbox.control.set(profile="2021")
    assert api.post("/experimental/validation", {"email": "a@x.com"}).status_code == 201
    assert api.get("/experimental/blacklist", params={"ip": "192.0.2.1"}).status_code == 201


def test_a_site_may_be_left_out_but_not_be_wrong(api):
    """Ruby sends none here."""
    api.session.params = {}
    assert api.post("/experimental/validation", {"email": "a@x.com"}).json() == {"valid": True}
    assert ask(api, "/experimental/geolocation", method="get", ip="192.0.2.1") == {}
    assert api.post("/experimental/validation", params={"site_uuid": "wrong"}).status_code == 401
    assert api.get("/fetch/tags").status_code == 401


@pytest.mark.parametrize("body", ["[1]", "{", '"x"', '{"email": {}}', '{"email": ["a@x.com"]}'])
def test_a_body_that_makes_no_sense_breaks_nothing(api, body):
    """400 if it is no object; an address of another type is none."""
    answer = api.session.post(
        api.base + "/experimental/validation", data=body, headers={"Content-Type": "application/json"}, timeout=10
    )
    assert (answer.status_code, answer.json().get("valid")) in [(400, None), (200, False)]
