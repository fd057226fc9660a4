"""Imports: a dropped file becomes facts of accounts, and every row is accounted for (reliability I1-I6).

`plan_drop` reads a file and splits it into shards; `import_shard` merges one shard's rows into facts; the
last shard to end composes the report and the rejects file. Each may be delivered again at any later time.
"""
