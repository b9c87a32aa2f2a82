"""The hook's calls of endpoints that Bento calls experimental; they change nothing. Does not import Airflow.

Tested by tests/unit/hooks/test_what_is_sent.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.api import contract
from airflow_provider_bento.exceptions import BentoRefusedError
from airflow_provider_bento.hooks import arguments
from airflow_provider_bento.hooks.calls import Calls

if TYPE_CHECKING:
    from airflow_provider_bento.api.responses import Blacklist, Gender, Moderation


class Experimental(Calls):
    """Answers that Bento computes (docs: utility, spam).

    There is no look-up of places by IP address, because Bento answers every such request with an empty object
    (bento-skills 0.1.2).
    """

    def validate_email(self, email: str, *, name: str | None = None, ip: str | None = None, **options: Any) -> bool:
        """Return whether Bento takes an address for a real one (POST /experimental/validation). If in doubt, it does.

        :param name: the person's name.
        :param ip: the person's IP address.
        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api import responses

        values = _texts("validate_email", {"email": email}, name=name, ip=ip)
        return responses.validity(self._ask(contract.VALIDATE_EMAIL, values, **options))

    def check_rules(
        self,
        email: str,
        *,
        block_free_providers: bool | None = None,
        wiggleroom: bool | None = None,
        **options: Any,
    ) -> tuple[str, ...]:
        """Return Bento's objections to an address; none if it is fine (POST /experimental/jesses_ruleset).

        :param block_free_providers: whether addresses of free providers are objectionable.
        :param wiggleroom: whether Bento is more lenient.
        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api import responses

        given = {"block_free_providers": block_free_providers, "wiggleroom": wiggleroom}
        values: dict[str, Any] = _texts("check_rules", {"email": email})
        values |= {
            name: arguments.truth("check_rules", name, value) for name, value in given.items() if value is not None
        }
        return responses.objections(self._ask(contract.CHECK_RULES, values, **options))

    def blacklisted(self, *, domain: str | None = None, ip: str | None = None, **options: Any) -> Blacklist:
        """Return which lists of spammers contain a domain or an IP address (GET /experimental/blacklist).

        If Bento does not know this path, its older one is used: ``/experimental/blacklist.json``.

        :param options: as for :meth:`request_loop`.
        :raises BentoSetupError: neither or both are given.
        """
        from airflow_provider_bento.api import responses

        name, value = arguments.either("blacklisted", domain=domain, ip=ip)
        values = _texts("blacklisted", {name: value})
        try:
            return responses.blacklist(self._ask(contract.BLACKLIST, values, **options))
        except BentoRefusedError as error:
            if error.status != 404:
                raise
        return responses.blacklist(self._ask(contract.BLACKLIST_JSON, values, **options))

    def moderate(self, content: str, **options: Any) -> Moderation:
        """Return whether a content can be shown, and a safe form of it (POST /experimental/content_moderation).

        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api import responses

        values = {"content": arguments.content("moderate", "content", content)}
        return responses.moderation(self._ask(contract.MODERATE, values, **options))

    def guess_gender(self, name: str, **options: Any) -> Gender:
        """Return Bento's guess from a first name (POST /experimental/gender).

        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api import responses

        return responses.gender(self._ask(contract.GUESS_GENDER, _texts("guess_gender", {"name": name}), **options))

    def _ask(self, call: contract.Call, values: Mapping[str, Any], **options: Any) -> Any:
        from airflow_provider_bento.api import parameters

        return self._call(parameters.experimental(call, values), **options)


def _texts(method: str, needed: Mapping[str, object], **optional: object) -> dict[str, str]:
    given = {**needed, **{name: value for name, value in optional.items() if value is not None}}
    return {name: arguments.text(method, name, value) for name, value in given.items()}
