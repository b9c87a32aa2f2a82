"""What came in is somebody else's: nothing of it runs on the page, and nobody else's page can read or steer it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
import requests

from airflow_provider_bento.sandbox.in_thread import running_sandbox
from airflow_provider_bento.sandbox.page.lists import LISTS
from airflow_provider_bento.sandbox.page.templating import plain

HOSTILE = [
    "<script>window.pwned=1</script>",
    "\"><img src=x onerror='window.pwned=1'>",
    "'><svg onload=alert(1)>",
    "</title></textarea></pre></script><script>1</script>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% include 'x' %}",
    "\x00\x1b[31m",
    "\u202egnp.exe\u2066",
    "🍱" * 50,
    "x" * 5000,
    "نشرة الأسبوع",
    "&lt;b&gt;&amp;",
]
# An address needs only an @ inside; these run on the page if anything does.
ADDRESSES = [f"{text}@x.io" for text in HOSTILE]


class Elements(HTMLParser):
    """Collects what a browser would make of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """Note an element."""
        self.tags.append((tag, dict(attrs)))

    handle_startendtag = handle_starttag


@pytest.fixture(scope="module")
def hostile(client_of):
    """A sandbox full of what nobody should send."""
    with running_sandbox(limit="60/minute per ip") as sandbox:
        api = client_of(sandbox)
        api.subscribers(
            *[{"email": email, text: text, "tags": text} for email, text in zip(ADDRESSES, HOSTILE, strict=True)],
            *HOSTILE,
        )
        api.events(
            *[
                {"email": email, "type": text, "details": {text: [text]}}
                for email, text in zip(ADDRESSES, HOSTILE, strict=True)
            ],
            *[{"type": text} for text in HOSTILE],
        )
        for text in HOSTILE:
            api.broadcasts(
                {
                    "name": text, "subject": text, "content": text, "type": "raw", "segment_id": text,
                    "inclusive_tags": text, "exclusive_tags": [text], "from": {"email": text, "name": text},
                }
            )  # fmt: skip
            api.post(
                "/batch/emails",
                {
                    "emails": [
                        {
                            "to": "a@x.io", "from": f"{text}@x.io", "subject": text, "html_body": text,
                            "text_body": text, "personalizations": {text: text}, "cc": text, "reply_to": text,
                        }
                    ]
                },
            )  # fmt: skip
            api.get("/fetch/" + requests.utils.quote(text[:50]), headers={"User-Agent": "<script>1</script>"})
            template = {"subject": text, "html": text, "cc": text}
            api.post("/fetch/sequences/1/emails/templates", {"email_template": template})
            segment = {"id": text[:50], "name": text, "tags": [text], "fields": {text: text}}
            sandbox.control.post("/segments", segment)
        api.post("/data_deletion_requests", {"data_deletion_request": {"email": ADDRESSES[0]}})
        sandbox.control.inject("status", "/batch/<script>")
        yield sandbox
        api.session.close()


def pages(sandbox):
    """Return the paths of every kind of page."""
    some = [
        f"/{kind}/{number}" for kind in ("broadcasts", "emails", "templates") for number in range(1, len(HOSTILE) + 1)
    ]
    some += [f"/people/{number}" for number in range(2, len(HOSTILE) + 2)]
    searched = [f"/{name}?q={requests.utils.quote(text)}" for name in LISTS for text in HOSTILE[:5]]
    chosen = [f"/events?type={requests.utils.quote(text)}" for text in HOSTILE]
    return ["/", "/stats", *(f"/{name}" for name in LISTS), *some, *searched, *chosen, "/nothing/<script>1</script>"]


def test_no_page_holds_anything_that_came_in_as_markup(hostile):
    """Every element is one of the templates' own, none with a handler, the one script is ours."""
    for path in pages(hostile):
        answer = requests.get(hostile.url + path, headers={"Accept": "text/html"}, timeout=10)
        assert answer.status_code == (404 if path.startswith("/nothing") else 200)
        elements = Elements(answer.text).tags
        scripts = [attributes for tag, attributes in elements if tag == "script"]
        assert [re.sub(r"\?.*", "", attributes["src"] or "") for attributes in scripts] == ["/static/page.js"]
        for tag, attributes in elements:
            assert tag not in ("img", "object", "embed", "base", "style", "math")
            assert not [
                name for name in attributes if name.startswith("on") or name in ("style", "srcdoc", "formaction")
            ]
            for name in ("href", "src", "action", "data-post", "data-delete"):
                assert re.match(r"$|[/#?]", attributes.get(name) or ""), (path, tag, attributes)


