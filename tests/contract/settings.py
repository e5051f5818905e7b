"""The variables that the product reads, for tests that hold pages and deployments against them."""

from importlib import import_module
from pathlib import Path

from pydantic_settings import BaseSettings

from services.cli.operator_account import OperatorSettings
from shared.keyring import KeySettings
from shared.settings import ServiceSettings

_SERVICES = Path(__file__).parents[2] / "services"


def environment() -> set[str]:
    """Every variable that some settings class reads: those that all services share and those of one service."""
    modules = [import_module(f"services.{path.parent.name}.settings") for path in _SERVICES.glob("*/settings.py")]
    classes: set[type[BaseSettings]] = {
        thing
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, BaseSettings)
    }
    classes |= {ServiceSettings, KeySettings, OperatorSettings}
    return {
        f"{kind.model_config.get('env_prefix', '')}{name}".upper()
        for kind in classes - {BaseSettings}
        for name in kind.model_fields
    }


ENVIRONMENT = environment()
