#!/bin/sh
# policy_sentry 0.15.2 (PyPI), Python 3.
#
# policy_sentry writes policies of least privilege from ARNs or from actions. `sts:AssumeRole` is an action of level Write on a role,
# also in its own data, yet "write" for the ARN of a role is a policy without statements: the ARN belongs to the service iam, so the
# actions of sts on it are looked at for no level. Asked for the action instead, it writes `*`, where for `iam:PassRole` it writes the
# pattern of the ARN to fill in. One would guess that naming a role of another account gives a policy to assume it.
#
# Seen:
#   data:   level Write, on arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}
#   by ARN: sts actions none, write statements 0
#   by action iam:PassRole: arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}
#   by action sts:AssumeRole: *
#
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet policy_sentry==0.15.2
cat > app.py <<'PY'
from policy_sentry.command.write_policy import write_policy_with_template
from policy_sentry.querying.actions import get_action_data

ROLE = "arn:aws:iam::444455556666:role/deploy"
LEVELS = ["read", "write", "list", "tagging", "permissions-management"]


def write(template):
    return write_policy_with_template(template)["Statement"]


data = get_action_data("sts", "AssumeRole")["sts"][0]
print(f"data:   level {data['access_level']}, on {data['resource_arn_format']}")
made = {level: write({"mode": "crud", level: [ROLE]}) for level in LEVELS}
actions = [action for statements in made.values() for it in statements for action in it["Action"]]
found = " ".join(action for action in actions if action.startswith("sts:")) or "none"
print(f"by ARN: sts actions {found}, write statements {len(made['write'])}")
for action in ["iam:PassRole", "sts:AssumeRole"]:
    statements = write({"mode": "actions", "actions": [action]})
    print(f"by action {action}: {' '.join(on for it in statements for on in it['Resource'])}")
PY
env/bin/python app.py > seen
cat seen
cat > expected <<'TEXT'
data:   level Write, on arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}
by ARN: sts actions none, write statements 0
by action iam:PassRole: arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}
by action sts:AssumeRole: *
TEXT
cmp seen expected