def test_every_answer_says_what_a_browser_may_do_with_it(hostile):
    """Pages, downloads, static files, the stream, errors: no script but ours, no frame of another site, no sniffing."""
    paths = [
        "/",
        "/people",
        "/people/2",
        "/people.jsonl",
        "/broadcasts/1",
        "/emails/1",
        "/static/page.js",
        "/nothing",
        "/people/999",
    ]
    for path in paths:
        headers = requests.get(hostile.url + path, timeout=10).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["frame-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("kind", ["broadcasts", "emails", "templates"])
def test_a_preview_is_sealed_even_outside_its_frame(hostile, kind):
    """An origin of its own, no script, nothing loaded, framed by our page only."""
    answer = requests.get(f"{hostile.url}/{kind}/3/preview", timeout=10)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none';")
    assert "script-src" not in policy
    assert "allow-" not in policy
    assert "frame-ancestors 'self'" in policy
    assert (HOSTILE[0] if kind == "templates" else HOSTILE[2]) in answer.text


@pytest.mark.parametrize("kind", ["broadcasts", "emails", "templates"])
def test_the_frame_of_a_preview_allows_nothing(hostile, kind):
    """Its sandbox attribute is there and empty."""
    tags = Elements(requests.get(f"{hostile.url}/{kind}/3", timeout=10).text).tags
    (frame,) = [attributes for tag, attributes in tags if tag == "iframe"]
    assert frame["sandbox"] == ""
    assert frame["src"] == f"/{kind}/3/preview"


def test_markdown_is_shown_as_written(sandbox, api):
    """Bento makes HTML of it; we do not pretend to."""
    api.broadcasts({"name": "n", "subject": "s", "type": "markdown", "content": "# Hi\n<script>1</script>"})
    text = requests.get(f"{sandbox.url}/broadcasts/1/preview", timeout=10).text
    assert "<pre># Hi\n&lt;script>1&lt;/script></pre>" in text


def test_an_email_without_html_is_shown_as_written(sandbox, api):
    """Its text is text."""
    email = {"to": "a@x.io", "from": "b@x.io", "subject": "s", "text_body": "Hi <b>\n<script>1</script>"}
    assert api.post("/batch/emails", {"emails": [email]}).json()["results"] == 1
    text = requests.get(f"{sandbox.url}/emails/1/preview", timeout=10).text
    assert "<pre>Hi &lt;b>\n&lt;script>1&lt;/script></pre>" in text


def test_text_that_misleads_is_shown_by_its_numbers():
    """What reverses its neighbours or hides them; letters of any script, marks of direction, and emoji stay."""
    assert plain("a\u202eb\x00\x9b\u2066") == "a\\u202eb\\u0000\\u009b\\u2066"
    fine = "نشرة שרה 李雷 👩‍👩‍👧 \u200e\n\t<b>"
    assert plain(fine) == fine


@pytest.mark.parametrize(
    "path", ["/", "/people", "/people.jsonl", "/live", "/static/page.js", "/broadcasts/1/preview", "/emails/1/preview"]
)
def test_a_name_that_is_not_ours_sees_nothing(hostile, path):
    """Against DNS rebinding: people's data stands on the page."""
    assert requests.get(hostile.url + path, headers={"Host": "evil.example"}, timeout=10).status_code == 403


def test_a_name_can_be_allowed():
    """For a sandbox in a container."""
    with running_sandbox(hosts=["sandbox.internal"]) as sandbox:
        assert requests.get(sandbox.url, headers={"Host": "sandbox.internal"}, timeout=10).status_code == 200


FETCH = {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
FRAME = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
LINK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(("kind", "status"), [(FETCH, 403), (FRAME, 403), (LINK, 200)])
def test_another_site_may_lead_here_and_no_more(sandbox, site, kind, status):
    """Airflow's "Open in Bento" is a link from another port; reading or framing the page is refused."""
    headers = {"Sec-Fetch-Site": site, **kind}
    assert requests.get(sandbox.url, headers=headers, timeout=10).status_code == status


def test_a_link_never_steers(sandbox):
    """The control API is not opened by a link, and no page changes anything on a GET."""
    headers = {"Sec-Fetch-Site": "cross-site", **LINK}
    assert requests.get(f"{sandbox.url}/_sandbox/stats", headers=headers, timeout=10).status_code == 403
    assert requests.post(sandbox.url, headers=headers, timeout=10).status_code == 403


def test_a_post_to_the_page_does_nothing(sandbox):
    """It has nothing that could be posted to."""
    assert requests.post(f"{sandbox.url}/people", json={}, timeout=10).status_code == 405
