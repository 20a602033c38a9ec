"""Every setting of the venue: from the environment or a `.env` file, prefix OPENOUTCRY_.

Rule: only `app` and `cli` read this file; everything else is told what it needs as arguments.
"""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AliasChoices, ByteSize, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    SettingsConfigDict,
)

from openoutcry.calendars.known import calendars_of
from openoutcry.calendars.reading import US_EQUITIES, BadCalendar
from openoutcry.gateway.guard import Auth
from openoutcry.model.commands import Listing
from openoutcry.model.instrument import ALWAYS
from openoutcry.model.units import Nanos

PREFIX: Final = "OPENOUTCRY_"
MEMORY: Final = ":memory:"
OF_COMMANDS: Final = frozenset({f"{PREFIX}KEY", f"{PREFIX}URL"})
"""Variables with the prefix that the command line reads, as options of commands."""
DELAY_MS_MAX: Final = 3_600_000
LIQUIDATION_GRACE_S_MAX: Final = 604_800
_NANOS_PER_MS: Final = 1_000_000
_NANOS_PER_S: Final = 1_000_000_000

Switch = Literal["on", "off"]
Names = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """What an operator may choose; the defaults run a paper venue on this machine."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    data_dir: str = "./data"
    """Journal, history and admin key; `:memory:` keeps nothing."""
    auth: Auth = Auth.OPEN
    """Whether calls without a key act as the demo account."""
    admin_key: str = Field(default="", repr=False)
    """Bearer token of the admin API; empty: generated into DATA_DIR."""
    simulation: Switch = "on"
    """The simulated market."""
    seed: int = Field(default=1, ge=0)
    """Seed of the simulated market."""
    execution_delay_ms: int = Field(default=1000, ge=0, le=DELAY_MS_MAX)
    """How long an order of the simple API stays cancelable before it goes to market."""
    listing: Listing = Listing.OPEN
    """Whether an unknown symbol on the simple API is listed on first use."""
    calendar: str = ALWAYS
    """Trading hours of what is listed without naming any: `always`, `us-equities`, a TOML file."""
    liquidation_grace_s: int = Field(default=300, ge=0, le=LIQUIDATION_GRACE_S_MAX)
    """From a margin call to the liquidation of an account that does not meet it."""
    instruments: Path | None = None
    """TOML file of instruments to list at first start instead of the built-in ones."""
    history_url: str = ""
    """SQLAlchemy URL; empty: SQLite in DATA_DIR."""
    rate_limit: int = Field(default=0, ge=0, le=10_000_000)
    """Requests per account and minute; 0: no limit."""
    retention: ByteSize = ByteSize(10_000_000_000)
    """Size of the journal beyond which the oldest blocks that nobody needs are dropped: `500MB`."""
    allowed_hosts: Names = ()
    """Further host names to answer to; `*` stands for any part."""
    allowed_origins: Names = ()
    """Web origins whose pages may call."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "text"] = "auto"
    """`auto`: JSON when not a terminal."""
    host: str = Field(default="127.0.0.1", validation_alias=AliasChoices("HOST", "host"))
    """Where `openoutcry serve` and the container listen."""
    port: int = Field(default=8000, ge=0, le=65_535, validation_alias=AliasChoices("PORT", "port"))

    @field_validator("allowed_hosts", "allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("calendar")
    @classmethod
    def _check_calendar(cls, setting: str) -> str:
        try:
            calendars_of(setting)
        except BadCalendar as fault:
            message = f"{ALWAYS}, {US_EQUITIES} or the path of a TOML file was expected: {fault}"
            raise ValueError(message) from fault
        return setting

    @field_validator("allowed_origins")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if origin != "*" and ("://" not in origin or origin.count("/") != 2):  # noqa: PLR2004
                message = f"{origin!r} is no origin; one looks like https://desk.example.com"
                raise ValueError(message)
        return tuple(origin.lower() for origin in origins)

    @property
    def execution_delay(self) -> Nanos:
        """The delay as the engine counts it."""
        return Nanos(self.execution_delay_ms * _NANOS_PER_MS)

    @property
    def liquidation_grace(self) -> Nanos:
        """The grace as the engine counts it."""
        return Nanos(self.liquidation_grace_s * _NANOS_PER_S)

    @property
    def directory(self) -> Path | None:
        """The data directory, or None when nothing is kept."""
        return None if self.data_dir == MEMORY else Path(self.data_dir)

    @property
    def is_simulated(self) -> bool:
        """Say whether the simulated market runs."""
        return self.simulation == "on"


class BadSettings(SystemExit):
    """Settings that cannot be used; the message names each, what was found and what is expected."""


def read_settings() -> Settings:
    """Read the settings, or end the process with a message for a person."""
    try:
        return Settings()
    except ValidationError as fault:
        raise BadSettings(explain(fault)) from None
    except (OSError, UnicodeDecodeError) as fault:
        file = Settings.model_config["env_file"]
        raise BadSettings(
            f"openoutcry cannot read its settings from {file}, which is UTF-8 text: {fault}"
        ) from None


def explain(fault: ValidationError) -> str:
    """Return one line per bad setting."""
    lines = ["openoutcry cannot start with these settings:"]
    for error in fault.errors(include_url=False):
        place = str(error["loc"][0]) if error["loc"] else ""
        name = place if place in ("HOST", "PORT") else f"{PREFIX}{place.upper()}"
        found = "" if "key" in place else f" (found {error['input']!r})"
        lines.append(f"  {name}: {error['msg'].removeprefix('Value error, ')}{found}")
    return "\n".join(lines)


def unknown_names() -> list[str]:
    """Return variables that look like settings and are none: misspelt, most likely."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | OF_COMMANDS
    sources = EnvSettingsSource(Settings), DotEnvSettingsSource(Settings)
    names = {name.upper() for source in sources for name in source.env_vars}
    return sorted(name for name in names if name.startswith(PREFIX) and name not in known)
