"""The replica: what decides, held in memory and kept in step with the store's change log.

It reads the store through its contract and knows no SQL.
"""
