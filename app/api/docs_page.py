"""The API's documentation as one page without scripts, made from the OpenAPI document. Works offline."""

from html import escape

Json = dict[str, object]

_STYLE = """
:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 16%,transparent)}
body{font:15px/1.5 Inter,system-ui,sans-serif;max-width:58rem;margin:2rem auto;padding:0 1rem}
code,pre{font-family:"JetBrains Mono",ui-monospace,monospace;font-size:.9em}
pre{overflow:auto;padding:.75rem;border:1px solid var(--line);border-radius:6px}
details{border:1px solid var(--line);border-radius:6px;margin:.4rem 0;padding:.5rem .75rem}
summary{cursor:pointer}summary b{display:inline-block;min-width:4.5rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;border-bottom:1px solid var(--line);padding:.3rem .5rem}
"""


def page(document: Json) -> str:
    """Return the whole page."""
    info = _at(document, "info")
    calls = "".join(
        _call(method, path, call)
        for path, methods in _at(document, "paths").items()
        for method, call in _object(methods).items()
    )
    shapes = "".join(_shape(name, shape) for name, shape in sorted(_at(_at(document, "components"), "schemas").items()))
    title = escape(str(info["title"]))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{title}</h1><p>{escape(str(info.get('description', '')))}</p>"
        f'<p>Machine-readable: <a href="/api/openapi.json">/api/openapi.json</a></p>'
        f"<h2>Calls</h2>{calls}<h2>Shapes</h2>{shapes}</body></html>"
    )


def _call(method: str, path: str, raw: object) -> str:
    call = _object(raw)
    rows = "".join(_parameter(_object(parameter)) for parameter in _list(call.get("parameters")))
    parameters = f"<table><tr><th>Parameter</th><th>In</th><th>Type</th></tr>{rows}</table>" if rows else ""
    body = "".join(
        f"<p>Body <code>{escape(kind)}</code>: {_type(_object(_object(content).get('schema')))}</p>"
        for kind, content in _at(_object(call.get("requestBody")), "content").items()
    )
    answers = ", ".join(f"{status} {_answer(_object(answer))}" for status, answer in _at(call, "responses").items())
    return (
        f"<details><summary><b>{method.upper()}</b> <code>{escape(path)}</code></summary>"
        f"<p>{escape(str(call.get('description', '')))}</p>{parameters}{body}<p>Answers: {answers}</p></details>"
    )


def _parameter(parameter: Json) -> str:
    name = escape(str(parameter["name"])) + (" *" if parameter.get("required") else "")
    return f"<tr><td><code>{name}</code></td><td>{parameter['in']}</td><td>{_type(_at(parameter, 'schema'))}</td></tr>"


def _answer(answer: Json) -> str:
    shapes = [_type(_at(_object(content), "schema")) for content in _at(answer, "content").values()]
    return f"({', '.join(shapes)})" if shapes else escape(str(answer.get("description", "")))


def _shape(name: str, raw: object) -> str:
    shape = _object(raw)
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code></td><td>{_type(_object(kind))}</td></tr>"
        for field, kind in _at(shape, "properties").items()
    )
    return (
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"<p>{escape(str(shape.get('description', '')))}</p><table>{rows}</table></details>"
    )


def _type(schema: Json) -> str:
    if "$ref" in schema:
        name = escape(str(schema["$ref"]).rsplit("/", 1)[-1])
        return f'<a href="#{name}">{name}</a>'
    either = [_type(_object(option)) for option in _list(schema.get("anyOf"))]
    if either:
        return " or ".join(either)
    if schema.get("type") == "array":
        return f"list of {_type(_at(schema, 'items'))}"
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(value))}</code>" for value in _list(schema["enum"]))
    return escape(str(schema.get("format") or schema.get("type") or "any"))


def _at(parent: Json, key: str) -> Json:
    return _object(parent.get(key))


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
