"""Contacts count from their own rows, no longer in the counters of pairs as well"""

from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

_OTHERS = (
    'broadcasts', 'reactions', 'meetings', 'cancelled_meetings', 'comments', 'handoffs', 'reopens', 'priority_raises',
    'escalations', 'sla_breaches',
)
_MARKED = (('replies', 1), ('asks', 2), ('acknowledgements', 4))


def upgrade() -> None:
    _add('-')
    zero = ' AND '.join(f'{name} = 0' for name in ('messages', *(name for name, _ in _MARKED), *_OTHERS))
    op.execute(f'DELETE FROM pair_day WHERE {zero}')


def downgrade() -> None:
    _add('')


def _add(sign: str) -> None:
    day = '(at - ((at % 86400) + 86400) % 86400) / 86400'
    marked = ', '.join(f'{sign}sum((marks & {mark}) / {mark})' for _, mark in _MARKED)
    names = ['messages', *(name for name, _ in _MARKED)]
    total = ', '.join(f'{name} = pair_day.{name} + excluded.{name}' for name in names)
    op.execute(
        f'INSERT INTO pair_day (sender, recipient, day, channel, {", ".join(names)}, {", ".join(_OTHERS)}) '
        f'SELECT sender, recipient, {day}, channel, {sign}count(*), {marked}, {", ".join("0" * len(_OTHERS))} '
        f'FROM contact WHERE true GROUP BY sender, recipient, {day}, channel '
        f'ON CONFLICT (sender, recipient, day, channel) DO UPDATE SET {total}'
    )
