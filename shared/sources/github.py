"""How issues and milestones of GitHub are named, wherever they stand: the same in goals and in tickets."""

import re
from typing import Final

from shared.sources.json_document import Object, text

_IN_ADDRESS: Final = re.compile(r"(?:/repos/|//(?:www\.)?github\.com/)([^/]+/[^/]+)")
_ISSUE: Final = re.compile(r"([^/]+/[^/]+)/issues/(\d+)$")


def repository_of(found: Object) -> str:
    """`owner/name` of where an issue or a milestone lies; empty where it does not say."""
    named = text(found, "repository", "full_name") or text(found, "repository", "nameWithOwner")
    addresses = (text(found, name) for name in ("repository_url", "url", "html_url"))
    matches = (_IN_ADDRESS.search(address) for address in addresses)
    return named or next((match[1] for match in matches if match), "")


def issue_key(found: Object, repository: str) -> str:
    """`owner/name#number`; the number alone where the repository is not known."""
    number, own = text(found, "number"), repository_of(found) or repository
    return f"{own}#{number}" if own and number else number


def milestone_key(found: Object, repository: str) -> str:
    """`owner/name/milestone/number`, or its title where it has no number."""
    number = text(found, "number")
    return f"{repository_of(found) or repository}/milestone/{number}" if number else text(found, "title")


def issue_above(issue: Object, repository: str) -> str:
    """The issue that one is a sub-issue of; empty for none."""
    url = _ISSUE.search(text(issue, "parent_issue_url"))
    above = issue.get("parent")
    return f"{url[1]}#{url[2]}" if url else issue_key(above, repository) if isinstance(above, dict) else ""


def milestone_of(issue: Object, repository: str) -> str:
    """The milestone that an issue belongs to; empty for none."""
    milestone = issue.get("milestone")
    return milestone_key(milestone, repository) if isinstance(milestone, dict) else ""
