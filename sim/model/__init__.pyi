from .clock import Clock as Clock
from .types import Lever as Lever
from .types import Model as Model
from .types import Outcome as Outcome
from .types import Parameter as Parameter
from .types import Table as Table
