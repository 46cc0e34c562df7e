"""Routes as generators: they yield what has to be done, and get back what came of it.

What is yielded is a function. Where it returns something to wait for, `run_async` waits; `run` is
for frameworks that do not wait, whose functions return the thing itself. An error of the function
is raised in the route.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from typing import Any, TypeVar

Done = TypeVar("Done")
Work = Callable[[], Any]
Steps = Generator[Work, Any, Done]


def run(steps: Steps[Done]) -> Done:
    """Do all steps of a route in this thread."""
    try:
        work = next(steps)
        while True:
            try:
                came = work()
                _refuse_coroutine(came)
            except Exception as error:  # noqa: BLE001 - the route decides, and raises the rest
                work = steps.throw(error)
            else:
                work = steps.send(came)
    except StopIteration as end:
        done: Done = end.value
        return done


def _refuse_coroutine(came: object) -> None:
    if inspect.isawaitable(came):  # a check that nobody waits for checks nothing
        if inspect.iscoroutine(came):
            came.close()
        raise TypeError("a hook or store of this framework cannot be a coroutine")


async def run_async(steps: Steps[Done]) -> Done:
    """Do all steps of a route, and wait where there is something to wait for."""
    try:
        work = next(steps)
        while True:
            try:
                came = work()
                if inspect.isawaitable(came):
                    came = await came
            except Exception as error:  # noqa: BLE001 - the route decides, and raises the rest
                work = steps.throw(error)
            else:
                work = steps.send(came)
    except StopIteration as end:
        done: Done = end.value
        return done
