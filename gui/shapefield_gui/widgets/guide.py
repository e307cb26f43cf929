"""The guide, read in the window: contents on the left, a page on the right. Nothing of it is fetched."""

from __future__ import annotations

from PyQt6.QtCore import Qt, QUrl
from PyQt6.QtGui import QDesktopServices, QPalette, QTextCursor
from PyQt6.QtWidgets import QDialog, QHBoxLayout, QTextBrowser, QTreeWidget, QTreeWidgetItem, QWidget

from shapefield_gui.models import guide
from shapefield_gui.theme import STEP

_PAGE, _HEADING = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_WIDE = 232
"""Logical pixels of the contents."""
_ABSENT = "The guide is not installed: it lies in docs/guide.md of the sources."


class Guide(QDialog):
    """Does not hold the window up: it can be read beside the work."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Guide")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.contents = QTreeWidget()
        self.contents.setHeaderHidden(True)
        self.contents.setFixedWidth(_WIDE)
        self.contents.setAccessibleName("Contents")
        self.text = QTextBrowser()
        self.text.setAccessibleName("Guide")
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._follow)
        if (document := self.text.document()) is not None:
            document.setDocumentMargin(2 * STEP)
        self.page = ""
        for page, title in guide.PAGES:
            self._list(page, title)
        self.contents.itemClicked.connect(lambda item, _: self._choose(item))
        self.contents.itemActivated.connect(lambda item, _: self._choose(item))
        row = QHBoxLayout(self)
        row.addWidget(self.contents)
        row.addWidget(self.text, 1)
        self.resize(920, 640)
        self.show_page(guide.PAGES[0][0])

    def _list(self, page: str, title: str) -> None:
        top = QTreeWidgetItem([title])
        top.setData(0, _PAGE, page)
        self.contents.addTopLevelItem(top)
        for level, heading in guide.headings(guide.text_of(page)):
            if level == 2:
                below = QTreeWidgetItem(top, [heading])
                below.setToolTip(0, heading)
                below.setData(0, _PAGE, page)
                below.setData(0, _HEADING, heading)
        top.setExpanded(page == guide.PAGES[0][0])

    def _choose(self, item: QTreeWidgetItem) -> None:
        item.setExpanded(True)
        self.show_page(item.data(0, _PAGE), item.data(0, _HEADING) or "")

    def show_page(self, page: str, heading: str = "") -> None:
        """Turn to a page, and to a heading of it."""
        if page != self.page:
            self.page = page
            self.text.setHtml(f"<style>{self._style()}</style>{guide.html_of(guide.text_of(page) or _ABSENT)}")
        self._turn_to(guide.anchor(heading))

    def _style(self) -> str:
        role = QPalette.ColorRole
        quiet, line, ground, link = (
            self.palette().color(r).name() for r in (role.PlaceholderText, role.Mid, role.Window, role.Link)
        )
        return f"""table.wide th {{ white-space: nowrap; }}
h1 {{ font-size: 22px; font-weight: 600; }}
h2 {{ font-size: 17px; font-weight: 600; margin-top: 24px; }}
h3 {{ font-size: 14px; font-weight: 600; margin-top: 16px; }} p, li {{ line-height: 135%; }}
pre {{ background: {ground}; margin: 8px 0; }} a {{ color: {link}; text-decoration: none; }}
table {{ border-collapse: collapse; border: 1px solid {line}; margin: 8px 0; }}
td, th {{ padding: 5px 8px; border: 1px solid {line}; }} th {{ color: {quiet}; font-weight: 600; text-align: left; }}"""

    def _turn_to(self, anchor: str) -> None:
        """Put a heading at the top; "" is the beginning."""
        document = self.text.document()
        block = document.begin() if document is not None else None
        while block is not None and block.isValid():
            is_heading = block.blockFormat().headingLevel() > 0
            if not anchor or (is_heading and guide.anchor(block.text()) == anchor):
                bar = self.text.verticalScrollBar()
                self.text.setTextCursor(QTextCursor(block))
                if bar is not None:
                    bar.setValue(bar.value() + self.text.cursorRect().top() - STEP if anchor else 0)
                return
            block = block.next()

    def _follow(self, link: QUrl) -> None:
        """Pages and headings are turned to; what lies on the web is the browser's."""
        page = link.path() or self.page
        if link.scheme() in ("http", "https"):
            QDesktopServices.openUrl(link)
        elif page in dict(guide.PAGES):
            self.show_page(page, link.fragment())
