"""What a process has imported before it is forked to become the program. Imported by the server that forks, only."""

import gc

from services.api import app as _api
from services.calendar import app as _calendar
from services.chat import app as _chat
from services.cli import app as _cli
from services.cli.importing import files as _files
from services.cli.importing import settle as _settle
from services.cli.up import demo as _demo
from services.cli.up import up as _up
from services.signals import app as _signals
from services.tickets import app as _tickets
from tests.e2e.forked import die_with_parent

PRELOADED = (_api, _calendar, _chat, _cli, _demo, _files, _settle, _signals, _tickets, _up)

die_with_parent()
gc.collect()
gc.freeze()  # what is here stays shared with those that are forked
