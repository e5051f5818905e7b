"""Function words: by them English is told from its neighbours, and without them what a text is about."""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Common in English; a word that is also in OTHER says nothing either way.
ENGLISH: Final = _words(
    """about after agreed all also am an and any are as at back be because been before but by can can't check could
    could've did didn't do does doesn't don't done for from get good got great had has have he hello her here hey
    his how i i'd i'll i'm i've if in into is isn't it it's just know let let's looks make makes may me might more
    much my need next no not now of on one only or our out over please point review right see send sense shall she
    should should've so some sounds sure than thank thanks that that's the them then there these they think this
    those time to today tomorrow too understood up us very want was we we'll we're week were what when where which
    who why will with won't would yes yesterday you you're your"""
)
# Common in German, French, Spanish, Italian, Portuguese, Dutch, Polish or Swedish.
OTHER: Final = _words(
    """aber ale anche as att au auch auf aux av avec avez bei bitte bonjour ce cette che ciao com como con czy dank
    danke dans das dass dat de del della dem den der des det di do du dzięki dziękuję een ein eine einen el elle
    en es est estoy está et foi för für gli graag gracias grazie haben hai har heb het heute ho hola ich ik il
    inte isso ist ja jag jak je jest kan kannst kun können la las le les lo los maar mais mal mas med merci mit
    morgen muito muy más na naar nach nein nicht nie niet noch non nous nur não o obrigada obrigado och oder ook
    op os oui où para pas per pero più plus por pour proszę puede på que questa questo qui schon se sei sie sind
    się som sono sont sur são sí tack tak te tienes till tu uma un una und une van vi você von voor vous wel wenn
    wie wir wird y zijn zu är è être że"""
)
# Words that many languages write to each other; alone they are taken for English.
SHARED: Final = _words(
    """ah approved cool done fantastic gotcha hi nice no noted oh ok okay perfect super thx ty yeah yep yup"""
)
# English words that every text shares, so that they say nothing about what a reply takes up.
EMPTY: Final = _words(
    """a am an and are as at be because been being but by can could did do does don't didn't for from get go going got
    had has have having he he's her here him his how i i'll i'm if in is it it's its just know let's like may me might
    must my no nor not of oh ok okay on one or our right say said shall she she's should so that that's the their them
    then there there's these they they're think this those to uh um us was we we'll we're well were what when where
    which who whom whose why will with would yeah yes you you'll you're your"""
)
