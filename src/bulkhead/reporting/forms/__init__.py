"""The forms a document can take: a page, a paper, data, a spreadsheet."""
