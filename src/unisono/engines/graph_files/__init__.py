"""Networks in files: members and ties of GraphML, GEXF, Kumu's JSON and pairs of CSV files, one record at a time."""

from unisono.engines.graph_files.archive import archive_records
from unisono.engines.graph_files.gexf import gexf_records
from unisono.engines.graph_files.graphml import graphml_records
from unisono.engines.graph_files.kumu import kumu_records
from unisono.engines.graph_files.records import EDGE, KIND, NODE, Record, Records
from unisono.engines.graph_files.write import GRAPH_FORMATS, Edge, Graph, Node, write_kumu

__all__ = [
    "EDGE",
    "GRAPH_FORMATS",
    "KIND",
    "NODE",
    "Edge",
    "Graph",
    "Node",
    "Record",
    "Records",
    "archive_records",
    "gexf_records",
    "graphml_records",
    "kumu_records",
    "write_kumu",
]
