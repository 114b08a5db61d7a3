# SPDX-License-Identifier: MPL-2.0
"""Test Anything Protocol for Python tests: each check prints a line, done() prints the plan.

    tap = Tap()
    tap.ok(found, "the menu is there")
    sys.exit(tap.done())
"""

import sys
import traceback


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, condition, what, note=None):
        """One check; note (text) is printed when it fails."""
        self.count += 1
        if not condition:
            self.failed += 1
        print(f"{'ok' if condition else 'not ok'} {self.count} - {what}", flush=True)
        if not condition:
            # prove shows only standard error: what failed must be in the log of a run
            print(f"# failed: {self.count} - {what}", file=sys.stderr, flush=True)
            if note is not None:
                self.note(note)
        return bool(condition)

    def equal(self, got, want, what):
        return self.ok(got == want, what, f"got  {got!r}\nwant {want!r}")

    def note(self, text):
        for line in str(text).splitlines() or [""]:
            print(f"# {line}", flush=True)

    def skip(self, what, reason):
        """For what this machine cannot show; a fault is never a reason."""
        self.count += 1
        print(f"ok {self.count} - {what} # SKIP {reason}", flush=True)

    def run(self, what, function, *args):
        """Call a part of the test; an exception in it is a failed check, not the end."""
        try:
            function(*args)
        except Exception as e:  # pylint: disable=broad-except
            self.ok(False, what, f"{type(e).__name__}: {e}")
            self.note("".join(traceback.format_tb(e.__traceback__)[-3:]))

    def done(self):
        """The exit status for sys.exit; a test without a check fails."""
        print(f"1..{self.count}")
        sys.stdout.flush()
        return 1 if self.failed or not self.count else 0
