"""The product that the invented companies use: a planning tool of six modules."""

MODULES: dict[str, tuple[str, ...]] = {
    "Projects": ("Create Project", "Close Project", "Comment"),
    "Planning": ("Assign Task", "Move Task", "Set Milestone"),
    "Time Tracking": ("Log Time", "Approve Time", "Edit Time"),
    "Reports": ("Open Report", "Share Report", "Export Report"),
    "Billing": ("Send Invoice", "Record Payment", "Edit Rate"),
    "Automations": ("Run Rule", "Edit Rule", "Use Template"),
}
"""The actions of each module; a feature is `Module/Action`."""

CORE_FEATURES = (
    "Projects/Create Project",
    "Planning/Assign Task",
    "Time Tracking/Log Time",
    "Reports/Open Report",
)
NEW_FEATURES = ("Automations/Run Rule", "Automations/Use Template")
FIRST_VALUE = "Projects/Close Project"
OTHER_FEATURES = tuple(
    feature
    for module, actions in MODULES.items()
    for action in actions
    if (feature := f"{module}/{action}") not in {*CORE_FEATURES, *NEW_FEATURES, FIRST_VALUE}
)
