"""Settings > Pipeline and archive reasons."""

from flask import render_template
from flask.typing import ResponseReturnValue

from sandbox.control.requests import Routes
from sandbox.lever_ui.visitor import account


def pipeline() -> ResponseReturnValue:
    return render_template("lever/pipeline.html", pipeline=account().pipeline, as_shown=as_shown)


def as_shown(stage_id: str) -> str:
    """The customer's guide shows ids of UUID kind with blanks around the dashes; copying gives them without."""
    return stage_id.replace("-", " - ") if stage_id.count("-") == 4 else stage_id


routes: Routes = [("GET", "/settings/pipeline", pipeline)]
