"""Reading rosters as neighbourhood heads keep them. Pure: files in, records and problems out, no database.

`reader` opens a file safely, `mapping` finds out what its columns hold, `rows` / `officers` / `members` turn rows into
records. Nothing here keeps a column that was not declared in `mapping.FIELDS`.
"""
