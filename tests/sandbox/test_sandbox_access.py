"""Who is let in, and what everybody else is told."""

from __future__ import annotations

import pytest
import requests
from urllib3.util import SKIP_HEADER

from airflow_provider_bento.sandbox.in_thread import running_sandbox
from airflow_provider_bento.sandbox.settings import PUBLISHABLE_KEY, SECRET_KEY

PATHS = ["/fetch/tags", "/fetch/fields", "/fetch/subscribers", "/fetch/broadcasts"]


@pytest.mark.parametrize("path", PATHS)
def test_the_right_keys_and_site_open_every_list(api, path):
    """Keys in the Basic header and the site in the query are enough."""
    assert api.get(path).status_code == 200


@pytest.mark.parametrize(
    "keys", [None, (PUBLISHABLE_KEY, "wrong"), ("wrong", SECRET_KEY), (PUBLISHABLE_KEY + SECRET_KEY, "")]
)
def test_wrong_keys_get_a_401_in_plain_text(api, keys):
    """Bento answers `HTTP Basic: Access denied.` to wrong keys."""
    api.session.auth = keys
    answer = api.get("/fetch/tags")
    assert (answer.status_code, answer.text.strip()) == (401, "HTTP Basic: Access denied.")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("site", [None, "", "elsewhere"])
def test_a_missing_or_unknown_site_gets_a_401_as_json(api, site):
    """Without a site that exists there is a 401 with an error in JSON."""
    api.session.params = {} if site is None else {"site_uuid": site}
    answer = api.get("/fetch/tags")
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})


def test_the_site_may_stand_in_the_body_of_a_post(api, sandbox):
    """Both places for the site are accepted, as shipping SDKs rely on each."""
    api.session.params = {}
    body = {"site_uuid": sandbox.connection["schema"], "subscribers": [{"email": "a@x.com"}]}
    assert api.post("/batch/subscribers", body).json() == {"results": 1, "failed": 0}


def test_the_site_in_the_query_wins_over_the_body(api):
    """A wrong site in the query is not healed by the right one in the body."""
    right, api.session.params = api.session.params["site_uuid"], {"site_uuid": "wrong"}
    assert api.post("/batch/subscribers", {"site_uuid": right, "subscribers": []}).status_code == 401


@pytest.mark.parametrize("agent", [SKIP_HEADER, ""])
def test_a_request_without_a_user_agent_is_blocked_with_a_page(sandbox, agent):
    """The firewall in front of Bento answers 403 in HTML before keys are looked at."""
    answer = requests.get(sandbox.api + "/fetch/tags", headers={"User-Agent": agent}, timeout=10)
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")


def test_nothing_that_was_turned_away_is_applied(api, sandbox):
    """A request without the right keys changes nothing and stands in the journal."""
    api.session.auth = None
    api.subscribers({"email": "a@x.com"})
    assert sandbox.control.records("subscribers") == []
    (entry,) = sandbox.control.journal()
    assert (entry["status"], entry["applied"], entry["reason"]) == (401, False, "wrong keys")


WRONG_PATHS = [
    ("GET", "/fetch/nonsense"),
    ("POST", "/batch/nonsense"),
    ("PUT", "/fetch/tags"),
    ("HEAD", "/fetch/nonsense"),
    ("DELETE", "/fetch/tags"),
    ("HEAD", "/batch/events"),
    ("GET", "/batch/events"),
    ("GET", "/"),
    ("GET", "/fetch/tags/"),
    ("GET", "//fetch/tags"),
    ("OPTIONS", "/fetch/tags"),
]


@pytest.mark.parametrize(("method", "path"), WRONG_PATHS)
def test_a_wrong_path_or_method_gets_a_404(api, sandbox, method, path):
    """As docs/api/errors says, with an error in JSON; it is in the journal and changes nothing."""
    answer = api.session.request(method, sandbox.api + path, timeout=10)
    assert answer.status_code == 404
    if method != "HEAD":
        assert answer.json() == {"error": "Not Found"}
    (entry,) = sandbox.control.journal()
    assert (entry["path"], entry["reason"], entry["applied"]) == (path, "no such endpoint", False)


@pytest.mark.parametrize("path", ["/fetch/tags", "/fetch/search", "/stats/segments/none", "/stats/report"])
def test_head_is_answered_like_get(api, sandbox, path):
    """As Rails does: the same status and headers, and no body."""
    got, head = api.get(path), api.session.head(sandbox.api + path, timeout=10)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert sandbox.control.journal()[-1]["method"] == "HEAD"


def test_wrong_keys_are_reported_before_a_wrong_path(api):
    """Without keys nobody learns which paths exist: a choice."""
    api.session.auth = None
    assert api.get("/fetch/nonsense").status_code == 401


def test_keys_may_be_in_the_address(sandbox):
    """As Bento's introduction shows it; clients make the Basic header out of it."""
    with_keys = sandbox.api.replace("://", f"://{sandbox.connection['login']}:{sandbox.connection['password']}@")
    site = {"site_uuid": sandbox.connection["schema"]}
    assert requests.get(with_keys + "/fetch/tags", params=site, timeout=10).status_code == 200
    wrong = requests.get(with_keys.replace("sk_", "sk%5F_") + "/fetch/tags", params=site, timeout=10)
    assert (wrong.status_code, wrong.text.strip()) == (401, "HTTP Basic: Access denied.")


