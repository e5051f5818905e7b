"""Orders: a verb of work at the head of a clause. And the words that several rules of the grammar are made of."""

from typing import Final

from shared.domain.text.asks.rule import rule_of

VERB: Final = (
    "accept|add|adjust|answer|apply|approve|arrange|ask|assign|attach|authori[sz]e|book|bring|bump|call|cancel|change|"
    "check|choose|clean|clear|close|collect|comment|complete|confirm|contact|copy|correct|countersign|cover|create|"
    "decide|delete|deploy|disable|draft|drop|enable|examine|explain|extend|file|fill|find|finish|fix|forward|fwd|get|"
    "give|go|grant|hand|have|help|hold|indicate|inform|install|invite|keep|leave|let|log|look|mail|make|mark|merge|"
    "move|notify|open|order|pay|pick|ping|post|prepare|print|proofread|provide|pull|push|put|read|reboot|rebase|"
    "record|release|remind|remove|rename|replace|reply|report|resend|reserve|reset|restart|return|revert|review|ring|"
    "roll|run|save|say|schedule|select|send|set|share|show|shut|sign|silence|sort|stamp|start|stay|stop|submit|swap|"
    "switch|take|tell|test|transfer|translate|try|turn|update|upload|use|verify|wipe|write"
)
OBJECT: Final = (
    r"(?:me|us|it|them|him|her|the|this|that|these|those|a|an|all|any|both|every|one|two|three|to|with|over|up|down|"
    r"off|out|in|into|at|on|for|against|through|back|my|your|our|their|if|whether|what|which|who|how|when|where|why|"
    r"between|before|by|rid|sending|everything|nothing|legal|sales|it's|\w+'s)\b"
)
WH: Final = "if|whether|what|who|whom|how|which|when|where|why"
THEIRS: Final = r"(?:you|your|@\w+|(?<!the )(?<!an )(?<!a )\b(?!it's|that's|what's|let's|there's|today's)\w+'s)"
OUTCOME: Final = (
    r"(?:answer|reply|decision|review|approval|sign-?off|signature|ok|okay|feedback|comments?|input|confirmation|"
    r"choice|pick|call|numbers?|figures|list|report|response|permission|consent|go-?ahead)"
)

VERBS: Final = frozenset(VERB.replace("authori[sz]e", "authorise|authorize").split("|"))
CLAUSE: Final = rule_of(
    "clause",
    "An order: a verb of work at the head of a sentence or clause, with its object.",
    rf"^(?:just |also |otherwise |do not |don't |never |always )?(?:{VERB}) {OBJECT}",
    rf"^(?:@?\w+|team|everyone|all),? to (?:{VERB})\b",
    rf"^(?:just |re-?)?(?:{VERB})(?: (?:today|now|again))?[.!]?$",
)
"""Matched where a clause begins, and nowhere else."""
