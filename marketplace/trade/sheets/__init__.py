"""The comparison as people see it: the page, the printed sheet, the CSV, and the page of the formula."""
