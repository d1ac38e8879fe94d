"""What the app registers for rosters: menu entries, figures, work for today, holdings, recurring jobs."""

from groups import tasks
from vikhe_portal.core.jobs import every

every(15, tasks.sweep.name)
every(6 * 3600, tasks.record_coverage.name)
