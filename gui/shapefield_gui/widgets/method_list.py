"""The choice of a method: in groups, each with a line on what it is."""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, QSize, Qt
from PyQt6.QtGui import QPainter, QPalette, QStandardItem, QStandardItemModel
from PyQt6.QtWidgets import QApplication, QComboBox, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from shapefield_gui.models.method_groups import grouped
from shapefield_gui.theme import ROW, STEP
from shapefield_gui.widgets.plain import tip

_NAME = 88
"""Logical pixels of a name."""
_SUMMARY = Qt.ItemDataRole.UserRole + 1


class MethodList(QComboBox):
    """Its data are the methods' names."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Method")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(7)
        model = QStandardItemModel(self)
        for title, methods in grouped():
            heading = QStandardItem(title)
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            model.appendRow(heading)
            for method in methods:
                item = QStandardItem(method.name)
                item.setData(method.name, Qt.ItemDataRole.UserRole)
                item.setData(method.summary, _SUMMARY)
                item.setToolTip(tip(f"{method.when}\n{method.source}"))
                model.appendRow(item)
        self.setModel(model)
        self.setItemDelegate(_Line(self))
        self.setCurrentIndex(1)

    def showPopup(self) -> None:
        view = self.view()
        screen = self.screen()
        if view is not None and screen is not None:
            lines = (str(self.itemData(k, _SUMMARY) or "") for k in range(self.count()))
            widest = max(self.fontMetrics().horizontalAdvance(line) for line in lines)
            view.setMinimumWidth(min(_NAME + widest + 6 * STEP, screen.availableSize().width() - 2 * STEP))
        super().showPopup()


class _Line(QStyledItemDelegate):
    """A heading, or a name and its line."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(_NAME, ROW)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        summary = index.data(_SUMMARY)
        self.initStyleOption(option, index)
        option.text = ""
        style = QApplication.style()
        if painter is None or style is None:
            return
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole
        ink, quiet = (role.HighlightedText, role.HighlightedText) if chosen else (role.Text, role.PlaceholderText)
        painter.save()
        font = painter.font()
        font.setBold(summary is None)
        painter.setFont(font)
        line = option.rect.adjusted(STEP if summary is None else 2 * STEP, 0, -STEP, 0)
        painter.setPen(option.palette.color(quiet if summary is None else ink))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, str(index.data(Qt.ItemDataRole.DisplayRole)))
        if summary is not None:
            painter.setPen(option.palette.color(quiet))
            room = line.adjusted(_NAME, 0, 0, 0)
            text = option.fontMetrics.elidedText(str(summary), Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()
