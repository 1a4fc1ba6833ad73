"""The verifier as an auditor has it: its one file, loaded from where it lies."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_FILE = Path(__file__).parent.parent / "verifier" / "fieldtrace_verify.py"
_spec = spec_from_file_location("fieldtrace_verify", _FILE)
assert _spec is not None
assert _spec.loader is not None
_module = module_from_spec(_spec)
_spec.loader.exec_module(_module)

FLAWS = _module.FLAWS
HOLDS = _module.HOLDS
LAYERS = _module.LAYERS
Flaw = _module.Flaw
check = _module.check
cited = _module._cited
leads_to = _module._leads_to
main = _module.main
rulings = _module._rulings
verify = _module.verify
