"""The chain: one module a stage, the variable table and the ledger."""
