"""The system, on one page: what it keeps, and each function with what wakes it and what it may touch.

Everything else about the stack is read from here: the CloudFormation template (`infra/app.py`), the settings
a handler may ask for, the permissions of its role, the picture in the README and docs/reference/system.md.
"""

from infra.vocabulary import (
    Appends,
    Bucket,
    DeadLetters,
    Finds,
    Index,
    Lambda,
    Lent,
    Lists,
    Loads,
    MailEvents,
    OnMail,
    OnObject,
    OnQueue,
    OnSchedule,
    OnStep,
    OnStream,
    Queue,
    Reads,
    Removes,
    Scans,
    Secrets,
    Sender,
    Sends,
    StateMachine,
    Table,
    Unseals,
    Writes,
)

# What is kept ----------------------------------------------------------------------------------------

# Of each account: facts (many writers), the standing and the trail of what conditions look back on (one
# writer, `evaluate`), and the summary of its use (one writer, `measure`). The only stream.
ACCOUNTS = Table("accounts", key=("account_id", "part"), streamed=True)
# Tasks, play runs, people, touchpoints, collections and the active days of users of each account; the team.
# The index holds the open tasks of each person.
WORK = Table(
    "work",
    key=("account_id", "item_id"),
    index=Index("agenda", key=("assignee", "due"), keeps=("document", "revision")),
)
# Messages on their way out, and what is to happen at a time; the index holds what is still to be done.
DELIVERIES = Table(
    "deliveries",
    key=("delivery_id",),
    index=Index("due", key=("due_shard", "due_at"), keeps=("channel",)),
)
# What was decided and why, append-only.
HISTORY = Table("history", key=("account_id", "entry"))
# Small rows: imports, watermarks, the active playbook, the clock's offset.
CONTROL = Table("control", key=("key",))
# What launching and going on write of them. The clock and the active playbook are for the command alone.
LAUNCHED = CONTROL.rows("brake#", "interrupts#", "pool#", "told#")

# CSV files in, and which of them were not split in time; reports, rejects, the shards of imports under way,
# what imports noted of their rows. Usage events. Compiled playbooks. What the steps of a night leave for the
# next one; populations, which stored scores name; the portfolio by day.
FILES = Bucket(
    "files",
    days=(
        ("imports/", 30),
        ("unsplit/", 30),
        ("nights/", 30),
        ("usage/", 90),
        ("changes/", 190),
        ("seen/", 190),
    ),
)
# Stream records that could not be handled, whole.
FAILURES = Bucket("failures", days=(("", 90),))

IMPORT_SHARDS = Queue("import_shards")
EMAIL_DELIVERIES = Queue("email_deliveries")
WEBHOOK_DELIVERIES = Queue("webhook_deliveries")
# Events from S3 and the schedules that could not be handled.
UNHANDLED_EVENTS = DeadLetters("unhandled_events")

# Addresses and signing secrets of the webhook endpoints.
ENDPOINTS = Secrets("endpoints")
# Who mail is from.
MAIL = Sender("mail")
# Mails that came back.
MAIL_EVENTS = MailEvents("mail")
# Where others put files that are pulled.
PULL = Lent("pull")

# Conditions can change with no write ("renewal within 90 days"), so every account is judged again each night.
# At four: before that, clocks go forward somewhere, and a start at an hour that is not there is skipped.
NIGHTLY = StateMachine("nightly", cron="0 4 * * ? *")

# After a playbook was applied: past days are judged again where a person asks for it.
RECALCULATION = StateMachine("recalculation")

# After a bad file: what it replaced goes back, where a person asks for it.
UNDO = StateMachine("undo")

# What happens ----------------------------------------------------------------------------------------

# A CSV drop becomes facts, or usage.

IMPORT_CSV_DROP = Lambda(
    "import_csv_drop",
    does="finds the dialect, maps the columns and splits the rows by account into shards",
    wakes=OnObject((FILES / "drops", FILES / "unsplit")),
    may=(
        Reads(
            FILES / "drops",
            FILES / "unsplit",
            FILES / "playbooks",
            FILES / "imports",
            FILES / "reports",
            CONTROL,
            DELIVERIES,
        ),
        Writes(
            FILES / "unsplit",
            FILES / "imports",
            FILES / "history",
            FILES / "reports",
            CONTROL.rows("import#", "feed#"),
            DELIVERIES,
        ),
        Sends(IMPORT_SHARDS, EMAIL_DELIVERIES),
    ),
    layers=("third_party_workbooks",),
    memory=1024,
    timeout=300,
)

