from . import exploring_charts as exploring_charts
from . import sensitivity_charts as sensitivity_charts
from . import tables as tables
from .answers import summarize as summarize
from .card import model_card as model_card
from .report import report_html as report_html
