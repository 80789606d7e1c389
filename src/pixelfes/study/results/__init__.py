"""The results of a study: statistics of the answers, tables, a chart, and reports in HTML and Markdown."""
