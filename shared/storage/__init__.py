"""The store: SQLite or PostgreSQL, by SQLModel and SQLAlchemy.

A module here speaks one of two dialects:

* Plain functions over `Connection`, where the API does the work: who may read (`access`), what people do with alerts
  (`alerts`), and pages of readings and aggregates. The API runs them by `engine.transactions`, which on SQLite costs a
  tenth of what the asynchronous driver does. They do little, and find their rows by an index.
* `async` functions over `AsyncConnection` everywhere else: for the services, which write in bulk and stream.

Asynchronous code calls a plain function by `connection.run_sync(function, ...)`; the other way round there is none. No
function exists in both dialects. `directory.register` alone has both, as one class seals and opens under the same keys:
its `find` is plain. Functions take the caller's transaction and never commit. `engine`, which makes connections, is
outside this rule. `tests/contract/test_architecture.py` holds the store to it.
"""
