"""What commands print: tables, comparisons, the privacy pack and the page of signals."""
