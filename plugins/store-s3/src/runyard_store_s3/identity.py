"""Who asks: the ordinary AWS credentials, found where every AWS tool finds them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from runyard.errors import Forbidden, SettingsError
from runyard_store_s3.settings import ROLE, Access
from runyard_store_s3.signing import Keys

_FILES = {"AWS_CONFIG_FILE": "~/.aws/config", "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"}


@attrs.frozen
class Configuration:
    """What the AWS configuration says beside credentials; empty where it says nothing."""

    region: str = ""
    endpoint: str = ""


class Identity:
    """Credentials that are looked for when they are first needed, and renewed before they expire."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._lock = threading.Lock()
        self._session: Any = None
        self._credentials: Any = None
        self._shown = "anonymous access"

    def __str__(self) -> str:
        """Who was tried, for messages; never a secret."""
        return self._shown

    def keys(self) -> Keys | None:
        """The credentials of this moment, None for anonymous access.

        Raises:
            Forbidden: there are none, or whoever gives them out does not.
        """
        if self._access.anonymous:
            return None
        with self._lock:
            if self._credentials is None:
                self._credentials = self._found()
            credentials = self._credentials
        if isinstance(credentials, Keys):
            return credentials
        with self._explained():
            frozen = credentials.get_frozen_credentials()
        keys = Keys(frozen.access_key, frozen.secret_key, frozen.token or "")
        self._shown = self._described(keys, credentials.method)
        return keys

    def forget(self) -> None:
        """Look again the next time, as somebody may have renewed what has expired."""
        with self._lock:
            self._session = self._credentials = None

    def configuration(self) -> Configuration:
        """The region and the endpoint of the profile."""
        if self._access.anonymous or self._in_environment() is not None:
            return Configuration()
        from botocore.configprovider import ConfiguredEndpointProvider

        with self._lock, self._explained():
            session = self._opened()
            profile = session.get_scoped_config()
            places = ConfiguredEndpointProvider(session.full_config, profile, "s3")
            return Configuration(session.get_config_variable("region") or "", places.provide() or "")

    def _found(self) -> Any:
        """Keys, or credentials of botocore's that renew themselves."""
        keys = self._in_environment()
        if keys is not None:
            self._shown = self._described(keys, "the environment")
            return keys
        with self._explained():
            session = self._opened()
            credentials = session.get_credentials()
        if credentials is None:
            raise Forbidden(
                "there are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, log in "
                "with the aws command, or set store-s3.anonymous for a public bucket"
            )
        return self._assumed(session, credentials) if self._access.role else credentials

    def _assumed(self, session: Any, credentials: Any) -> Any:
        from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

        extra = {"RoleSessionName": "runyard"}
        if self._access.external_id:
            extra["ExternalId"] = self._access.external_id
        region = self._access.region or session.get_config_variable("region")

        def client(name: str, **named: Any) -> Any:
            return session.create_client(name, region_name=region or "us-east-1", **named)

        fetcher = AssumeRoleCredentialFetcher(client, credentials, self._access.role, extra_args=extra)
        return DeferredRefreshableCredentials(refresh_using=fetcher.fetch_credentials, method="assume-role")

    def _opened(self) -> Any:
        if self._session is None:
            from botocore.session import Session

            self._session = Session(profile=self._access.profile or None)
        return self._session

    def _in_environment(self) -> Keys | None:
        """Keys that stand in the environment, where nothing else has a say; botocore need not be imported then."""
        environ, access = self._access.environ, self._access
        if access.profile or access.role or not (access.region or access.endpoint):
            return None
        if any(Path(environ.get(name) or default).expanduser().exists() for name, default in _FILES.items()):
            return None
        access_key, secret_key = (environ.get(name, "") for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
        token = environ.get("AWS_SESSION_TOKEN") or environ.get("AWS_SECURITY_TOKEN") or ""
        return Keys(access_key, secret_key, token) if access_key and secret_key else None

    def _described(self, keys: Keys, method: str) -> str:
        via = f"role {self._access.role}" if self._access.role else ""
        via = via or (f"profile {self._access.profile!r}" if self._access.profile else method)
        return f"access key {keys.access_key} ({via})"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

        try:
            yield
        except ProfileNotFound as error:
            raise SettingsError(f"{error}; see what `aws configure list-profiles` shows") from error
        except (BotoCoreError, ClientError) as error:
            who = f"role {self._access.role}" if self._access.role else f"profile {self._access.profile or 'default'!r}"
            hint = f"; {ROLE.name} is what was asked for" if self._access.role else ""
            raise Forbidden(f"there are no AWS credentials for {who}: {error}{hint}") from error
