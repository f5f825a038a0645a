"""The engine: tables in, findings out. No Django, no network, no wall clock."""

from lianfang.engine.catalogue import Catalogue, load
from lianfang.engine.dataset import Dataset, open_dataset, read
from lianfang.engine.fault import Fault
from lianfang.engine.run import Run, run

__all__ = ["Catalogue", "Dataset", "Fault", "Run", "load", "open_dataset", "read", "run"]
