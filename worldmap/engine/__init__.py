"""Where per-item work runs: in this process, over worker processes of this machine that may die
alone, or over the machines of a cluster. All offer the same `run_each` (`Engine`).
"""

from worldmap.engine.choice import is_spread as is_spread
from worldmap.engine.choice import require_shared as require_shared
from worldmap.engine.choice import run_each as run_each
from worldmap.engine.choice import working_here as working_here
from worldmap.engine.choice import working_on as working_on
from worldmap.engine.isolated import Bounded as Bounded
from worldmap.engine.isolated import Isolated as Isolated
from worldmap.engine.isolated import IsolatedPool as IsolatedPool
from worldmap.engine.machine import cpu_count as cpu_count
from worldmap.engine.machine import default_jobs as default_jobs
from worldmap.engine.machine import limit_memory as limit_memory
from worldmap.engine.machine import peak_memory_mb as peak_memory_mb
from worldmap.engine.outcome import Engine as Engine
from worldmap.engine.outcome import Item as Item
from worldmap.engine.outcome import Needs as Needs
from worldmap.engine.outcome import Outcome as Outcome
from worldmap.engine.outcome import Result as Result
from worldmap.engine.outcome import TimeLimitError as TimeLimitError
from worldmap.engine.outcome import WorkerDiedError as WorkerDiedError
from worldmap.engine.overlapped import run_overlapped as run_overlapped
