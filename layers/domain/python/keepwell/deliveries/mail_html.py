"""The HTML that stands beside a mail's plain text: the same words, with paragraphs and links."""

import re
from html import escape

# What follows a link in a sentence is not part of it.
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}]")

_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"></head>'
    '<body style="font-family: sans-serif; line-height: 1.4">{}</body></html>\n'
)


def as_html(text: str) -> str:
    """A page of `text`, escaped: blank lines part paragraphs, addresses of the web become links."""
    paragraphs = [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text.strip())]
    return _PAGE.format("".join(f"<p>{_paragraph(each)}</p>" for each in paragraphs if each.strip()))


def _paragraph(text: str) -> str:
    found, end = [], 0
    for link in _LINK.finditer(text):
        address = escape(link[0])
        found += [escape(text[end : link.start()]), f'<a href="{address}">{address}</a>']
        end = link.end()
    found.append(escape(text[end:]))
    return "".join(found).replace("\n", "<br>\n")
