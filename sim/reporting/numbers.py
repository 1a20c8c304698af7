"""How numbers are written, for the tables and charts."""

from sim.display import TOY as TOY
from sim.display import counted as counted
from sim.display import decimal as decimal
from sim.display import digits as digits
from sim.display import direction as direction
from sim.display import interval as interval
from sim.display import number as number
from sim.display import percent as percent
from sim.display import places_of as places_of
from sim.display import plural as plural
