"""A tree of XML elements as JSON, in columns.

Elements stand in the order in which they end, children before their parent: each column can be read
from front to back with a stack, and nothing recurses over what a stranger has nested.
"""

from typing import Any

from docmill.domain.limits import documents as limits
from docmill.domain.pages import Element


def tree_to_json(root: Element) -> dict[str, Any]:
    """``names`` are (name, prefix, namespace), each once; ``tags`` are indexes into it."""
    names: dict[tuple[str, str, str], int] = {}
    tags: list[int] = []
    texts: list[str] = []
    counts: list[int] = []
    attributes: dict[str, list[list[str]]] = {}
    for element in _ending(root):
        if element.attributes:
            attributes[str(len(tags))] = [[name, value] for name, value in element.attributes]
        tags.append(names.setdefault((element.name, element.prefix, element.namespace), len(names)))
        texts.append(element.text)
        counts.append(len(element.children))
    return {"names": list(names), "tags": tags, "texts": texts, "counts": counts, "attributes": attributes}


def tree_from_json(tree: dict[str, Any]) -> Element:
    """Raises ValueError, KeyError, IndexError or TypeError for what `tree_to_json` did not make."""
    names = [(str(name), str(prefix), str(namespace)) for name, prefix, namespace in tree["names"]]
    attributes = {
        int(index): tuple((str(name), str(value)) for name, value in pairs)
        for index, pairs in tree["attributes"].items()
    }
    if len(tree["tags"]) > limits.XML_ELEMENTS_MAX:
        raise ValueError("a tree of too many elements")
    open_elements: list[Element] = []
    heights: list[int] = []
    columns = zip(tree["tags"], tree["texts"], tree["counts"], strict=True)
    for index, (tag, text, count) in enumerate(columns):
        children: tuple[Element, ...] = ()
        height = 1
        if count:
            if not 0 < count <= len(open_elements):
                raise ValueError("an element has children that are not there")
            children = tuple(open_elements[-count:])
            height += max(heights[-count:])
            del open_elements[-count:], heights[-count:]
        if height > limits.XML_DEPTH_MAX:
            raise ValueError("a tree that is nested too deeply")
        name, prefix, namespace = names[tag]
        known = attributes.get(index, ())
        open_elements.append(Element(name, prefix, namespace, str(text), known, children))
        heights.append(height)
    if len(open_elements) != 1:
        raise ValueError("a tree has one root")
    return open_elements[0]


def _ending(root: Element) -> list[Element]:
    """All elements, children before their parent, in the document's order."""
    # Parents first and children from last to first, read backwards, is the order wanted.
    found: list[Element] = []
    waiting = [root]
    while waiting:
        element = waiting.pop()
        found.append(element)
        waiting += element.children
    found.reverse()
    return found
