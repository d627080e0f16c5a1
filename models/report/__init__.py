"""The report: the stances of a run as one page that opens from disk, without network.

A run draws what the page shows and writes it at its end:

    sample = Sample()
    for article, records in scored:
        sample.add(article, records)
    write_report(out / "report.html", sample, manifest)

The page is made of the records of the contract and the articles' texts alone; no model is needed.
"""

from models.report.page import write_report
from models.report.sample import Sample

__all__ = ["Sample", "write_report"]
