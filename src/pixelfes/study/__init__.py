"""User studies: people see an input and what several candidates made of it, and choose.

The room knows nothing of faces: pictures go in by folder, answers come out as tables. `making` makes a study, `design` says
what a study is, `plan` who sees what in which order, `store` keeps answers, `server` asks, `analysis` and `report` tell.
"""
