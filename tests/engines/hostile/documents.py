"""Hostile XML: bombs, entities, nesting without end, wrong encodings, and graphs that hang in the air."""

from collections.abc import Iterator

from tests.engines.hostile.cases import EITHER, READ, REFUSED, Case, broken, case

_BIG = 5_000_000
_LAUGHS = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

# What differs between the two formats: the root, and how nodes and edges are wrapped.
_SHAPES = {
    "graphml": ("graphml", "<graph>{}{}</graph>"),
    "gexf": ("gexf", "<graph><nodes>{}</nodes><edges>{}</edges></graph>"),
}


def documents() -> Iterator[Case]:
    """All cases, once as GraphML and once as GEXF."""
    for ending in _SHAPES:
        yield from _of_format(ending)


def _of_format(ending: str) -> Iterator[Case]:
    root, shape = _SHAPES[ending]

    def whole(nodes: str = '<node id="a"/><node id="b"/>', edges: str = "", head: str = "", top: str = "") -> str:
        return f"{head}<{root}>{top}{shape.format(nodes, edges)}</{root}>"

    def named(name: str) -> str:
        return f"{name}.{ending}"

    declared = '<?xml version="1.0"?>'
    edge = '<edge source="a" target="b"/>'
    doctypes = {
        "laughs": f"<!DOCTYPE x [{_LAUGHS}]>",
        "quadratic": f'<!DOCTYPE x [<!ENTITY a "{"x" * 100_000}">]>',
        "external-entity": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        "external-http": '<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:1/">]>',
        "external-dtd": '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        "public-dtd": '<!DOCTYPE x PUBLIC "-//x//y" "http://127.0.0.1:1/x.dtd">',
        "parameter-entity": '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        "parameter-laughs": '<!DOCTYPE x [<!ENTITY % a "b"><!ENTITY % c "%a;%a;"> %c;]>',
        "recursive-entity": '<!DOCTYPE x [<!ENTITY a "&b;"><!ENTITY b "&a;">]>',
        "unparsed-entity": '<!DOCTYPE x [<!NOTATION n SYSTEM "n"><!ENTITY a SYSTEM "a.gif" NDATA n>]>',
        "doctype-alone": "<!DOCTYPE x>",
        "element-declarations": "<!DOCTYPE x [<!ELEMENT x ANY><!ATTLIST x a CDATA 'b'>]>",
        "behind-a-comment": f"<!--{'x' * 200_000}--><!DOCTYPE x [<!ENTITY a 'b'>]>",
    }
    for name, doctype in doctypes.items():
        yield case(named(name), REFUSED, lambda d=doctype: whole('<node id="&a;"/>', head=declared + d))
    utf_16 = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]>'
    yield case(named("entity-in-utf-16"), REFUSED, whole(head=utf_16).encode("utf-16"))
    yield case(named("undefined-entity"), REFUSED, whole('<node id="&nbsp;"/>'))
    yield case(named("half-a-character"), REFUSED, whole('<node id="&#xD800;"/>'))
    yield case(named("nought-character"), REFUSED, whole('<node id="&#0;"/>'))

    yield case(named("deep"), REFUSED, lambda: f"<{root}>" + "<a>" * 200_000)
    yield case(named("deep-and-closed"), REFUSED, lambda: f"<{root}>" + "<a>" * 9_000 + "</a>" * 9_000 + f"</{root}>")
    yield case(named("nested-nodes"), REFUSED, whole("<node id='a'><graph>" * 90 + "</graph></node>" * 90))
    yield case(named("nested-a-little"), READ, whole("<node id='a'><graph>" * 9 + "</graph></node>" * 9))
    yield case(named("own-parent"), READ, whole('<node id="a" pid="b"/><node id="b" pid="a"/>'))

    yield case(named("huge-attribute"), REFUSED, lambda: whole(f'<node id="{"x" * _BIG}"/>'))
    yield case(named("large-attribute"), REFUSED, lambda: whole(f'<node id="{"x" * 200_000}"/>'))
    yield case(named("huge-name"), REFUSED, lambda: whole(f"<{'x' * _BIG}/>"))
    yield case(named("huge-comment"), REFUSED, lambda: whole(top=f"<!--{'x' * _BIG}-->"))
    yield case(named("huge-instruction"), REFUSED, lambda: whole(top=f"<?x {'x' * _BIG}?>"))
    yield case(named("huge-text-nobody-reads"), READ, lambda: whole(top=f"<meta>{'x' * _BIG}</meta>"))
    yield case(named("many-attributes"), EITHER,
               lambda: whole("<node id='a' " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>"))  # fmt: skip
    yield case(named("attribute-twice"), REFUSED, whole('<node id="a" id="b"/>'))
    yield case(named("many-nodes"), READ, lambda: whole("".join(f'<node id="{n}"/>' for n in range(60_000))))
    yield case(named("many-empty-elements"), READ, lambda: whole(top="<a/>" * 400_000))
    yield case(named("many-comments"), READ, lambda: whole(top="<!--x-->" * 100_000))

    yield case(named("unclosed"), REFUSED, f"<{root}><graph><node id='a'/>")
    yield case(named("crossed"), REFUSED, f"<{root}><graph></{root}></graph>")
    yield case(named("two-roots"), REFUSED, whole() + whole())
    yield case(named("text-behind"), REFUSED, whole() + "x")
    yield case(named("empty-root"), REFUSED, f"<{root}/>")
    yield case(named("no-graph"), REFUSED, f"<{root}><graph/></{root}>")
    yield case(named("html"), REFUSED, "<!-- x --><html><body>404</body></html>")
    yield case(named("html-with-doctype"), REFUSED, "<!DOCTYPE html><html></html>")
    yield case(named("svg"), REFUSED, declared + '<svg xmlns="http://www.w3.org/2000/svg"/>')
    yield case(named("soap"), REFUSED, declared + '<s:Envelope xmlns:s="x"><s:Body/></s:Envelope>')
    yield case(named("declaration-alone"), REFUSED, declared)
    yield case(named("declaration-cut"), REFUSED, '<?xml version="1.0"')
    yield case(named("version-nine"), READ, whole(head='<?xml version="9.9"?>'))
    yield case(named("space-before-declaration"), REFUSED, whole(head="\n " + declared))

    latin = whole('<node id="Bømlo"/>')
    yield case(named("latin-called-utf-8"), REFUSED, latin.encode("latin-1"))
    yield case(named("latin-declared"), READ, ('<?xml version="1.0" encoding="iso-8859-1"?>' + latin).encode("latin-1"))
    yield case(named("utf-8-called-utf-16"), REFUSED, '<?xml version="1.0" encoding="utf-16"?>' + whole())
    yield case(named("unknown-encoding"), REFUSED, '<?xml version="1.0" encoding="klingon"?>' + whole())
    yield case(named("utf-7"), REFUSED, '<?xml version="1.0" encoding="utf-7"?>' + whole())
    yield case(named("codec-that-is-none"), REFUSED, '<?xml version="1.0" encoding="zlib"?>' + whole())
    yield case(named("utf-8-mark"), READ, b"\xef\xbb\xbf" + whole().encode())
    yield case(named("utf-16"), READ, ('<?xml version="1.0" encoding="utf-16"?>' + whole()).encode("utf-16"))
    yield case(
        named("half-utf-16"), EITHER, ('<?xml version="1.0" encoding="utf-16"?>' + whole()).encode("utf-16")[:-3]
    )
    yield case(named("noughts"), REFUSED, whole('<node id="a\0b"/>'))
    yield case(named("control-character"), REFUSED, whole('<node id="a\x01"/>'))
    yield case(named("not-utf-8"), REFUSED, whole().encode() + b"\xff\xfe\xfd")

    yield case(named("missing-ids"), READ, whole("<node/><node label=''/>"))
    yield case(named("ids-twice"), READ, whole('<node id="a"/><node id="a"/>'))
    yield case(named("edges-in-the-air"), READ, whole(edges='<edge source="y" target="z"/><edge/>'))
    yield case(named("edge-to-itself"), READ, whole(edges='<edge source="a" target="a"/>'))
    yield case(named("edges-alone"), READ, whole("", edge))
    yield case(named("node-within-edge"), READ, whole(edges='<edge source="a" target="b"><node id="c"/></edge>'))
    yield case(named("unbound-prefix"), READ, whole('<viz:node id="a"/>'))
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
    yield case(named("include"), READ, whole(top=include))
    yield case(named("stylesheet"), READ, whole(head='<?xml version="1.0"?><?xml-stylesheet href="x:y"?>'))
    yield case(named("sections"), READ, whole("<node id='a'><data key='k'><![CDATA[<b>]]></data></node>"))
    many = "".join(f'<key id="k{n}" for="node" attr.name="k{n}"/>' for n in range(1_100))
    attributes = "".join(f'<attribute id="k{n}" title="k{n}"/>' for n in range(1_100))
    yield case(named("too-many-attributes"), REFUSED,
               whole(top=f"{many}<graph><attributes class='node'>{attributes}</attributes></graph>"))  # fmt: skip
    values = "".join(f'<data key="k{n}">v</data><attvalue for="k{n}" value="v"/>' for n in range(600))
    yield case(named("too-many-values"), REFUSED, whole(f'<node id="a">{values}</node>'))
    one_each = "".join(
        f'<node id="{n}"><data key="k{n}">v</data><attvalue for="k{n}" value="v"/></node>' for n in range(600)
    )
    yield case(named("an-attribute-for-each"), REFUSED, whole(one_each))
    long = f'<node id="a"><data key="k">{"x" * 300_000}</data><attvalue for="k" value="{"x" * 300_000}"/></node>'
    yield case(named("long-value"), REFUSED, whole(long))
    yield case(named("key-without-id"), READ, whole(top="<key/><attribute/><default>x</default>"))
    good = whole('<node id="a"><data key="k">Åse</data></node>' * 20, edge * 20, head=declared)
    yield from broken("graph", f".{ending}", good.encode())
