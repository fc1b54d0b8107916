"""XPaths of elements: where in the XML a value stands, for people and for other programs."""

from collections import Counter

from docmill.domain.pages import Element


class XPaths:
    """XPaths in one tree, with the document's own prefixes; siblings are counted once per document.

    Elements are told apart by identity: two that say the same are still two. A default namespace
    has no prefix to write, so its elements are named by ``local-name()``.
    """

    def __init__(self, root: Element) -> None:
        self._root = root
        self._parents: dict[int, Element] = {}
        self._known = {id(root): f"/{_step(root)}"}

    def of(self, element: Element) -> str:
        """Return a path from the root that names this element alone. Raises KeyError for another tree's."""
        if id(element) not in self._known:
            self._name_children(self._parent(element))
        return self._known[id(element)]

    def _parent(self, element: Element) -> Element:
        if not self._parents:
            waiting = [self._root]
            while waiting:
                parent = waiting.pop()
                self._parents.update((id(child), parent) for child in parent.children)
                waiting += parent.children
        return self._parents[id(element)]

    def _name_children(self, parent: Element) -> None:
        head = self.of(parent)
        several = Counter(_tag(child) for child in parent.children)
        seen: Counter[tuple[str, str]] = Counter()
        for child in parent.children:
            tag = _tag(child)
            seen[tag] += 1
            index = f"[{seen[tag]}]" if several[tag] > 1 else ""
            self._known[id(child)] = f"{head}/{_step(child)}{index}"


def _tag(element: Element) -> tuple[str, str]:
    return element.namespace, element.name


def _step(element: Element) -> str:
    return f"{element.prefix}:{element.name}" if element.prefix else f"*[local-name()='{element.name}']"
