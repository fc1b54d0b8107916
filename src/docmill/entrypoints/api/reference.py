"""HTML of the API's description: headings, tables and examples, nothing to run."""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from docmill.domain.errors import CODES

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
body{color:#1b1f24;background:#fff}
h1,h2{line-height:1.2}h2{margin-top:2.5rem;border-bottom:1px solid #d0d7de}
h3{font-size:1rem;margin:1.6rem 0 .3rem}
code,pre{font:.88rem/1.45 ui-monospace,monospace;background:#f3f5f7;border-radius:4px}
code{padding:.1rem .3rem}pre{padding:.7rem;overflow:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}
td,th{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid #e4e8ec}
.m{display:inline-block;min-width:4.2rem;font-weight:700;color:#0a5bb5}
@media(prefers-color-scheme:dark){body{background:#14171a;color:#e3e6e9}code,pre{background:#22272c}
.m{color:#6db3ff}td,th,h2{border-color:#343b42}}
"""


def api_page(description: dict[str, Any]) -> str:
    info = description["info"]
    by_tag: dict[str, list[str]] = {}
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            for tag in operation.get("tags", ["other"])[:1]:
                by_tag.setdefault(tag, []).append("".join(_operation(path, method, operation, description)))
    parts = [f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>", _prose(info["description"])]
    parts.append('<p><a href="/openapi.json">OpenAPI</a> · <a href="/docs/errors">error codes</a></p>')
    parts.append(
        _example(
            "curl -H 'Authorization: Bearer dm_…' -F file=@invoice.pdf http://127.0.0.1:8080/v1/documents"
        )
    )
    for tag, operations_html in by_tag.items():
        parts.append(f"<h2>{escape(tag.capitalize())}</h2>{''.join(operations_html)}")
    return _page("docmill API", "".join(parts))


def errors_page() -> str:
    rows = "".join(
        f'<tr id="{code}"><td><code>{code}</code></td><td>{info.status}</td><td>{escape(info.sentence)}</td>'
        f"<td>{_prose(info.action, tag='span')}</td><td>{'yes' if info.retry else 'no'}</td></tr>"
        for code, info in CODES.items()
    )
    head = "<tr><th>code</th><th>status</th><th>means</th><th>do</th><th>may work later</th></tr>"
    return _page("docmill error codes", f"<h1>Error codes</h1><table>{head}{rows}</table>")


def _operation(
    path: str, method: str, operation: dict[str, Any], description: dict[str, Any]
) -> Iterator[str]:
    summary = escape(operation.get("summary", ""))
    yield f'<h3><span class="m">{method.upper()}</span> <code>{escape(path)}</code> {summary}</h3>'
    if text := operation.get("description"):
        yield _prose(text)
    if parameters := operation.get("parameters"):
        rows = "".join(
            f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
            f"<td>{_prose(one.get('description', ''), tag='span')}</td></tr>"
            for one in parameters
        )
        yield f"<table>{rows}</table>"
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        if "example" in content:
            yield f"<p>Body, <code>{escape(kind)}</code>:</p>{_example(_pretty(content['example']))}"
    for status, response in operation["responses"].items():
        means = _prose(response.get("description", ""), tag="span")
        yield f"<p><strong>{escape(str(status))}</strong> {means}</p>"
        example = _example_of(response, description)
        if example is not None and not str(status).startswith(("4", "5")):
            yield _example(_pretty(example))


def _example_of(response: dict[str, Any], description: dict[str, Any]) -> Any:
    for content in response.get("content", {}).values():
        reference = content.get("schema", {}).get("$ref", "")
        schema = description["components"]["schemas"].get(reference.rpartition("/")[2], {})
        for example in schema.get("examples", ()):
            return example
    return None


def _prose(text: str, tag: str = "p") -> str:
    """Paragraphs with `code` in back quotes."""
    pieces = escape(text).split("`")
    marked = "".join(f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces))
    return "".join(f"<{tag}>{paragraph}</{tag}>" for paragraph in marked.split("\n\n"))


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _example(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en">{head}{body}</html>'
