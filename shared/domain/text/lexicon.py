"""Phrases by feature: words that do something in a conversation, told from their form alone.

A feature counts what is done (agreeing, hedging, asking), never how somebody feels; there are no lists of pleasant and
unpleasant words. The word "but" is in none of them: what matters is whether the other is acknowledged first, not what
joins the halves (method notes, section 0).
"""

from collections.abc import Mapping
from typing import Final

PHRASES: Final[Mapping[str, str]] = {
    # Showing that the other was heard, and where one agrees.
    "acknowledgement": """
        i understand | i can understand | i do understand | i completely understand | i totally understand
        i fully understand | i also understand | understand that | understand what | understand why
        understand where | understand your | understand the | understand how | i see what | i see why | i see that
        i see where | i see how | i see your | i see you | i can see | i do see | see your point | i hear
        i get that | i get what | i get why | i get your | i know that you | i know you | i recognize | i realize
        i acknowledge | i respect | i can appreciate | i appreciate that | i appreciate your | noted | understood
        got it | i can relate | relate to""",
    "their_words": """
        you say | you said | you're saying | you are saying | you mention | you mentioned | you point out
        you pointed out | you wrote | you feel that | you think that | you believe that | you state | you stated
        you suggest | you suggested | your point | your points | your view | your views | your perspective
        your opinion | your position | your argument | your concern | your concerns | your idea | your ideas
        your suggestion | your reasoning | your statement | your thoughts | your side | your stance | your comment
        your response | your viewpoint | your belief | your beliefs | point of view | coming from | sounds like you
        it sounds like | as you say | as you said | what you mean | what you say | why you | where you | with you on
        the way you""",
    "agreement": """
        i agree | i do agree | i also agree | i would agree | i can agree | i partially agree | i somewhat agree
        i mostly agree | we agree | we can agree | we both agree | agree with you | agree with your | agree with this
        agree with most | agree with some | agree with the | agree on | agree that | agreed | in agreement
        agreement | same page | i share your | i feel the same | i think so too | i second | i support
        i certainly agree""",
    "full_agreement": """
        completely agree | totally agree | fully agree | strongly agree | definitely agree | wholeheartedly agree
        agree completely | agree totally | agree wholeheartedly | agree one hundred | agree fully
        couldn't agree more | could not agree more | exactly | absolutely | well said | agree 100""",
    "granting": """
        you're right | you are right | you are correct | you're correct | you may be right | you might be right
        have a point | a good point | good point | good points | great point | great points | fair point
        fair points | excellent point | excellent points | interesting point | interesting points | very good point
        very valid point | makes sense | make sense | fair enough | sounds good | that's true | that is true
        this is true | it is true | it's true | very true | so true | true | you make | you made | you bring up
        you brought up | you raise | you raised | great idea | good idea | correct | right that | right about | valid
        important point""",
    "in_part": """
        to some extent | to an extent | to a certain extent | in some ways | in some cases | in some instances
        some cases | part of | partly | partially | at times | for the most part | in many ways | in many cases
        some of | most of | to a degree | to some degree | certain cases | certain situations | some situations
        on one hand | on the one hand | both sides | either side | each side | two sides | each case | case by case""",
    "concession": """
        granted | admittedly | i admit | i concede | i must admit | while i | while it | while there | although
        even though | that said | having said | that being said | being said | on the other hand | nevertheless
        nonetheless | at the same time | regardless | despite | in spite of | then again""",
    "however": "however | though | yet | still",
    "gratitude": "thank | thanks | thx | ty | appreciate | appreciated | appreciates | grateful | cheers",
    "praise": """
        good job | nice job | good work | nice work | well done | nicely done | good idea | good question
        good catch | nice catch | nice article | good article | nice edit | good edit | awesome | good edits
        good start | welcome | congratulations | congrats | impressive | excellent | great | wonderful | fantastic
        interesting""",
    "apology": """
        sorry | apologize | apologise | apologies | apology | pardon | excuse me | my bad | my mistake | my fault
        oops | forgive me | my apologies""",
    "greeting": "hi | hello | hey | dear | good morning | good afternoon | good evening | greetings",
    # How sure one is.
    "hedge": """
        maybe | perhaps | might | could | may | possibly | probably | likely | seems | seem | seemed | appears
        appear | appeared | somewhat | sort of | kind of | sometimes | often | usually | generally | typically | tend
        tends | i guess | i suppose | suggest | suggests | potentially | relatively | apparently | presumably
        fairly | quite | rather | almost | unclear | unsure | not sure | i'm not sure | not certain
        as far as i know | afaik | in general | on the whole | roughly | arguably | possible | wonder whether
        wonder if""",
    "own_view": """
        i think | i believe | i feel | i'd say | i would say | i assume | i find | i consider | imo | imho
        in my opinion | in my view | in my experience | from my perspective | my opinion | my view | my point
        i do think | i do believe | i personally | personally | i also think | i also believe | i just think
        i still think | i really think | i honestly | to me | for me | my understanding | i would argue | i'd argue""",
    "certainty": """
        obviously | clearly | of course | undoubtedly | no doubt | without a doubt | surely | plainly | evidently
        completely | totally | entirely | period | undeniable | undeniably | unquestionably | guaranteed | exact
        the fact | it's a fact | the facts | simple | simply put""",
    "confirmation": "definitely | certainly | indeed | sure | for sure",
    "intensifier": "really | truly | literally | honestly | in fact | actually | very | extremely | so much",
    "focus": "too | even | already | at all | so many | such a | going to | trying to | keep",
    "generalisation": """
        always | never | everyone | everybody | nobody | no one | all | every | none | any | anyone | anything
        everything | everywhere | ever | whole | entire""",
    "nothing": "no | nothing | none | nobody | nowhere | neither | nor",
    "limiter": "just | only | simply | merely | barely | hardly | solely",
    # For and against.
    "negation": """
        not | cannot | can't | don't | doesn't | didn't | isn't | aren't | wasn't | weren't | won't | wouldn't
        shouldn't | couldn't | haven't | hasn't | hadn't | ain't | without | dont | cant | doesnt | didnt""",
    "disagreement": """
        i disagree | disagree | i don't agree | i do not agree | don't agree | do not agree | can't agree
        cannot agree | not agree | you're wrong | you are wrong | that's wrong | that is wrong | is wrong | are wrong
        wrong | not true | isn't true | incorrect | mistaken | i don't think | i do not think | i don't believe
        i don't see | i do not believe | i don't understand | i do not see | i can't see | i doubt | no way
        not right | not the case | i object | no reason | makes no sense | make no sense | doesn't make sense
        opposite | does not make sense""",
    "dismissal": """
        ridiculous | nonsense | absurd | stupid | ignorant | silly | laughable | biased | naive | clueless | pathetic
        idiot | idiotic | idiots | bullshit | rubbish | garbage | crap | crazy | insane | dumb | excuse | excuses
        whining | whine | get over | in a bubble | wake up | grow up | shame | lies | lying | liar | propaganda
        brainwashed | delusional | hypocrite | hypocritical | bogus | joke | blah | get real | bother | the hell
        are you kidding | nerve | damn | pov | vandal | vandalism | sockpuppet | troll""",
    "rebuttal": """
        why would | why should | how can you | how could you | how can anyone | what about | so what | why did you
        why do you | why are you | why have you | why don't you | why didn't you | what makes you | who are you
        who do you | how dare | what gives | do you really | are you saying | are you suggesting | are you serious
        did you even | do you even | have you ever | have you even | how is that | how is this | what right""",
    "obligation": """
        should | must | have to | has to | need to | ought | supposed to | required | had to | needed to | shouldn't
        needs | necessary""",
    "you_should": """
        you should | you need | you must | you have to | you ought | you can't | you cannot | you can not
        you shouldn't | you better | you'd better | you don't | you do not | you didn't | you did not | you haven't
        you have not | you're not | you are not | you never | you always | you just | you keep""",
    "reasoning": """
        because | since | so that | due to | as a result | reason | reasons | leads to | lead to | results in
        the reason | in order to | cause | causes | caused""",
    "conclusion": "therefore | thus | hence | consequently | which means | that means | this means | thereby | so",
    "condition": "if | unless | whether | in case | assuming | provided that | as long as | otherwise | depends",
    "example": "for example | for instance | such as | e g | like when | example | examples | instance | evidence",
    "comparison": "more | less | better | worse | than | instead | compared | similar | different | same | equally",
    # Asking and inviting.
    "curiosity": """
        i wonder | wondering | i wondered | curious | interested in | what do you think | what are your
        your thoughts | what would you | how would you | how do you think | do you think | do you believe
        do you know | do you have | would you like | could you explain | can you explain | could you tell
        can you tell | could you clarify | please explain | tell me | help me understand | i'd like to hear
        would like to hear | love to hear | like to know | want to know | want to understand | like to understand
        like to learn | learn more | know more | hear more | understand more | understand better | better understand
        any ideas | any thoughts | have you considered | have you thought | is it possible | would it be possible
        is there a way | is there any way | any suggestions | let me know""",
    "invitation": """
        we could | we can | we might | we should | let's | lets | let us | could we | can we | shall we | should we
        how about | what if | why don't we | feel free | if you like | if you want | if you wish | if you would
        if you'd like | if you have | if you don't mind | if you can | if you could | when you have | when you get
        would you mind | do you mind | mind if | happy to | glad to | willing to | would be great | would be nice
        would be good | would be helpful | interested""",
    "could_you": """
        could you | would you | could i | would it | may i | might i | would i | could someone | would someone
        could we | would we | would that | would be""",
    "can_you": "can you | will you | can i | can we | can someone | will it | are you able",
    "please": "please | pls | plz | kindly",
    "shared_ground": """
        we all | all of us | we both | together | common | share | shared | each other | both | everyone's
        our society | our country | our community | understanding | work together | compromise | solution | solutions
        find a way | help | helps | helpful | improve | balance | fair | respect""",
    "possibility": "would | wouldn't | i'd | we'd | you'd | it'd | i hope | hope | hopefully | hoping | wish",
    # Who is spoken of.
    "first_singular": "i | me | my | mine | myself | i'm | i've | i'd | i'll | im",
    "first_plural": "we | us | our | ours | ourselves | we're | we've | we'd | we'll | let's",
    "second_person": "you | your | yours | yourself | you're | you've | you'd | you'll | u | ur",
    "third_person": "he | she | they | him | her | them | his | their | theirs | they're | himself | themselves | he's",
    "impersonal": """
        it | this | that | these | those | there | it's | that's | there's | its | someone | something | one""",
    "addition": "also | as well | furthermore | moreover | in addition | besides | both | another | along with",
    "consideration": """
        consider | considered | considering | consideration | into account | look at | looking at | aware | ensure
        make sure | possibility | conclusion | overall | ways to | a way | options | perhaps we | situation
        situations | circumstances | context | depending | depends on | possible""",
    "wh_word": "what | why | how | who | which | where | when | what's | who's | how's",
}