IMPORT_CSV_ROWS = Lambda(
    "import_csv_rows",
    does="stores a shard's rows as facts or usage; the last shard writes the report and the rejects",
    wakes=OnQueue(IMPORT_SHARDS, batch=1, at_once=10),
    may=(
        Reads(
            FILES / "imports",
            FILES / "seen",
            FILES / "changes",
            FILES / "playbooks",
            ACCOUNTS,
            WORK,
            CONTROL,
            DELIVERIES,
        ),
        Writes(
            FILES / "imports",
            FILES / "seen",
            FILES / "changes",
            FILES / "reports",
            FILES / "rejects",
            FILES / "usage",
            WORK,
            CONTROL.rows("import#", "feed#", "usage-file#"),
            DELIVERIES,
        ),
        Loads(ACCOUNTS, WORK),
        Sends(IMPORT_SHARDS, EMAIL_DELIVERIES),
    ),
    memory=1536,
    timeout=300,
)

UNDO_IMPORTS = Lambda(
    "undo_imports",
    does="takes back what shards of an import replaced, where nothing newer came; the last one reports",
    wakes=OnStep(UNDO, 4, counts=("restored", "removed", "kept", "unchanged")),
    may=(
        Reads(
            FILES / "imports",
            FILES / "changes",
            FILES / "reports",
            FILES / "playbooks",
            ACCOUNTS,
            WORK,
            CONTROL,
        ),
        Lists(FILES / "changes"),
        Writes(FILES / "imports", FILES / "reports", WORK, CONTROL.rows("undo#", "undos")),
        Loads(ACCOUNTS, WORK),
        Removes(ACCOUNTS, WORK),
    ),
    memory=1024,
    timeout=900,
)

# Files that others put into buckets of theirs become drops.

PULL_IMPORTS = Lambda(
    "pull_imports",
    does="copies new files from the buckets of others into the drops, when the playbook says",
    wakes=OnSchedule("rate(15 minutes)"),
    may=(
        Reads(PULL, FILES / "playbooks", CONTROL, DELIVERIES),
        Lists(FILES / "drops"),
        Writes(FILES / "drops", CONTROL.rows("pull#"), DELIVERIES),
        Sends(EMAIL_DELIVERIES),
    ),
    timeout=900,
)

# What was told of use becomes a summary of each account, at night before the accounts are evaluated.

MEASURE_ACCOUNTS = Lambda(
    "measure_accounts",
    does="folds what was told of use into a summary of each account",
    wakes=OnStep(NIGHTLY, 4, counts=("deltas", "accounts", "events", "failed")),
    may=(
        Lists(FILES / "usage"),
        Reads(FILES / "usage", FILES / "playbooks", ACCOUNTS, WORK, CONTROL),
        Writes(ACCOUNTS, WORK, CONTROL.rows("night#", "usage#")),
    ),
    memory=1024,
    timeout=300,
)

# Facts become a standing: at once where they changed, and each night for every account.

EVALUATE_CHANGES = Lambda(
    "evaluate_changes",
    does="evaluates the accounts whose facts changed",
    wakes=OnStream(ACCOUNTS, parts=("facts",)),
    may=(
        Reads(ACCOUNTS, WORK, DELIVERIES, CONTROL, FILES / "playbooks", FILES / "populations"),
        Writes(ACCOUNTS, WORK, DELIVERIES),
        Appends(HISTORY),
    ),
)

RANK_ENGAGEMENT = Lambda(
    "rank_engagement",
    does="averages the use of one scan segment's accounts; the last segment makes the population",
    wakes=OnStep(NIGHTLY, 4, counts=("ranked", "failed")),
    may=(
        Scans(ACCOUNTS),
        Reads(ACCOUNTS, CONTROL, FILES / "playbooks", FILES / "nights"),
        Lists(FILES / "nights"),
        Writes(CONTROL.rows("night#", "population"), FILES / "nights", FILES / "populations"),
    ),
    timeout=300,
)

EVALUATE_ACCOUNTS = Lambda(
    "evaluate_accounts",
    does="evaluates every account of one scan segment, and counts them",
    wakes=OnStep(NIGHTLY, 4, counts=("evaluated", "changed", "transitions", "skipped", "failed")),
    may=(
        Scans(ACCOUNTS),
        Reads(ACCOUNTS, WORK, DELIVERIES, CONTROL, FILES / "playbooks", FILES / "populations"),
        Writes(ACCOUNTS, WORK, DELIVERIES, CONTROL.rows("night#", "population#"), FILES / "nights"),
        Appends(HISTORY),
    ),
    timeout=300,
)

ROLL_UP = Lambda(
    "roll_up",
    does="adds up what the night concluded: the portfolio in numbers",
    wakes=OnStep(NIGHTLY, 1, counts=("accounts",)),
    may=(
        Reads(CONTROL, FILES / "playbooks", FILES / "nights", FILES / "rollups"),
        Lists(FILES / "nights"),
        Writes(FILES / "rollups"),
    ),
    timeout=300,
)

