"""The page of a comparison for the browser, report.html."""
