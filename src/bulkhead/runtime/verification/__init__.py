"""Is the stored journal whole, and does all that people see follow from it?"""