RECALCULATE_ACCOUNTS = Lambda(
    "recalculate_accounts",
    does="judges the accounts of one scan segment again as of past days: score rows in the history",
    wakes=OnStep(RECALCULATION, 4, counts=("accounts", "rows", "failed")),
    may=(
        Scans(ACCOUNTS),
        Reads(ACCOUNTS, CONTROL, FILES / "playbooks", FILES / "populations", FILES / "changes"),
        Lists(FILES / "changes"),
        Appends(HISTORY),
    ),
    memory=2048,
    timeout=900,
)

# A standing with pending transitions becomes tasks, and messages on their way.

LAUNCH_PLAYS = Lambda(
    "launch_plays",
    does="launches the plays of new transitions: tasks, mails, webhooks, tags and attributes",
    wakes=OnStream(ACCOUNTS, parts=("standing",), having="pending"),
    may=(
        Finds(WORK),
        Reads(ACCOUNTS, WORK, DELIVERIES, CONTROL, FILES / "playbooks", FILES / "populations"),
        Writes(ACCOUNTS, WORK, DELIVERIES, LAUNCHED),
        Removes(DELIVERIES),
        Appends(HISTORY),
        Sends(EMAIL_DELIVERIES, WEBHOOK_DELIVERIES),
    ),
    layers=("third_party_templates",),
)

# Messages go out, one queue per channel; the minute tick sends what is due again.

DELIVER_EMAIL = Lambda(
    "deliver_email",
    does="sends one mail (SES)",
    wakes=OnQueue(EMAIL_DELIVERIES, batch=3, at_once=5),
    may=(
        Reads(DELIVERIES, CONTROL.rows("clock#")),
        Writes(DELIVERIES),
        Sends(MAIL, MAIL_EVENTS, EMAIL_DELIVERIES),
    ),
)

RECORD_MAIL_EVENTS = Lambda(
    "record_mail_events",
    does="suppresses the address of a mail that bounced for good or was complained of",
    wakes=OnMail(MAIL_EVENTS),
    may=(Reads(DELIVERIES), Writes(DELIVERIES)),
)

DELIVER_WEBHOOK = Lambda(
    "deliver_webhook",
    does="posts one message to its endpoint (Slack, or signed after Standard Webhooks)",
    wakes=OnQueue(WEBHOOK_DELIVERIES, batch=1, at_once=10),
    may=(
        Reads(DELIVERIES, CONTROL.rows("clock#", "endpoint#", "playbook#"), FILES / "playbooks"),
        Writes(DELIVERIES, CONTROL.rows("endpoint#")),
        Sends(WEBHOOK_DELIVERIES),
        Unseals(ENDPOINTS),
    ),
)

WAKE_DUE = Lambda(
    "wake_due",
    does="queues the messages that are due again, and goes on with what waited",
    wakes=OnSchedule("rate(1 minute)"),
    may=(
        Finds(DELIVERIES, WORK),
        Reads(ACCOUNTS, WORK, DELIVERIES, CONTROL, FILES / "playbooks", FILES / "populations"),
        Writes(ACCOUNTS, WORK, DELIVERIES, LAUNCHED),
        Removes(DELIVERIES),
        Appends(HISTORY),
        Sends(EMAIL_DELIVERIES, WEBHOOK_DELIVERIES),
    ),
    layers=("third_party_templates",),
)

# What should never need repair is repaired and counted.

SWEEP = Lambda(
    "sweep",
    does="relaunches the plays that were missed, and counts them; hands over tasks of who has left",
    wakes=OnSchedule("cron(0 6 * * ? *)"),
    may=(
        Scans(ACCOUNTS, WORK),
        Finds(WORK),
        Reads(ACCOUNTS, WORK, DELIVERIES, CONTROL, FILES / "playbooks", FILES / "populations"),
        Writes(ACCOUNTS, WORK, DELIVERIES, LAUNCHED, CONTROL.rows("agendas#")),
        Removes(DELIVERIES),
        Appends(HISTORY),
        Sends(EMAIL_DELIVERIES, WEBHOOK_DELIVERIES),
    ),
    layers=("third_party_templates",),
    timeout=300,
)

TABLES = (ACCOUNTS, WORK, DELIVERIES, HISTORY, CONTROL)
BUCKETS = (FILES, FAILURES)
QUEUES = (IMPORT_SHARDS, EMAIL_DELIVERIES, WEBHOOK_DELIVERIES)
STATE_MACHINES = (NIGHTLY, RECALCULATION, UNDO)
FUNCTIONS = (
    IMPORT_CSV_DROP,
    IMPORT_CSV_ROWS,
    UNDO_IMPORTS,
    PULL_IMPORTS,
    MEASURE_ACCOUNTS,
    EVALUATE_CHANGES,
    RANK_ENGAGEMENT,
    EVALUATE_ACCOUNTS,
    ROLL_UP,
    RECALCULATE_ACCOUNTS,
    LAUNCH_PLAYS,
    DELIVER_EMAIL,
    RECORD_MAIL_EVENTS,
    DELIVER_WEBHOOK,
    WAKE_DUE,
    SWEEP,
)
