"""Legal forms of firms by country, and words that say what many firms are: neither tells two firms apart."""


def words_of(text: str) -> frozenset[str]:
    """The words that a text lists."""
    return frozenset(text.split())


# As folded words; a dot or a stroke within a form has already become a space ("S.p.A." is "s p a").
_BY_COUNTRY = {
    "no": "as asa ans da enk sa ba ks nuf iks stiftelse",
    "se": "ab hb kb ek aktiebolag publ",
    "dk": "as aps ks is amba ivs aktieselskab",
    "fi": "oy oyj ab abp osk ky tmi osuuskunta",
    "is": "hf ehf ohf",
    "de": "gmbh ag kg kgaa ug ohg gbr mbh ev eg se haftungsbeschrankt ggmbh",
    "at": "gmbh ag kg og eu",
    "ch": "ag sa sarl gmbh sagl",
    "gb": "ltd limited plc llp lp cic cio",
    "ie": "ltd limited plc dac clg uc teoranta",
    "us": "inc incorporated corp corporation llc llp lp co company pbc pllc ltd pc",
    "ca": "inc incorporated corp corporation ltd limited ltee ulc",
    "fr": "sa sas sarl sasu eurl sci snc scop scrl",
    "be": "sa nv srl bv bvba sprl vzw asbl cvba",
    "nl": "bv nv vof cv ua",
    "lu": "sa sarl scs sca",
    "it": "spa srl srls sas snc scarl sapa",
    "es": "sa sl slu sau sll coop",
    "pt": "sa lda unipessoal",
    "pl": "sa spzoo spk",
    "cz": "as sro vos zs",
    "sk": "as sro",
    "hu": "kft zrt nyrt bt",
    "ro": "sa srl",
    "bg": "ad ood eood ead",
    "gr": "ae epe ike",
    "ee": "as ou mtu",
    "lv": "as sia",
    "lt": "ab uab",
    "si": "doo dd",
    "hr": "doo dd",
    "rs": "doo ad",
    "tr": "as sti ltdsti",
    "ru": "ooo oao zao pao ao",
    "ua": "tov pat",
    "in": "ltd limited pvt pvtltd llp private",
    "sg": "pte ltd limited llp",
    "my": "bhd sdnbhd sdn",
    "au": "pty ltd limited",
    "nz": "ltd limited",
    "za": "pty ltd npc limited",
    "hk": "ltd limited",
    "cn": "co ltd limited",
    "jp": "kk gk co ltd corp",
    "kr": "co ltd inc",
    "id": "pt tbk",
    "th": "co ltd pcl",
    "vn": "jsc co ltd",
    "br": "sa ltda me eireli",
    "ar": "sa srl",
    "mx": "sa sadecv sapi cv",
    "il": "ltd",
    "ae": "llc fzco fze fzllc",
    "eu": "se sce eeig",
}  # fmt: skip

FORMS: dict[str, frozenset[str]] = {}
for _country, _forms in _BY_COUNTRY.items():
    for _form in _forms.split():
        FORMS[_form] = FORMS.get(_form, frozenset()) | {_country}

# Forms that also stand before a name.
LEADING = words_of(
    """
    as ab oy pt ooo oao zao pao sia uab the sc stiftelsen stiftelse societa compagnie
    """
)

# Several words that are one form, as folded words.
JOINED: dict[tuple[str, ...], str] = {
    tuple(words.split()): form
    for words, form in {
        "sp z o o": "spzoo", "s p a": "spa", "s r l": "srl", "s a": "sa", "s a s": "sas", "s a r l": "sarl",
        "a s": "as", "a g": "ag", "b v": "bv", "n v": "nv", "p l c": "plc", "l l c": "llc", "l l p": "llp",
        "l t d": "ltd", "s r o": "sro", "d o o": "doo", "k k": "kk", "o y": "oy", "a b": "ab", "e v": "ev",
        "s l": "sl", "s e": "se", "c i c": "cic", "i n c": "inc", "sa de cv": "sadecv", "s a de c v": "sadecv",
        "sdn bhd": "sdnbhd", "pvt ltd": "pvtltd", "a d": "ad", "m b h": "mbh",
    }.items()
}  # fmt: skip

# What many firms call themselves: they count little when two names are compared.
GENERIC = words_of(
    """
    group gruppe gruppen groupe gruppo grupo holding holdings international intl global worldwide europe
    european solutions solution services service systems system technologies technology tech consulting
    consultants consultancy software digital data partners partner management industries industry enterprise
    enterprises ventures capital network networks labs lab studio studios media foundation association institute
    center centre trust society union agency bureau department ministry council university college school
    hospital norge norway sverige sweden danmark denmark finland deutschland germany uk usa us nordic
    scandinavia com io ai net org and og und et y e i of for the de la le da do di del der die das des van von
    och
    """
)