def test_the_default_keys_have_a_length_that_every_client_accepts(sandbox):
    """The Go client refuses keys and sites of fewer than 28 or more than 36 characters."""
    for value in (sandbox.connection["login"], sandbox.connection["password"], sandbox.connection["schema"]):
        assert 28 <= len(value) <= 36


def test_several_sites_are_kept_apart(client_of):
    """One key pair opens all sites; what arrives at one is not seen at the other."""
    with running_sandbox(sites=("one", "two")) as sandbox:
        api = client_of(sandbox)
        for site in ("one", "two"):
            api.session.params = {"site_uuid": site}
            api.subscribers({"email": "a@x.com", "tags": site})
        assert [tag["attributes"]["name"] for tag in api.get("/fetch/tags").json()["data"]] == ["two"]
        assert {(person["site"], person["tags"][0]) for person in sandbox.control.get("/people")["data"]} == {
            ("one", "one"),
            ("two", "two"),
        }


def test_keys_may_contain_any_character(client_of):
    """A secret key with a colon, a percent sign, a plus and letters beyond ASCII opens the sandbox."""
    with running_sandbox(publishable_key="pk%+", secret_key="s:k%+ é") as sandbox:
        api = client_of(sandbox)
        api.session.auth = tuple(part.encode() for part in ("pk%+", "s:k%+ é"))
        assert api.get("/fetch/tags").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8085", "", "localhost.", "0.0.0.0"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_host_name_that_is_not_ours_reads_and_changes_nothing(api, sandbox, method, host):
    """Against DNS rebinding: a page of evil.example that resolves to this machine knows the sandbox's keys."""
    answer = api.session.request(method, sandbox.api + "/fetch/tags", headers={"Host": host}, json={}, timeout=10)
    assert (answer.status_code, "data" in answer.json()) == (403, False)
    assert sandbox.control.journal() == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:1", "[::1]:8085"])
def test_the_names_of_this_machine_are_answered(api, host):
    """With any port, for a tunnel may change it."""
    assert api.get("/fetch/tags", headers={"Host": host}).status_code == 200


def test_a_host_name_is_answered_once_it_is_allowed(client_of):
    """For a sandbox in a container."""
    with running_sandbox(hosts=["sandbox.internal"]) as sandbox:
        api = client_of(sandbox)
        assert api.get("/fetch/tags", headers={"Host": "Sandbox.internal:8085"}).status_code == 200
        assert api.get("/fetch/tags", headers={"Host": "other.internal"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_s_page_is_refused(api, sandbox, headers):
    """Whatever it asks; nothing of it is applied."""
    assert api.get("/fetch/tags", headers=headers).status_code == 403
    assert api.post("/batch/subscribers", {"subscribers": [{"email": "a@x.com"}]}, headers=headers).status_code == 403
    assert sandbox.control.records("subscribers") == []


@pytest.mark.parametrize(
    ("path", "form", "kind"),
    [
        ("/fetch/tags", {"tag[name]": "VIP"}, "tags"),
        ("/fetch/fields", {"field[key]": "plan"}, "visitors-fields"),
        ("/fetch/subscribers", {"subscriber[email]": "a+b@x.com"}, "visitors"),
    ],
)
def test_a_form_is_read_like_json(api, path, form, kind):
    """With Rails' brackets, as the page of data deletion requests shows it, and the site in it."""
    site = api.session.params.pop("site_uuid")
    answer = api.session.post(api.base + path, data={**form, "site_uuid": site}, timeout=10)
    assert (answer.status_code, answer.json()["data"]["type"]) == (201, kind)


def test_a_form_may_contain_a_whole_batch(api, sandbox):
    """Rows are lists of objects; every value is text."""
    form = [
        ("subscribers[][email]", "a@x.com"),
        ("subscribers[][age]", "7"),
        ("subscribers[][email]", "b@x.com"),
    ]
    assert api.session.post(api.base + "/batch/subscribers", data=form, timeout=10).json()["results"] == 2
    assert sandbox.control.records("subscribers") == [{"email": "a@x.com", "age": "7"}, {"email": "b@x.com"}]


@pytest.mark.parametrize("form", [b"tag=1&tag[name]=2", b"tag[name]=%ff", b"tag" + b"[a]" * 40 + b"=1"])
def test_a_form_that_contradicts_itself_gets_a_400(api, form):
    """Two meanings of one name, text that is not UTF-8, or brackets without end."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = api.session.post(api.base + "/fetch/tags", data=form, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()) == (400, {"error": "The form cannot be read"})


@pytest.mark.parametrize("kind", [None, "text/plain", "multipart/form-data; boundary=x"])
def test_a_body_of_another_type_gets_a_400(api, kind):
    """JSON and forms are read, nothing else."""
    headers = {"Content-Type": kind} if kind else {}
    answer = api.session.post(api.base + "/fetch/tags", data=b'{"tag":{"name":"x"}}', headers=headers, timeout=10)
    assert answer.status_code == 400
