from . import tables as tables
from .card import model_card as model_card
from .glossary import glossary_terms as glossary_terms
from .report import LivePart as LivePart
from .report import report_html as report_html
from .reproduction import Recipe as Recipe
from .reproduction import run_options as run_options
