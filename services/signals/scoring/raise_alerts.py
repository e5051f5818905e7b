"""Raises and clears alerts, in the transaction that ends a scoring pass."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.settings import SignalsSettings
from shared.domain.alerts.rule import AlertRule, fold
from shared.domain.week import DAY
from shared.storage.alerts.rule_store import forget_alerts, record, risk_weeks, rule_state


def alert_raiser(settings: SignalsSettings) -> "AlertRaiser":
    """The raiser for the rule that the settings describe."""
    rule = AlertRule(
        budget_per_100_people=settings.alert_budget, refractory_seconds=settings.alert_refractory_days * DAY
    )
    return AlertRaiser(rule=rule)


class AlertRaiser:
    """Applies the alert rule to weeks whose readings are new or have changed."""

    def __init__(self, *, rule: AlertRule) -> None:
        self._rule: Final = rule

    async def decide(self, connection: AsyncConnection, weeks: Sequence[int], *, oldest_week: int) -> None:
        """Raise and clear alerts by the readings of these weeks. The last of them is the last closed week."""
        if not weeks:
            return
        state = await rule_state(connection, self._rule, since=weeks[0])
        found = await risk_weeks(connection, self._rule, weeks)
        await record(connection, self._rule, fold(self._rule, state, found), found)
        await forget_alerts(connection, oldest_week=oldest_week)
