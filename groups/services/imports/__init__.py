"""Rosters in: upload → read in a child process → difference against what is held → confirmed → saved, all or nothing.

`lifecycle` holds what a person does (upload, choose columns, confirm, cancel, try again), `reading` and `saving` what
the worker does, `plan` the rows between the two, `staging` the set-based SQL, `officers` the list of officers, `undo`
and `sweeping` what comes after.
"""
