"""Turns interactions into facts: finds the function of the domain for each wire type."""

from shared.domain.facts.contributions import add_contact, add_meeting, add_reaction, add_ticket_step
from shared.domain.facts.fact_delta import FactDelta
from shared.schemas.interaction import AnyInteraction, Contact, Met, Reacted, Stepped


def contribute(delta: FactDelta, interaction: AnyInteraction, entity: bytes, sign: int) -> None:
    """Add (sign +1) what an interaction contributes by itself, or take it back (-1). `entity` is its digest."""
    match interaction:
        case Contact():
            add_contact(delta, interaction, entity, sign)
        case Met():
            add_meeting(delta, interaction, entity, sign)
        case Stepped():
            add_ticket_step(delta, interaction, entity, sign)
        case Reacted():
            add_reaction(delta, interaction, sign)
        case _:  # a retracted one contributes nothing, and what tells of a meeting with others is added up first
            pass
