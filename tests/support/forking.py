"""A child of this process, as servers that preload make them."""

import os
import warnings
from collections.abc import Callable


def holds_in_a_child(check: Callable[[], bool]) -> bool:
    """Fork; tell whether ``check`` holds there. The child ends at once, whatever happens."""
    with warnings.catch_warnings():
        # Newer versions of Python warn of threads that a child lacks: that is what is tried.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if check() else 1
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
