"""From a finding to a plan: edits with a reason, or a reason why not. Nothing here changes a file."""
