"""Reports (报表): day sheets made from the rows, tables of any period from the sheets, exports."""
